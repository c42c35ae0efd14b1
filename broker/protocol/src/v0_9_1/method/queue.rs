//! Class queue: declare, bind, purge, delete, unbind.

use super::methods;
use crate::v0_9_1::value::Table;

methods! {
    /// Make a queue, or check one (passive).
    Declare = 50, 10, Client, "queue.declare" {
        /// Reserved.
        ticket: u16,
        queue: String,
        passive: bool,
        durable: bool,
        exclusive: bool,
        auto_delete: bool,
        no_wait: bool,
        arguments: Table,
    }
    /// It is there.
    DeclareOk = 50, 11, Server, "queue.declare-ok" {
        queue: String,
        message_count: u32,
        consumer_count: u32,
    }
    /// Bind a queue to an exchange.
    Bind = 50, 20, Client, "queue.bind" {
        /// Reserved.
        ticket: u16,
        queue: String,
        exchange: String,
        routing_key: String,
        no_wait: bool,
        arguments: Table,
    }
    /// It is bound.
    BindOk = 50, 21, Server, "queue.bind-ok" {}
    /// Drop what it holds.
    Purge = 50, 30, Client, "queue.purge" {
        /// Reserved.
        ticket: u16,
        queue: String,
        no_wait: bool,
    }
    /// It is dropped.
    PurgeOk = 50, 31, Server, "queue.purge-ok" { message_count: u32 }
    /// Remove a queue.
    Delete = 50, 40, Client, "queue.delete" {
        /// Reserved.
        ticket: u16,
        queue: String,
        if_unused: bool,
        if_empty: bool,
        no_wait: bool,
    }
    /// It is gone.
    DeleteOk = 50, 41, Server, "queue.delete-ok" { message_count: u32 }
    /// Undo a binding.
    Unbind = 50, 50, Client, "queue.unbind" {
        /// Reserved.
        ticket: u16,
        queue: String,
        exchange: String,
        routing_key: String,
        arguments: Table,
    }
    /// It is undone.
    UnbindOk = 50, 51, Server, "queue.unbind-ok" {}
}
