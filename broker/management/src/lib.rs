//! What a broker shows of itself: classes, objects, methods and events as plain values, and the
//! protocol QMF (versions 1 and 2) by which Qpid's tools ask for them.
//!
//! Whoever shows the broker (QMF here, HTTP or a console elsewhere) reads the same objects by the
//! same classes, and calls the same methods.
//!
//! Invariants:
//! - nothing here reads a clock, a socket or a file: time is an argument, objects come from
//!   [`object::Directory`];
//! - an object's values stand in the order of its class: properties, then statistics.

pub mod object;
pub mod qmf;
pub mod schema;
pub mod value;
