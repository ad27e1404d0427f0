//! See `sakarkiv_fuzz::jobs_answer`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sakarkiv_fuzz::jobs_answer(data));
