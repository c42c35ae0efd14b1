//! The agent: takes requests, gives answers and broadcasts.

use philter_protocol::v0_10::value::{FieldMap, Value as Wire};

use super::content::{cut, map_body, put_fixed, put_map, put_text};
use super::identity::Identity;
use super::limits::ERROR_TEXT_BYTES_MAX;
use super::object_map::put_time;
use super::request::{Request, RequestError};
use super::{APP_ID, LOCAL_KEY, content::MapWriter, content::code, method, query};
use crate::object::{Caller, Directory, MethodError};
use crate::qmf::message::{Message, ReplyTo};

/// Takes a message to publish; answers whether it wants more. One who has none to give it to (the
/// reply queue is gone) answers false.
pub type Sink<'a> = dyn FnMut(Message) -> bool + 'a;

/// A message that came to one of the agent's addresses, with `app-id` [`APP_ID`].
#[derive(Clone, Debug)]
pub struct Incoming<'a> {
    /// Delivery-properties: `routing-key`.
    pub routing_key: &'a str,
    /// Message-properties: `reply-to`.
    pub reply_to: Option<ReplyTo>,
    /// Message-properties: `correlation-id`; empty if there is none.
    pub correlation_id: &'a [u8],
    /// Message-properties: `application-headers`.
    pub headers: &'a FieldMap,
    /// The body.
    pub body: &'a [u8],
    /// Who published it, as the connection proved, not as the message says.
    pub caller: &'a Caller,
}

/// What a broker's agent knows of itself.
#[derive(Clone, Debug)]
pub struct Agent {
    pub(super) identity: Identity,
    pub(super) interval_s: u16,
    pub(super) epoch: u16,
}

impl Agent {
    /// An agent that sends a heartbeat every `interval_s` seconds; `epoch` counts its starts.
    pub fn new(identity: Identity, interval_s: u16, epoch: u16) -> Self {
        Self { identity, interval_s, epoch }
    }

    /// Its name: a key on `qmf.default.direct` by which it is reached, as by [`LOCAL_KEY`].
    pub fn name(&self) -> &str {
        self.identity.name()
    }

    /// Whether a message to `exchange` with `routing_key` is for this agent.
    pub fn is_addressed_by(&self, exchange: &str, routing_key: &str) -> bool {
        match exchange {
            super::DIRECT_EXCHANGE => routing_key == LOCAL_KEY || routing_key == self.name(),
            super::TOPIC_EXCHANGE => routing_key == super::LOCATE_KEY,
            _ => false,
        }
    }

    /// Answers a request; each message of the answer goes into `sink`, one at a time.
    ///
    /// A request without a reply-to does nothing. Anything else that can't be answered is answered
    /// by an exception.
    pub fn handle(
        &self,
        incoming: &Incoming<'_>,
        directory: &dyn Directory,
        now_ns: u64,
        sink: &mut Sink<'_>,
    ) {
        let Some(reply_to) = &incoming.reply_to else { return };
        let agent = if incoming.routing_key == LOCAL_KEY { LOCAL_KEY } else { self.name() };
        let mut out = Answering { agent, incoming, reply_to, now_ns, sink };
        match Request::decode(incoming.headers, incoming.body) {
            Ok(request) => self.answer(&request, directory, &mut out),
            Err(error) => out.refuse(&error),
        }
    }

    fn answer(&self, request: &Request, directory: &dyn Directory, out: &mut Answering<'_, '_>) {
        match request {
            Request::Locate => {
                let body = self.presence(out.now_ns);
                let mut message = out.message("_agent_locate_response", "indication", body);
                message.headers.insert("qmf.agent", header(self.name()));
                out.send(message);
            }
            Request::Query(query) => query::answer(query, directory, out),
            Request::Method { object, method, arguments } => {
                let caller = out.incoming.caller;
                match method::call(object, method, arguments, caller, directory) {
                    Ok(body) => {
                        let message = out.message("_method_response", "response", body);
                        out.send(message);
                    }
                    Err(error) => out.fail(error.status(), &error.status_text()),
                }
            }
        }
    }

    /// The body of heartbeats and of answers to those who look for agents.
    pub(super) fn presence(&self, now_ns: u64) -> Vec<u8> {
        map_body(|map| {
            map.entry("_values", |into| {
                put_map(into, |values: &mut MapWriter<'_>| {
                    self.identity.put(values);
                    put_time(values, "_timestamp", now_ns);
                    for (name, number) in
                        [("_heartbeat_interval", self.interval_s), ("_epoch", self.epoch)]
                    {
                        values.entry(name, |into| {
                            put_fixed(into, code::UINT16, number.to_be_bytes());
                        });
                    }
                });
            });
        })
    }
}

/// Where the messages of an answer go.
pub(super) struct Answering<'a, 's> {
    /// The agent's name, or its alias where the request went to that.
    agent: &'a str,
    incoming: &'a Incoming<'a>,
    reply_to: &'a ReplyTo,
    pub(super) now_ns: u64,
    sink: &'a mut Sink<'s>,
}

impl Answering<'_, '_> {
    /// A message of the answer.
    pub(super) fn message(&self, opcode: &str, method: &str, body: Vec<u8>) -> Message {
        Message {
            to: self.reply_to.clone(),
            content_type: "amqp/map",
            correlation_id: self.incoming.correlation_id.to_vec(),
            app_id: APP_ID,
            headers: headers(opcode, method, self.agent),
            ttl_ms: None,
            body,
        }
    }

    /// Gives a message away; whether another one is wanted.
    pub(super) fn send(&mut self, message: Message) -> bool {
        (self.sink)(message)
    }

    fn refuse(&mut self, error: &RequestError) {
        let text = error.to_string();
        let error = match error {
            RequestError::UnknownOpcode(_) => MethodError::NotImplemented(text),
            _ => MethodError::InvalidParameter(text),
        };
        self.fail(error.status(), &error.status_text());
    }

    /// Answers with an exception.
    fn fail(&mut self, code: u32, text: &str) {
        let body = map_body(|map| {
            map.entry("_values", |into| {
                put_map(into, |values| {
                    values.entry("error_code", |into| {
                        put_fixed(into, code::UINT32, code.to_be_bytes());
                    });
                    values.entry("error_text", |into| {
                        put_text(into, cut(text, ERROR_TEXT_BYTES_MAX));
                    });
                });
            });
        });
        let message = self.message("_exception", "indication", body);
        self.send(message);
    }
}

/// The header that says what a list has: `_data` or `_event`.
pub(super) const CONTENT_HEADER: &str = "qmf.content";

/// The headers that every message has.
pub(super) fn headers(opcode: &str, method: &str, agent: &str) -> FieldMap {
    FieldMap::new()
        .with("method", header(method))
        .with("qmf.opcode", header(opcode))
        .with("qmf.agent", header(agent))
}

/// A header's value.
pub(super) fn header(text: &str) -> Wire {
    Wire::Str16(text.to_owned())
}
