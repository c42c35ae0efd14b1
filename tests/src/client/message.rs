//! A message to publish.

use philter_protocol::v0_10::packed::Packed;
use philter_protocol::v0_10::structs::{DeliveryProperties, MessageProperties};
use philter_protocol::v0_10::{FieldMap, Value};

/// A message with the properties that tests set.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// delivery-properties.
    pub delivery: DeliveryProperties,
    /// message-properties; left out where none are set.
    pub properties: Option<MessageProperties>,
    /// The body.
    pub body: Vec<u8>,
}

impl Message {
    /// A message with a routing key and a body.
    pub fn new(routing_key: &str, body: impl AsRef<[u8]>) -> Self {
        let routing_key = Some(routing_key.to_owned());
        let delivery = DeliveryProperties { routing_key, ..DeliveryProperties::default() };
        Self { delivery, properties: None, body: body.as_ref().to_owned() }
    }

    /// Is to outlive the broker.
    #[must_use]
    pub fn durable(mut self) -> Self {
        self.delivery.delivery_mode = Some(2);
        self
    }

    /// Adds an application header.
    #[must_use]
    pub fn header(mut self, name: &str, value: Value) -> Self {
        let properties = self.properties.get_or_insert_default();
        properties.application_headers.get_or_insert_with(FieldMap::new).insert(name, value);
        self
    }

    /// Sets the time to live.
    #[must_use]
    pub fn ttl_ms(mut self, ttl_ms: u64) -> Self {
        self.delivery.ttl = Some(ttl_ms);
        self
    }

    /// Says who published it.
    #[must_use]
    pub fn user_id(mut self, user: &str) -> Self {
        self.properties.get_or_insert_default().user_id = Some(user.as_bytes().to_owned());
        self
    }

    /// The header segment.
    pub(super) fn header_segment(&self) -> Vec<u8> {
        let mut segment = Vec::new();
        self.delivery.write_struct32(&mut segment);
        if let Some(properties) = &self.properties {
            properties.write_struct32(&mut segment);
        }
        segment
    }
}
