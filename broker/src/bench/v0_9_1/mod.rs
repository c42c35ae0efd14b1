//! AMQP 0-9-1 for the bench, as RabbitMQ speaks it.
//!
//! Queues are declared, and connections opened, a method and its answer at a time. Once messages
//! flow, frames are read in place and messages are copies of one that was encoded before.

mod administration;
mod client;
mod frame;
mod letter;
mod publisher;
mod rare;
mod subscriber;

use std::net::TcpStream;

use philter_protocol::v0_9_1::method::basic::{Consume, Qos};
use philter_protocol::v0_9_1::method::confirm::Select;

use super::error::BenchError;
use super::protocol::{Administration, Letter, Opened, Protocol, Publisher, Subscriber, Terms};
use super::target::Target;
use client::Client;

/// The one channel of each connection.
const CHANNEL: u16 = 1;

/// AMQP 0-9-1 with a broker.
#[derive(Clone, Debug)]
pub(crate) struct V0_9_1 {
    target: Target,
    run: String,
}

impl V0_9_1 {
    /// With a broker, in a run of this name.
    pub(crate) fn new(target: Target, run: &str) -> Self {
        Self { target, run: run.to_owned() }
    }

    fn open(&self) -> Result<Client, BenchError> {
        Client::open(&self.target, &self.run)
    }
}

impl Protocol for V0_9_1 {
    fn administer(&self) -> Result<Box<dyn Administration>, BenchError> {
        Ok(Box::new(administration::Administrator::new(self.open()?)))
    }

    fn publish(&self, letter: &Letter) -> Result<Opened<dyn Publisher>, BenchError> {
        let mut client = self.open()?;
        if letter.is_confirmed {
            client.call(Select { no_wait: false })?;
        }
        let side = publisher::Publishing::new(&self.target.to_string(), letter);
        let (socket, input) = client.into_parts();
        Ok(Opened { socket, input, output: Vec::new(), side: Box::new(side) })
    }

    fn subscribe(&self, queue: &str, terms: Terms) -> Result<Opened<dyn Subscriber>, BenchError> {
        let mut client = self.open()?;
        if terms.window > 0 {
            let prefetch_count = u16::try_from(terms.window).unwrap_or(u16::MAX);
            client.call(Qos { prefetch_count, ..Qos::default() })?;
        }
        // Nothing is waited for behind the first subscription: what comes next may be a message.
        let mut output = Vec::new();
        for number in 0..terms.subscriptions {
            let consume = Consume {
                queue: queue.to_owned(),
                consumer_tag: format!("c{number}"),
                no_ack: terms.ack == 0,
                no_wait: true,
                ..Consume::default()
            };
            frame::put_method(&mut output, consume);
        }
        let side = subscriber::Subscription::new(&self.target.to_string(), terms);
        let (socket, input) = client.into_parts();
        Ok(Opened { socket, input, output, side: Box::new(side) })
    }
}

/// How long a message is on the wire.
pub(crate) fn message_bytes(letter: &Letter) -> usize {
    letter::template(letter).bytes.len()
}

/// The wire of AMQP 0-9-1 without a broker behind it: both ends take each other's bytes.
pub(crate) fn unmanaged_publisher(
    socket: TcpStream,
    peer: &str,
    letter: &Letter,
) -> Opened<dyn Publisher> {
    let side = Box::new(publisher::Publishing::new(peer, letter));
    Opened { socket, input: Vec::new(), output: Vec::new(), side }
}

/// See [`unmanaged_publisher`].
pub(crate) fn unmanaged_subscriber(
    socket: TcpStream,
    peer: &str,
    terms: Terms,
) -> Opened<dyn Subscriber> {
    let side = Box::new(subscriber::Subscription::new(peer, terms));
    Opened { socket, input: Vec::new(), output: Vec::new(), side }
}
