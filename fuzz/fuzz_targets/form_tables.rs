//! See `sakarkiv_fuzz::form_tables`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sakarkiv_fuzz::form_tables(data));
