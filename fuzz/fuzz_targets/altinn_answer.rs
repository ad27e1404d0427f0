//! See `sakarkiv_fuzz::altinn_answer`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sakarkiv_fuzz::altinn_answer(data));
