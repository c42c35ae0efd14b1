//! The kit over libraries: it finds every planted fault, and passes every plugin of our own.

#![allow(clippy::expect_used, clippy::panic, reason = "these are tests and what they stand on")]

mod libraries;
mod own_plugins;
mod planted_faults;
mod run;
