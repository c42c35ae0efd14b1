//! What goes out unasked, on `qmf.default.topic`: heartbeats, events and objects.

use super::agent::{Agent, CONTENT_HEADER, Sink, header, headers};
use super::content::ListBody;
use super::identity::key_word;
use super::limits::{PAGE_BYTES_MAX, PAGE_OBJECTS_MAX};
use super::object_map::{SchemaId, put_event, put_object};
use super::{APP_ID, TOPIC_EXCHANGE};
use crate::object::{Event, Object};
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
        self.data_indication(key, "_event", list)
    }

    /// Objects of a class that are new, changed or gone, under
    /// `agent.ind.data.PACKAGE.CLASS.VENDOR.PRODUCT.INSTANCE`; a message for each page of them.
    pub fn data(
        &self,
        class: &'static Class,
        objects: impl IntoIterator<Item = Object>,
        now_ns: u64,
        sink: &mut Sink<'_>,
    ) {
        let key = format!(
            "agent.ind.data.{}.{}.{}",
            key_word(class.package),
            key_word(class.name),
            self.identity.key()
        );
        let schema = SchemaId::of(class);
        let mut page = ListBody::new();
        for object in objects {
            if page.len() >= PAGE_OBJECTS_MAX || page.bytes() >= PAGE_BYTES_MAX {
                let full = std::mem::replace(&mut page, ListBody::new());
                if !sink(self.data_indication(key.clone(), "_data", full)) {
                    return;
                }
            }
            page.push(|into| put_object(into, &object, &schema, now_ns));
        }
        if page.len() > 0 {
            sink(self.data_indication(key, "_data", page));
        }
    }

    fn data_indication(&self, key: String, content: &str, list: ListBody) -> Message {
        let mut message = self.indication("_data_indication", key, list.finish());
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
