//! Class exchange: declare, delete, and RabbitMQ's bind and unbind of exchanges.

use super::methods;
use crate::v0_9_1::value::Table;

methods! {
    /// Make an exchange, or check one (passive).
    Declare = 40, 10, Client, "exchange.declare" {
        /// Reserved.
        ticket: u16,
        exchange: String,
        type_: String,
        passive: bool,
        durable: bool,
        auto_delete: bool,
        internal: bool,
        no_wait: bool,
        arguments: Table,
    }
    /// It is there.
    DeclareOk = 40, 11, Server, "exchange.declare-ok" {}
    /// Remove an exchange.
    Delete = 40, 20, Client, "exchange.delete" {
        /// Reserved.
        ticket: u16,
        exchange: String,
        if_unused: bool,
        no_wait: bool,
    }
    /// It is gone.
    DeleteOk = 40, 21, Server, "exchange.delete-ok" {}
    /// RabbitMQ: bind an exchange to an exchange.
    Bind = 40, 30, Client, "exchange.bind" {
        /// Reserved.
        ticket: u16,
        destination: String,
        source: String,
        routing_key: String,
        no_wait: bool,
        arguments: Table,
    }
    /// RabbitMQ: it is bound.
    BindOk = 40, 31, Server, "exchange.bind-ok" {}
    /// RabbitMQ: undo it.
    Unbind = 40, 40, Client, "exchange.unbind" {
        /// Reserved.
        ticket: u16,
        destination: String,
        source: String,
        routing_key: String,
        no_wait: bool,
        arguments: Table,
    }
    /// RabbitMQ: it is undone.
    UnbindOk = 40, 51, Server, "exchange.unbind-ok" {}
}
