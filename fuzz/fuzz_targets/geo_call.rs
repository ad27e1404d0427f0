//! See `sakarkiv_fuzz::geo_call`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sakarkiv_fuzz::geo_call(data));
