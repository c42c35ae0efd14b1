//! A message that management sends: an answer to one console, or an indication to all.

use philter_protocol::v0_10::value::FieldMap;

/// Where an answer goes: a message's reply-to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplyTo {
    /// An exchange's name; the default exchange has none.
    pub exchange: String,
    /// The routing key.
    pub routing_key: String,
}

/// A message to publish.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Message {
    /// Where it goes.
    pub to: ReplyTo,
    /// Message-properties: `content-type`; empty if there is none.
    pub content_type: &'static str,
    /// Message-properties: `correlation-id`; empty if there is none. Opaque bytes.
    pub correlation_id: Vec<u8>,
    /// Message-properties: `app-id`; empty if there is none.
    pub app_id: &'static str,
    /// Message-properties: `application-headers`.
    pub headers: FieldMap,
    /// Delivery-properties: `ttl`.
    pub ttl_ms: Option<u64>,
    /// The body.
    pub body: Vec<u8>,
}
