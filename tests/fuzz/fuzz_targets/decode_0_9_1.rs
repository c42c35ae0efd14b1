//! Any bytes to the decoders of AMQP 0-9-1.
#![no_main]

#[path = "../oracle/decode_0_9_1.rs"]
mod decode_0_9_1;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| decode_0_9_1::check(bytes));
