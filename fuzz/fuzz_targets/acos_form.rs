//! See `sakarkiv_fuzz::acos_form`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sakarkiv_fuzz::acos_form(data));
