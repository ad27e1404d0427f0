//! See `sakarkiv_fuzz::recruitment_delivery`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sakarkiv_fuzz::recruitment_delivery(data));
