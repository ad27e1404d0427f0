//! See `sakarkiv_fuzz::svarinn_list`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sakarkiv_fuzz::svarinn_list(data));
