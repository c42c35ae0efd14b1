//! AMQP 0-10: connections and their sessions.

mod connection;
mod consumer;
mod deliver;
mod exchange;
mod failure;
mod message;
mod publish;
mod queue;
mod session;
mod settle;

pub(crate) use connection::{Connection, Surroundings};
