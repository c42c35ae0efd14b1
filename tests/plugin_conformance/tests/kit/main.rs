//! The kit over libraries and components: it finds every planted fault, and passes every plugin of
//! our own.

#![allow(clippy::expect_used, clippy::panic, reason = "these are tests and what they stand on")]

mod auth_components;
mod components;
mod libraries;
mod own_plugins;
mod planted_faults;
mod run;
