//! See `sakarkiv_fuzz::names`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sakarkiv_fuzz::names(data));
