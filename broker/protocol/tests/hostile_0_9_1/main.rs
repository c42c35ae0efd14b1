//! A server among peers that send anything: each mistake is answered by its name, any cut of the
//! bytes gives the same events and answers, and the kept corpus of the fuzz targets holds.
#![cfg(test)]

mod any_cut;
mod bounds;
mod corpus;
mod malformed;
mod wire;

#[path = "../../../../tests/fuzz/oracle/connection_0_9_1.rs"]
mod connection_0_9_1;
#[path = "../../../../tests/fuzz/oracle/decode_0_9_1.rs"]
mod decode_0_9_1;
