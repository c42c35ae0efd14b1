//! Any text to the compiler of XQuery.
#![no_main]

#[path = "../oracle/xquery_parse.rs"]
mod xquery_parse;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| xquery_parse::check(bytes));
