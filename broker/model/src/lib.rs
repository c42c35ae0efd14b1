//! What a message broker is: messages, queues, consumers, exchanges and bindings as plain values.
//!
//! Nothing here reads a clock, a socket or a file, and nothing calls back: time is an argument, and
//! what the outside must do (wake a consumer, move a dead letter) comes back as a value.
//!
//! Invariants:
//! - a message is shared, never copied, by all queues that hold it;
//! - every operation on a queue costs what it touches, never the queue's length;
//! - settling what is not there is an answer, never a panic.

pub mod credit;
pub mod exchange;
pub mod limits;
pub mod memory;
pub mod message;
pub mod queue;
pub mod unsettled;
