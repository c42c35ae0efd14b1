//! What goes out unasked, on `qmf.default.topic`: heartbeats, events and objects.

use super::agent::{Agent, CONTENT_HEADER, header, headers};
use super::content::ListBody;
use super::identity::key_word;
use super::object_map::put_event;
use super::{APP_ID, TOPIC_EXCHANGE};
use crate::object::Event;
use crate::qmf::message::{Message, ReplyTo};
use crate::schema::{Class, Severity};

impl Agent {
    /// The sign that the agent lives; it is worth nothing any more after two intervals.
    pub fn heartbeat(&self, now_ns: u64) -> Message {
        let mut message = self.indication(
            "_agent_heartbeat_indication",
            format!("agent.ind.heartbeat.{}", self.identity.key()),
            self.presence(now_ns),
        );
        message.content_type = "amqp/map";
        message.ttl_ms = Some(u64::from(self.interval_s) * 2 * 1000);
        message
    }

    /// An event, under `agent.ind.event.PACKAGE.EVENT.SEVERITY.VENDOR.PRODUCT.INSTANCE`.
    pub fn event(&self, event: &Event) -> Message {
        let key = format!(
            "agent.ind.event.{}.{}.{}.{}",
            key_word(event.class.package),
            key_word(event.class.name),
            severity_word(event.class.severity),
            self.identity.key()
        );
        let mut list = ListBody::new();
        list.push(|into| put_event(into, event));
        self.data_indication(key, "_event", list.finish())
    }

    /// The key under which objects of a class go out:
    /// `agent.ind.data.PACKAGE.CLASS.VENDOR.PRODUCT.INSTANCE`.
    pub(super) fn data_key(&self, class: &Class) -> String {
        let (package, name) = (key_word(class.package), key_word(class.name));
        format!("agent.ind.data.{package}.{name}.{}", self.identity.key())
    }

    /// A list of objects that changed.
    pub(super) fn data(&self, key: &str, list: Vec<u8>) -> Message {
        self.data_indication(key.to_owned(), "_data", list)
    }

    fn data_indication(&self, key: String, content: &str, list: Vec<u8>) -> Message {
        let mut message = self.indication("_data_indication", key, list);
        message.headers.insert(CONTENT_HEADER, header(content));
        message
    }

    fn indication(&self, opcode: &str, routing_key: String, body: Vec<u8>) -> Message {
        Message {
            to: ReplyTo { exchange: TOPIC_EXCHANGE.to_owned(), routing_key },
            content_type: "amqp/list",
            correlation_id: Vec::new(),
            app_id: APP_ID,
            headers: headers(opcode, "indication", self.name()),
            ttl_ms: None,
            body,
        }
    }
}

/// The word for a severity in routing keys.
fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warn",
        Severity::Notice => "note",
        Severity::Inform => "info",
    }
}
