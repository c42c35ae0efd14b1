//! AMQP 0-9-1 with RabbitMQ's extensions, in the words of the virtual host.
//!
//! Where the specification and RabbitMQ differ, RabbitMQ's clients win; broker/docs/amqp-0-9-1.md
//! says where.

mod acknowledge;
mod arguments;
mod blocked;
mod cancel;
mod channel;
mod confirm;
mod connection;
mod consume;
mod consumer;
mod deliver;
mod drain;
mod driver;
mod exchange;
mod failure;
mod get;
mod method;
mod publish;
mod queue;
mod queue_name;
mod reply_to;
mod timeout;
mod transaction;

pub(crate) use connection::{Connection, Surroundings};

#[cfg(test)]
mod tests;
