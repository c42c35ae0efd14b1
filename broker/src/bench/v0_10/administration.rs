//! Queues, exchanges and bindings of a run.

use philter_protocol::v0_10::command::{
    ExchangeBind, ExchangeDeclare, ExchangeDelete, ExchangeQuery, QueueDeclare, QueueDelete,
    error_code,
};
use philter_protocol::v0_10::structs::ExchangeQueryResult;
use philter_protocol::v0_10::{Command, FieldMap, Value};

use super::client::Client;
use crate::bench::error::BenchError;
use crate::bench::protocol::{Administration, BoundBy, QueueTraits};

/// Declares and deletes over a connection of its own.
pub(super) struct Administrator {
    client: Client,
}

impl Administrator {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Deletes; what is gone already needs no deleting, but costs the session.
    fn delete(&mut self, command: impl Into<Command>) -> Result<(), BenchError> {
        match self.client.run(command) {
            Err(BenchError::Refused { code: error_code::NOT_FOUND, .. }) => {
                self.client.attach_again()
            }
            other => other,
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
        // Without a size the broker would take its default, and hold the producers back by it.
        let bytes_max = Value::Uint64(traits.bytes_max.unwrap_or(0));
        self.client.run(QueueDeclare {
            queue: name.to_owned(),
            durable: traits.is_durable,
            auto_delete: traits.is_auto_delete,
            arguments: Some(FieldMap::new().with("qpid.max_size", bytes_max)),
            ..QueueDeclare::default()
        })
    }

    fn delete_queue(&mut self, name: &str) -> Result<(), BenchError> {
        self.delete(QueueDelete { queue: name.to_owned(), ..QueueDelete::default() })
    }

    fn exchange_type(&mut self, name: &str) -> Result<Option<String>, BenchError> {
        let found: ExchangeQueryResult =
            self.client.ask(ExchangeQuery { name: name.to_owned() })?;
        Ok(found.type_.filter(|_| !found.not_found))
    }

    fn declare_exchange(&mut self, name: &str, kind: &str) -> Result<(), BenchError> {
        let (exchange, type_) = (name.to_owned(), kind.to_owned());
        self.client.run(ExchangeDeclare { exchange, type_, ..ExchangeDeclare::default() })
    }

    fn delete_exchange(&mut self, name: &str) -> Result<(), BenchError> {
        self.delete(ExchangeDelete { exchange: name.to_owned(), ..ExchangeDelete::default() })
    }

    fn bind(&mut self, queue: &str, exchange: &str, by: &BoundBy) -> Result<(), BenchError> {
        let mut arguments = FieldMap::new();
        for (name, value) in &by.arguments {
            arguments.insert(name, Value::Str16(value.clone()));
        }
        self.client.run(ExchangeBind {
            queue: queue.to_owned(),
            exchange: exchange.to_owned(),
            binding_key: by.key.clone(),
            arguments: (!by.arguments.is_empty()).then_some(arguments),
        })
    }
}
