//! See `sakarkiv_fuzz::fiks_message`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sakarkiv_fuzz::fiks_message(data));
