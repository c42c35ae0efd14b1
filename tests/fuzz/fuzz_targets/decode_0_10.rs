//! Any bytes to the decoders of AMQP 0-10's values, structs, controls and commands.
#![no_main]

#[path = "../oracle/decode_0_10.rs"]
mod decode_0_10;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| decode_0_10::check(bytes));
