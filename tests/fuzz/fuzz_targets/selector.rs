//! Any text to the compiler of selectors, and what it accepts to its evaluator.
#![no_main]

#[path = "../oracle/selector.rs"]
mod selector;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| selector::check(bytes));
