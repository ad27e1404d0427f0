//! See `sakarkiv_fuzz::einnsyn_answer`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sakarkiv_fuzz::einnsyn_answer(data));
