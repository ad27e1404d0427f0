//! See `sakarkiv_fuzz::maskinporten_answer`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sakarkiv_fuzz::maskinporten_answer(data));
