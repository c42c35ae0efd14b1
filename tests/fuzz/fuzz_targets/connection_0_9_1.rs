//! Any bytes to the server's side of an AMQP 0-9-1 connection, whole, in pieces and in place.
#![no_main]

#[path = "../oracle/connection_0_9_1.rs"]
mod connection_0_9_1;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| connection_0_9_1::check(bytes));
