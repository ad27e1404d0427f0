//! See `sakarkiv_fuzz::audit_note`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sakarkiv_fuzz::audit_note(data));
