//! Queries that the grammar of XQuery allows, over small documents, to its evaluator.
#![no_main]

#[path = "../oracle/xquery_evaluate.rs"]
mod xquery_evaluate;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| xquery_evaluate::check(bytes));
