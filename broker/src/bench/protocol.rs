//! What differs between the protocols that a broker may speak: how queues are declared, how a
//! message looks on the wire, and what comes back.
//!
//! Invariants:
//! - nothing of a [`Publisher`] or [`Subscriber`] touches a socket: bytes come in and go out;
//! - neither allocates for a message.

use std::net::TcpStream;

use super::arrivals::Arrivals;
use super::error::BenchError;
use super::stamp::Form;

/// A version of AMQP that the bench speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Version {
    #[default]
    V0_10,
    /// As RabbitMQ speaks it.
    V0_9_1,
}

/// A way to speak to brokers.
pub(crate) trait Protocol {
    /// Comes in to declare and delete.
    ///
    /// # Errors
    /// Why the broker refused.
    fn administer(&self) -> Result<Box<dyn Administration>, BenchError>;

    /// Comes in as a producer.
    ///
    /// # Errors
    /// Why the broker refused.
    fn publish(&self, letter: &Letter) -> Result<Opened<dyn Publisher>, BenchError>;

    /// Comes in as a consumer of a queue; its credit is given by the first answer.
    ///
    /// # Errors
    /// Why the broker refused.
    fn subscribe(&self, queue: &str, terms: Terms) -> Result<Opened<dyn Subscriber>, BenchError>;
}

/// A connection that is set up.
pub(crate) struct Opened<T: ?Sized> {
    pub(crate) socket: TcpStream,
    /// What was read already.
    pub(crate) input: Vec<u8>,
    /// What is to be written first.
    pub(crate) output: Vec<u8>,
    pub(crate) side: Box<T>,
}

/// Declares and deletes. Each call waits for the broker's answer.
pub(crate) trait Administration {
    /// The broker's name and version, as it gives them.
    fn product(&self) -> &str;

    /// # Errors
    /// Why the broker refused.
    fn declare_queue(&mut self, name: &str, traits: QueueTraits) -> Result<(), BenchError>;

    /// A queue that is gone is deleted already.
    ///
    /// # Errors
    /// Why the broker refused.
    fn delete_queue(&mut self, name: &str) -> Result<(), BenchError>;

    /// The type of an exchange; none where there is none of that name.
    ///
    /// # Errors
    /// Why the broker refused.
    fn exchange_type(&mut self, name: &str) -> Result<Option<String>, BenchError>;

    /// # Errors
    /// Why the broker refused.
    fn declare_exchange(&mut self, name: &str, kind: &str) -> Result<(), BenchError>;

    /// An exchange that is gone is deleted already.
    ///
    /// # Errors
    /// Why the broker refused.
    fn delete_exchange(&mut self, name: &str) -> Result<(), BenchError>;

    /// # Errors
    /// Why the broker refused.
    fn bind(&mut self, queue: &str, exchange: &str, by: &BoundBy) -> Result<(), BenchError>;
}

/// What a queue is declared with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueueTraits {
    pub(crate) is_durable: bool,
    /// It goes with its last consumer.
    pub(crate) is_auto_delete: bool,
    /// How much it may hold; none for no limit.
    pub(crate) bytes_max: Option<u64>,
}

/// What a binding asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BoundBy {
    pub(crate) key: String,
    pub(crate) arguments: Vec<(String, String)>,
}

/// The message that a producer sends over and over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) exchange: String,
    pub(crate) key: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) is_durable: bool,
    /// Its sender waits for confirms, which some protocols give to those alone who want them.
    pub(crate) is_confirmed: bool,
    pub(crate) body: Vec<u8>,
    /// What the body is, and so how a stamp stands in it.
    pub(crate) form: Form,
}

/// What a consumer asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// Messages that may be on their way to it; 0: any number.
    pub(crate) window: u32,
    /// Messages that one accept is for; 0: none is accepted.
    pub(crate) ack: u32,
    /// Subscriptions of its connection, to the same queue.
    pub(crate) subscriptions: usize,
    /// It leaves the messages where they are.
    pub(crate) is_browsing: bool,
}

/// A message as bytes on the wire, and where they differ from message to message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) bytes: Vec<u8>,
    /// Where the stamp stands; none for a body that is too small for one.
    pub(crate) stamp_at: Option<usize>,
    /// How it stands there.
    pub(crate) form: Form,
    /// The byte that asks for a confirm, 1 does, 0 does not; none where a message can't ask.
    pub(crate) ask_at: Option<usize>,
}

impl Letter {
    /// Where the stamp stands in a message of which the body begins there; none in one that is too
    /// small.
    pub(crate) fn stamp_at(&self, body_at: usize) -> Option<usize> {
        self.form.stamp_at(self.body.len()).map(|at| body_at + at)
    }
}

/// The publishing end of a connection.
pub(crate) trait Publisher: Send {
    /// The message on the wire.
    fn template(&self) -> &Template;

    /// Messages went out.
    fn sent(&mut self, count: u64);

    /// Messages that the broker confirmed, in order from the first; all that went out where nobody
    /// asked for confirms and the protocol then gives none.
    fn confirmed(&self) -> u64;

    /// Asks for what is not confirmed yet.
    fn ask(&mut self, output: &mut Vec<u8>);

    /// Takes what came in, and appends what it has to be answered with; how many bytes were taken.
    ///
    /// # Errors
    /// What the broker refused, or that it ended the connection.
    fn receive(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<usize, BenchError>;

    /// Says goodbye.
    fn leave(&mut self, output: &mut Vec<u8>);
}

/// The consuming end of a connection.
pub(crate) trait Subscriber: Send {
    /// Takes what came in, tells of each message, and appends what it has to be answered with; how
    /// many bytes were taken.
    ///
    /// # Errors
    /// What the broker refused, or that it ended the connection.
    fn receive(
        &mut self,
        input: &[u8],
        output: &mut Vec<u8>,
        arrivals: &mut Arrivals,
    ) -> Result<usize, BenchError>;

    /// Settles what is left and says goodbye.
    fn leave(&mut self, output: &mut Vec<u8>);
}
