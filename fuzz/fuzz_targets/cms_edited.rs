//! See `sakarkiv_fuzz::cms_edited`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sakarkiv_fuzz::cms_edited(data));
