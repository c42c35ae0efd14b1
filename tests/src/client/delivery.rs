//! A message that arrived.

use bytes::Bytes;
use philter_protocol::v0_10::headers::Headers;
use philter_protocol::v0_10::{CommandId, FieldMap};

/// A transfer from the broker.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Its command id, to settle and complete it by.
    pub id: CommandId,
    /// The subscription it came by.
    pub destination: String,
    /// The header segment.
    pub header: Bytes,
    /// The body; none where no body segment came.
    pub body: Option<Vec<u8>>,
}

impl Delivery {
    /// The body as text.
    ///
    /// # Panics
    /// Where it is none.
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone().unwrap_or_default()).expect("a body in UTF-8")
    }

    /// The checked header.
    ///
    /// # Panics
    /// Where the broker sent a malformed one.
    pub fn headers(&self) -> Headers<'_> {
        Headers::parse(&self.header).expect("a well-formed header")
    }

    /// Whether the broker says that it was delivered before.
    pub fn is_redelivered(&self) -> bool {
        self.headers().delivery.redelivered
    }

    /// The routing key.
    pub fn routing_key(&self) -> String {
        self.headers().delivery.routing_key.unwrap_or_default().to_owned()
    }

    /// The application headers.
    ///
    /// # Panics
    /// Where the broker sent malformed ones.
    pub fn application_headers(&self) -> FieldMap {
        self.headers().message.application_headers.to_map().expect("well-formed headers")
    }
}
