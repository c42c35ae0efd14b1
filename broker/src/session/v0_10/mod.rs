//! AMQP 0-10: connections and their sessions.

mod arguments;
mod association;
mod attachment;
mod connection;
mod consumer;
mod deliver;
mod drain;
mod dtx;
mod exchange;
mod failure;
mod message;
mod publish;
mod queue;
mod session;
mod sessions;
mod settle;
mod subscribe;
mod transaction;
mod withheld;

pub(crate) use connection::{Connection, Surroundings};
pub(crate) use sessions::Sessions;

#[cfg(test)]
mod tests;
