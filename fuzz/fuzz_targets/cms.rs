//! See `sakarkiv_fuzz::cms`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sakarkiv_fuzz::cms(data));
