//! The harness of the system tests: the real broker as a process of its own, programs of Qpid and
//! RabbitMQ as processes, and blocking clients of AMQP 0-10 and 0-9-1 over the protocol crate.
//!
//! Invariants:
//! - a broker listens on a free port of the loopback and keeps its files in a folder of its own;
//! - nothing waits for time to pass: the harness waits for a line, a completion or an end of file;
//! - every process that the harness starts ends with the value that stands for it.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test harness fails by panicking and says what it skips"
)]

pub mod artifacts;
pub mod broker;
pub mod client;
pub mod client_0_9_1;
pub mod history;
pub mod installation;
pub mod killing;
pub mod program;
pub mod qpid;
pub mod qpid_java;
pub mod rabbitmq;
pub mod transcript;
pub mod wasm_examples;
pub mod wasm_toolchains;
