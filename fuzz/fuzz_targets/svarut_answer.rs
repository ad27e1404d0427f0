//! See `sakarkiv_fuzz::svarut_answer`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sakarkiv_fuzz::svarut_answer(data));
