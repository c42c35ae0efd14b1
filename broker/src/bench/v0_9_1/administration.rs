//! Queues, exchanges and bindings of a run.

use philter_protocol::v0_9_1::FieldValue;
use philter_protocol::v0_9_1::Table;
use philter_protocol::v0_9_1::method::{Method, exchange, queue};

use super::client::Client;
use crate::bench::error::BenchError;
use crate::bench::protocol::{Administration, BoundBy, QueueTraits};

/// The reply code of what is not there.
const NOT_FOUND: u16 = 404;

/// The exchanges that every broker has. 0-9-1 does not say what type another one has.
const STANDING: [(&str, &str); 5] = [
    ("amq.direct", "direct"),
    ("amq.topic", "topic"),
    ("amq.fanout", "fanout"),
    ("amq.headers", "headers"),
    ("amq.match", "headers"),
];

/// Declares and deletes over a connection of its own.
pub(super) struct Administrator {
    client: Client,
}

impl Administrator {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Calls; whether what it is about is there.
    fn finds(&mut self, method: impl Into<Method>) -> Result<bool, BenchError> {
        match self.client.call(method) {
            Ok(()) => Ok(true),
            Err(BenchError::Refused { code: NOT_FOUND, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

impl Drop for Administrator {
    fn drop(&mut self) {
        self.client.leave();
    }
}

impl Administration for Administrator {
    fn product(&self) -> &str {
        self.client.product()
    }

    fn declare_queue(&mut self, name: &str, traits: QueueTraits) -> Result<(), BenchError> {
        let mut arguments = Table::new();
        if let Some(bytes_max) = traits.bytes_max {
            let bytes_max = i64::try_from(bytes_max).unwrap_or(i64::MAX);
            arguments = arguments
                .with("x-max-length-bytes", FieldValue::Int64(bytes_max))
                .with("x-overflow", "reject-publish");
        }
        let declare = queue::Declare {
            queue: name.to_owned(),
            durable: traits.is_durable,
            auto_delete: traits.is_auto_delete,
            arguments,
            ..queue::Declare::default()
        };
        self.client.call(declare)
    }

    fn delete_queue(&mut self, name: &str) -> Result<(), BenchError> {
        let delete = queue::Delete { queue: name.to_owned(), ..queue::Delete::default() };
        self.finds(delete).map(drop)
    }

    fn exchange_type(&mut self, name: &str) -> Result<Option<String>, BenchError> {
        if let Some((_, kind)) = STANDING.iter().find(|(standing, _)| *standing == name) {
            return Ok(Some((*kind).to_owned()));
        }
        let look = exchange::Declare {
            exchange: name.to_owned(),
            type_: "direct".to_owned(),
            passive: true,
            ..exchange::Declare::default()
        };
        if !self.finds(look)? {
            return Ok(None);
        }
        let fault = format!("{name} is there, and 0-9-1 does not say of what type: name a type");
        Err(BenchError::Argument { option: "--exchange", fault })
    }

    fn declare_exchange(&mut self, name: &str, kind: &str) -> Result<(), BenchError> {
        let (exchange, type_) = (name.to_owned(), kind.to_owned());
        let declare = exchange::Declare { exchange, type_, ..exchange::Declare::default() };
        self.client.call(declare)
    }

    fn delete_exchange(&mut self, name: &str) -> Result<(), BenchError> {
        let delete = exchange::Delete { exchange: name.to_owned(), ..exchange::Delete::default() };
        self.finds(delete).map(drop)
    }

    fn bind(&mut self, queue: &str, exchange: &str, by: &BoundBy) -> Result<(), BenchError> {
        let pairs = by.arguments.iter();
        let arguments =
            pairs.map(|(name, value)| (name.clone(), FieldValue::from(value.as_str()))).collect();
        let bind = queue::Bind {
            queue: queue.to_owned(),
            exchange: exchange.to_owned(),
            routing_key: by.key.clone(),
            arguments,
            ..queue::Bind::default()
        };
        self.client.call(bind)
    }
}
