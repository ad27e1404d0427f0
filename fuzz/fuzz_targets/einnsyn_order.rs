//! See `sakarkiv_fuzz::einnsyn_order`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sakarkiv_fuzz::einnsyn_order(data));
