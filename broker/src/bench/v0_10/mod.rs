//! AMQP 0-10 for the bench.
//!
//! Connections are opened, and queues declared, by the protocol crate's client. Once messages flow,
//! its general state would cost the bench more than the broker spends: from then on frames are read
//! in place and messages are copies of one that was encoded before.

mod administration;
mod client;
mod frame;
mod letter;
mod publisher;
mod rare;
mod subscriber;

use std::net::TcpStream;

use philter_protocol::v0_10::command::{MessageSetFlowMode, MessageSubscribe};

use super::error::BenchError;
use super::protocol::{Administration, Letter, Opened, Protocol, Publisher, Subscriber, Terms};
use super::target::Target;
pub(crate) use client::Client;

/// The one channel of each connection.
const CHANNEL: u16 = 1;

/// What the bench names a subscription of a connection.
fn destination(number: usize) -> String {
    format!("c{number}")
}

/// AMQP 0-10 with a broker.
#[derive(Clone, Debug)]
pub(crate) struct V0_10 {
    target: Target,
    run: String,
}

impl V0_10 {
    /// With a broker, in a run of this name.
    pub(crate) fn new(target: Target, run: &str) -> Self {
        Self { target, run: run.to_owned() }
    }

    fn open(&self) -> Result<Client, BenchError> {
        Client::open(&self.target, &self.run)
    }
}

impl Protocol for V0_10 {
    fn administer(&self) -> Result<Box<dyn Administration>, BenchError> {
        Ok(Box::new(administration::Administrator::new(self.open()?)))
    }

    fn publish(&self, letter: &Letter) -> Result<Opened<dyn Publisher>, BenchError> {
        let client = self.open()?;
        let peer = self.target.to_string();
        let side = publisher::Publishing::new(&peer, letter, client.next_command());
        let (socket, input) = client.into_parts();
        Ok(Opened { socket, input, output: Vec::new(), side: Box::new(side) })
    }

    fn subscribe(&self, queue: &str, terms: Terms) -> Result<Opened<dyn Subscriber>, BenchError> {
        let mut client = self.open()?;
        for number in 0..terms.subscriptions {
            client.run(MessageSubscribe {
                queue: queue.to_owned(),
                destination: destination(number),
                accept_mode: u8::from(terms.ack == 0),
                acquire_mode: u8::from(terms.is_browsing),
                ..MessageSubscribe::default()
            })?;
            let flow_mode = u8::from(terms.window > 0);
            client.run(MessageSetFlowMode { destination: destination(number), flow_mode })?;
        }
        let peer = self.target.to_string();
        let side = subscriber::Subscription::new(&peer, terms);
        let mut output = Vec::new();
        side.give_credit(&mut output);
        let (socket, input) = client.into_parts();
        Ok(Opened { socket, input, output, side: Box::new(side) })
    }
}

/// How long a message is on the wire.
pub(crate) fn message_bytes(letter: &Letter) -> usize {
    letter::template(letter).bytes.len()
}

/// The wire of AMQP 0-10 without a broker behind it: both ends take each other's bytes.
pub(crate) fn unmanaged_publisher(
    socket: TcpStream,
    peer: &str,
    letter: &Letter,
) -> Opened<dyn Publisher> {
    let side = Box::new(publisher::Publishing::new(peer, letter, 0));
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
