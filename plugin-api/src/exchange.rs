//! The exchange kind: decides which of its bindings a message matches.
//!
//! The broker owns names, destinations, persistence and the cache of key-only answers; a plugin
//! keeps an index over bindings and answers with their ids. An instance is one declared exchange,
//! called from any worker at the same time; `route` must not block unless the factory says so.

use crate::error::{Error, Result};
use crate::message::MessageView;
use crate::value::{MapRef, ValueRef};

/// A binding's id: given by the broker, persisted, never used again, replayed in ascending order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BindingId(pub u64);

/// Where a binding leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Destination<'a> {
    /// A queue by name.
    Queue(&'a str),
    /// Another exchange by name.
    Exchange(&'a str),
}

/// The protocol that declared a binding; its arguments' meaning may depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
#[non_exhaustive]
pub enum Protocol {
    /// AMQP 0-9-1.
    V0_9_1 = 1,
    /// AMQP 0-10.
    V0_10 = 2,
    /// AMQP 1.0.
    V1_0 = 3,
    /// The broker itself or its management.
    Broker = 4,
}

impl Protocol {
    /// The protocol of this number, if this version knows it.
    pub fn from_number(number: u32) -> Option<Self> {
        [Self::V0_9_1, Self::V0_10, Self::V1_0, Self::Broker]
            .into_iter()
            .find(|protocol| protocol.number() == number)
    }

    /// Its number on the ABI.
    pub fn number(self) -> u32 {
        self as u32
    }
}

/// A binding, borrowed for the call of [`Exchange::bind`].
#[derive(Clone, Copy, Debug)]
pub struct Binding<'a> {
    /// Its id.
    pub id: BindingId,
    /// Where it leads; for information, the broker delivers.
    pub destination: Destination<'a>,
    /// The binding key.
    pub key: &'a str,
    /// The arguments without those that the broker handles itself.
    pub arguments: MapRef<'a>,
    /// Who declared it.
    pub declared_by: Protocol,
}

impl<'a> Binding<'a> {
    /// An argument by name.
    pub fn argument(&self, name: &str) -> Option<ValueRef<'a>> {
        self.arguments.get(name)
    }
}

/// What an answer of `route` depends on: a set over routing key, properties, headers, body and what
/// is no part of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Reads(u32);

impl Reads {
    /// The routing key alone, or nothing at all.
    pub const KEY: Reads = Reads(1);
    /// Properties by id.
    pub const PROPERTIES: Reads = Reads(2);
    /// Application headers.
    pub const HEADERS: Reads = Reads(4);
    /// The body.
    pub const BODY: Reads = Reads(8);
    /// Something else than the message, as the time or chance: no answer is remembered.
    pub const OTHER: Reads = Reads(16);
    /// All of a message.
    pub const ALL: Reads = Reads(15);

    /// From the ABI's bits; unknown bits are kept, so that a newer plugin is never misread as
    /// key-only.
    pub const fn from_bits(bits: u32) -> Self {
        Reads(bits)
    }

    /// The ABI's bits.
    pub fn bits(self) -> u32 {
        self.0
    }

    /// Whether everything in `other` is in this set.
    pub fn contains(self, other: Reads) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether nothing but the routing key is read.
    pub fn is_key_only(self) -> bool {
        self.0 & !Self::KEY.0 == 0
    }
}

impl std::ops::BitOr for Reads {
    type Output = Reads;
    fn bitor(self, other: Reads) -> Reads {
        Reads(self.0 | other.0)
    }
}

/// What [`Exchange::bind`] says of a binding it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// What the decision about this binding reads.
    pub reads: Reads,
    /// Whether equal keys always get equal answers (round robin and random say no). Only key-only
    /// answers are cached.
    pub cacheable: bool,
}

/// Where `route` leaves its answers: pairs of a message's index in the batch and a binding's id.
pub trait Matches {
    /// Message `index` of the batch matches the binding `id`. Repeats do no harm.
    fn push(&mut self, index: usize, id: BindingId);
}

/// One declared exchange.
pub trait Exchange: Send + Sync + 'static {
    /// Takes a binding. It must be matched by every `route` that begins after this returns.
    ///
    /// # Errors
    /// Arguments that the type does not understand; the client sees the text, nothing changed.
    fn bind(&self, binding: &Binding<'_>) -> Result<Bound>;

    /// Forgets a binding. After it returns no `route` that begins answers with this id.
    ///
    /// # Errors
    /// [`crate::ErrorKind::NotFound`] where no such id is bound.
    fn unbind(&self, id: BindingId) -> Result<()>;

    /// Which bindings each message matches, by the message's index in the batch.
    ///
    /// # Errors
    /// A failure of the plugin; a message that it cannot read is no match, not an error.
    fn route(&self, batch: &[&dyn MessageView], matches: &mut dyn Matches) -> Result<()>;

    /// Counters and index state as JSON, of the instance or of one binding.
    ///
    /// # Errors
    /// No such binding, or no such entry.
    fn inspect(&self, binding: Option<BindingId>) -> Result<String> {
        let _ = binding;
        Err(Error::unsupported("inspect"))
    }

    /// How a binding is decided, as JSON.
    ///
    /// # Errors
    /// No such binding, or no such entry.
    fn explain(&self, binding: BindingId) -> Result<String> {
        let _ = binding;
        Err(Error::unsupported("explain"))
    }

    /// Whether a binding with these arguments would match this message, and why, as JSON. Binds
    /// nothing.
    ///
    /// # Errors
    /// Arguments that `bind` would refuse, or no such entry.
    fn try_binding(&self, binding: &Binding<'_>, message: &dyn MessageView) -> Result<String> {
        let _ = (binding, message);
        Err(Error::unsupported("try"))
    }
}
