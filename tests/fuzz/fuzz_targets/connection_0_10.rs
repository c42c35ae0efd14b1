//! Any bytes to the server's side of an AMQP 0-10 connection, whole and in pieces.
#![no_main]

#[path = "../oracle/connection_0_10.rs"]
mod connection_0_10;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| connection_0_10::check(bytes));
