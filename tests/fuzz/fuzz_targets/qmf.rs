//! Any bytes as requests to the agents of QMF, versions 1 and 2.
#![no_main]

#[path = "../oracle/qmf.rs"]
mod qmf;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| qmf::check(bytes));
