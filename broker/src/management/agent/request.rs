//! A request, read from a message: one of AMQP 0-10, or one that another protocol would deliver so.

use philter_management::object::Caller;
use philter_management::qmf::message::ReplyTo;
use philter_management::qmf::{v1, v2};
use philter_model::message::Message;
use philter_protocol::v0_10::headers::Headers;
use philter_protocol::v0_10::value::{FieldMap, Value};

use crate::message::header_for_v0_10;

/// The beginning of version 1's request that each console makes first.
const V1_GREETING: &[u8] = b"AM2B";

/// The beginning of its calls of methods.
const V1_CALL: &[u8] = b"AM2M";

/// The method that may take long.
const LONG_METHOD: &[u8] = b"reload";

/// Which version a request is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    One,
    Two,
}

/// A request that can be answered.
pub(super) struct Request {
    pub(super) version: Version,
    reply_to: ReplyTo,
    body: Vec<u8>,
    routing_key: String,
    correlation_id: Vec<u8>,
    headers: FieldMap,
}

impl Request {
    /// Reads a message; none where it says nobody to answer to.
    pub(super) fn read(message: &Message) -> Option<Self> {
        // It was checked when it came in.
        let header = header_for_v0_10(message);
        let properties = Headers::parse(&header).ok()?.message;
        let reply_to = properties.reply_to?;
        let is_v2 = properties.app_id == Some(v2::APP_ID.as_bytes());
        Some(Self {
            version: if is_v2 { Version::Two } else { Version::One },
            reply_to: ReplyTo {
                exchange: reply_to.exchange.unwrap_or_default().to_owned(),
                routing_key: reply_to.routing_key.unwrap_or_default().to_owned(),
            },
            body: message.body().iter().flatten().copied().collect(),
            routing_key: message.routing_key().to_owned(),
            correlation_id: properties.correlation_id.unwrap_or_default().to_vec(),
            headers: properties.application_headers.to_map().unwrap_or_default(),
        })
    }

    /// Whether it is what a console says when it comes.
    pub(super) fn is_greeting(&self) -> bool {
        match self.version {
            Version::One => self.body.starts_with(V1_GREETING),
            Version::Two => self.routing_key == v2::LOCATE_KEY,
        }
    }

    /// Whether it calls a method that may take long: a plugin's `reload`. That name stands in the
    /// body of such a call of either version; one that only speaks of it is taken for one.
    pub(super) fn is_long(&self) -> bool {
        let opcode = self.headers.get("qmf.opcode").and_then(Value::as_str);
        let is_call = match self.version {
            Version::One => self.body.starts_with(V1_CALL),
            Version::Two => opcode == Some("_method_request"),
        };
        is_call && self.body.windows(LONG_METHOD.len()).any(|bytes| bytes == LONG_METHOD)
    }

    /// The same in the words of version 1.
    pub(super) fn asked<'a>(&'a self, caller: &'a Caller) -> v1::Request<'a> {
        v1::Request { body: &self.body, reply_to: &self.reply_to, caller }
    }

    /// The same in the words of version 2.
    pub(super) fn incoming<'a>(&'a self, caller: &'a Caller) -> v2::Incoming<'a> {
        v2::Incoming {
            routing_key: &self.routing_key,
            reply_to: Some(self.reply_to.clone()),
            correlation_id: &self.correlation_id,
            headers: &self.headers,
            body: &self.body,
            caller,
        }
    }
}
