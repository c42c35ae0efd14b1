//! Sockets: listeners, the loop of one connection, and the mailbox that wakes it.

mod alone;
pub(crate) mod connection;
pub(crate) mod hold;
mod linger;
pub(crate) mod listener;
pub(crate) mod mailbox;
mod negotiation;
mod spare;

pub(crate) use negotiation::negotiate;

pub(crate) use mailbox::{Mailbox, Token};
