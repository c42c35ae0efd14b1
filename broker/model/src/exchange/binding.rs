//! A binding: from an exchange to a queue or another exchange.
//!
//! What makes two of them the same one depends on the protocol that declares: 0-9-1 tells them
//! apart by their arguments as well, the others by destination and key alone. The table holds that
//! rule.

use std::sync::Arc;

use philter_plugin_api::{BindingId, Protocol};

/// Where a binding leads.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Destination {
    /// A queue by name.
    Queue(Arc<str>),
    /// Another exchange by name.
    Exchange(Arc<str>),
}

/// What a binding is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBinding {
    /// Where it leads.
    pub destination: Destination,
    /// The binding key.
    pub key: Arc<str>,
    /// The arguments as an AMQP 1.0 map.
    pub arguments: Arc<[u8]>,
    /// The protocol that declared it.
    pub declared_by: Protocol,
}

/// A binding with its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Its id, never used again.
    pub id: BindingId,
    /// What it was made from.
    pub content: NewBinding,
}
