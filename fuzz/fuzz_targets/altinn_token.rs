//! See `sakarkiv_fuzz::altinn_token`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sakarkiv_fuzz::altinn_token(data));
