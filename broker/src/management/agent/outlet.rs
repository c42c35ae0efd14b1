//! What the agent sends, published through the virtual host as messages of AMQP 0-10.

use std::sync::Arc;

use bytes::Bytes;
use philter_management::qmf::message::{Message as Outgoing, ReplyTo};
use philter_model::message::{Format, Message, NewMessage};
use philter_plugin_api::MessageView;
use philter_protocol::v0_10::packed::Packed;
use philter_protocol::v0_10::structs::{DeliveryProperties, MessageProperties};

use crate::clock::now_ms;
use crate::message::View;
use crate::virtual_host::{Exchange, VirtualHost};

/// Priority of messages that do not say another one (0-10, delivery-properties).
const PRIORITY: u8 = 4;

/// The way out.
pub(super) struct Outlet {
    host: Arc<VirtualHost>,
}

impl Outlet {
    /// To queues of a virtual host.
    pub(super) fn new(host: Arc<VirtualHost>) -> Self {
        Self { host }
    }

    /// Whether anybody at all is bound to an exchange.
    pub(super) fn has_listeners(&self, exchange: &str) -> bool {
        self.host.find_exchange(exchange).is_some_and(|exchange| exchange.binding_count() > 0)
    }

    /// Whether a message with a routing key would reach a queue.
    pub(super) fn is_bound(&self, exchange: &str, key: &str) -> bool {
        let to = ReplyTo { exchange: exchange.to_owned(), routing_key: key.to_owned() };
        let message = message(&Outgoing { to, ..Outgoing::default() });
        let exchange = self.host.find_exchange(exchange);
        exchange.is_some_and(|exchange| self.reaches(&exchange, &message))
    }

    /// Sends a message; whether it reached a queue and every queue took it.
    pub(super) fn send(&self, outgoing: Outgoing) -> bool {
        let Some(exchange) = self.host.find_exchange(&outgoing.to.exchange) else { return false };
        let message = Arc::new(message(&outgoing));
        if !self.reaches(&exchange, &message) {
            return false;
        }
        self.host.publish(&exchange, &[message], now_ms()).refused.is_empty()
    }

    fn reaches(&self, exchange: &Arc<Exchange>, message: &Message) -> bool {
        let view = View::new(message, self.host.name());
        let mut routes = Vec::with_capacity(1);
        exchange.route(&[&view as &dyn MessageView], &mut routes);
        routes.first().is_some_and(|route| route.leads_to_queue())
    }
}

fn message(outgoing: &Outgoing) -> Message {
    let ReplyTo { exchange, routing_key } = &outgoing.to;
    let header = header(outgoing);
    Message::new(&NewMessage {
        format: Format::V0_10,
        exchange: exchange.as_str().into(),
        routing_key,
        publisher: Arc::default(),
        header: &header,
        body: &[Bytes::copy_from_slice(&outgoing.body)],
        is_durable: false,
        priority: PRIORITY,
        expires_at_ms: outgoing.ttl_ms.map(|ttl_ms| now_ms().saturating_add(ttl_ms)),
    })
}

fn header(outgoing: &Outgoing) -> Vec<u8> {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let bytes = |bytes: &[u8]| Some(bytes.to_vec()).filter(|bytes| !bytes.is_empty());
    let mut segment = Vec::new();
    DeliveryProperties {
        ttl: outgoing.ttl_ms,
        exchange: Some(outgoing.to.exchange.clone()),
        routing_key: Some(outgoing.to.routing_key.clone()),
        ..DeliveryProperties::default()
    }
    .write_struct32(&mut segment);
    MessageProperties {
        content_length: Some(outgoing.body.len() as u64),
        correlation_id: bytes(&outgoing.correlation_id),
        content_type: some(outgoing.content_type),
        app_id: bytes(outgoing.app_id.as_bytes()),
        application_headers: Some(outgoing.headers.clone()).filter(|map| !map.is_empty()),
        ..MessageProperties::default()
    }
    .write_struct32(&mut segment);
    segment
}
