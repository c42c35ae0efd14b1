//! Where a binding leads: a queue, or another exchange.

use std::fmt;
use std::sync::Arc;

use philter_model::exchange::Destination;

use crate::virtual_host::queue::Kept;
use crate::virtual_host::{Error, Exchange, Queue};

/// A live queue or exchange, or one that is deleted just now.
#[derive(Clone)]
pub(crate) enum Endpoint {
    /// A queue.
    Queue(Arc<Queue>),
    /// Another exchange, or the same.
    Exchange(Arc<Exchange>),
}

impl Endpoint {
    /// Its name.
    pub(crate) fn name(&self) -> &Arc<str> {
        match self {
            Self::Queue(queue) => queue.name(),
            Self::Exchange(exchange) => exchange.name(),
        }
    }

    /// The queue, if it is one.
    pub(crate) fn as_queue(&self) -> Option<&Arc<Queue>> {
        match self {
            Self::Queue(queue) => Some(queue),
            Self::Exchange(_) => None,
        }
    }

    /// What a table of bindings calls it.
    pub(super) fn destination(&self) -> Destination {
        match self {
            Self::Queue(queue) => Destination::Queue(Arc::clone(queue.name())),
            Self::Exchange(exchange) => Destination::Exchange(Arc::clone(exchange.name())),
        }
    }

    /// Under which number it is stored, if it is.
    pub(super) fn number(&self) -> Option<u64> {
        let kept = match self {
            Self::Queue(queue) => queue.kept(),
            Self::Exchange(exchange) => exchange.kept.as_ref(),
        };
        kept.map(Kept::number)
    }

    /// Whether both are the same one, not two that had one name after the other.
    pub(super) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Queue(one), Self::Queue(other)) => Arc::ptr_eq(one, other),
            (Self::Exchange(one), Self::Exchange(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }

    /// Whether it was deleted.
    pub(super) fn is_deleted(&self) -> bool {
        match self {
            Self::Queue(queue) => queue.is_deleted(),
            Self::Exchange(exchange) => exchange.is_deleted(),
        }
    }

    /// An exchange is about to have a binding to it. False where it is deleted.
    pub(super) fn add_binding(&self, from: &Arc<Exchange>) -> bool {
        match self {
            Self::Queue(queue) => queue.add_binding(from),
            Self::Exchange(exchange) => exchange.add_binding_to(from),
        }
    }

    /// An exchange took back a binding to it.
    pub(super) fn remove_binding(&self, from: &Arc<Exchange>) {
        match self {
            Self::Queue(queue) => queue.remove_binding(from),
            Self::Exchange(exchange) => exchange.remove_binding_to(from),
        }
    }

    /// It is not there any more.
    pub(super) fn gone(&self) -> Error {
        match self {
            Self::Queue(queue) => Error::NoSuchQueue(queue.name().to_string()),
            Self::Exchange(exchange) => Error::NoSuchExchange(exchange.name().to_string()),
        }
    }
}

impl From<&Arc<Queue>> for Endpoint {
    fn from(queue: &Arc<Queue>) -> Self {
        Self::Queue(Arc::clone(queue))
    }
}

impl From<&Arc<Exchange>> for Endpoint {
    fn from(exchange: &Arc<Exchange>) -> Self {
        Self::Exchange(Arc::clone(exchange))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Queue(_) => "queue",
            Self::Exchange(_) => "exchange",
        };
        write!(formatter, "{kind} '{}'", self.name())
    }
}
