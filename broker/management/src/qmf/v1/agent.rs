//! The broker's agent: answers consoles' requests, and tells of events and of being alive.
//!
//! It keeps nothing of a console, so one that goes away leaves nothing behind.

use philter_protocol::reader::Reader;

use super::catalog::Catalog;
use super::class_key::ClassKey;
use super::command::{Command, CommandError};
use super::header::Header;
use super::limits::{COMMANDS_PER_MESSAGE_MAX, REQUEST_BYTES_MAX};
use super::method;
use super::object_id::ObjectId;
use super::page::Pages;
use super::query;
use super::value::{self, put_text8};
use crate::object::{Caller, Directory, Event, MethodError, ObjectName};
use crate::qmf::message::{Message, ReplyTo};

/// Where requests come to and indications go.
pub const EXCHANGE: &str = "qpid.management";

/// Where consoles that speak version 2 ask for schemas in version 1.
const DIRECT_EXCHANGE: &str = "qmf.default.direct";

/// The key of a request to the broker.
const BROKER_KEY: &str = "broker";

/// The broker's agent, by its banks.
const AGENT_KEY: &str = "agent.1.0";

/// The broker's agent, by its bank alone, as `qmf.console` asks for schemas.
const AGENT_BANK: &str = "0";

const HEARTBEAT_KEY: &str = "console.heartbeat.1.0";

/// How a request ended: Qpid's numbers.
mod status {
    pub(super) const OK: u32 = 0;
    pub(super) const UNKNOWN_OBJECT: u32 = 1;
    pub(super) const INVALID_PARAMETER: u32 = 4;
    pub(super) const FEATURE_NOT_IMPLEMENTED: u32 = 5;
}

/// Answers requests about the classes of a catalog.
#[derive(Debug)]
pub struct Agent {
    broker_id: [u8; 16],
    catalog: Catalog,
}

/// A console's message.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Its body: one command or more.
    pub body: &'a [u8],
    /// Where the answer goes. A message that says no place is nobody's request.
    pub reply_to: &'a ReplyTo,
    /// Who sent it.
    pub caller: &'a Caller,
}

/// What a message is answered with, beside the message itself.
struct Context<'a> {
    caller: &'a Caller,
    directory: &'a dyn Directory,
    now_ns: u64,
}

impl Agent {
    /// The agent of the broker with this UUID.
    pub fn new(broker_id: [u8; 16], catalog: Catalog) -> Self {
        Self { broker_id, catalog }
    }

    /// Whether a message to `exchange` with `routing_key` is for this agent. One with the `app-id`
    /// of version 2 is not.
    pub fn is_addressed_by(&self, exchange: &str, routing_key: &str) -> bool {
        match exchange {
            EXCHANGE => {
                let is_agents = |rest: &str| rest.is_empty() || rest.starts_with('.');
                routing_key == BROKER_KEY
                    || routing_key.starts_with("schema.")
                    || routing_key.strip_prefix(AGENT_KEY).is_some_and(is_agents)
            }
            DIRECT_EXCHANGE => routing_key == BROKER_KEY || routing_key == AGENT_BANK,
            _ => false,
        }
    }

    /// What it serves.
    pub(super) fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Answers the commands in a message's body, in their order.
    ///
    /// `send` gets each message for `reply_to`, a page at a time, and says whether it wants more:
    /// false ends the answer. It may be called from within [`Directory::visit`]. A body that is no
    /// QMF version 1 is answered with nothing; a request that can't be understood with its error.
    pub fn handle(
        &self,
        request: &Request<'_>,
        directory: &dyn Directory,
        now_ns: u64,
        send: &mut dyn FnMut(Message) -> bool,
    ) {
        let Request { body, reply_to, caller } = *request;
        if body.len() > REQUEST_BYTES_MAX {
            return;
        }
        let context = Context { caller, directory, now_ns };
        let mut sink = |body| send(Message { to: reply_to.clone(), body, ..Message::default() });
        let mut pages = Pages::new(&mut sink);
        let mut reader = Reader::new(body);
        for _ in 0..COMMANDS_PER_MESSAGE_MAX {
            let Ok(Some(header)) = Header::decode(&mut reader) else { break };
            let request = Command::decode(header.opcode, &mut reader);
            let is_understood = request.is_ok();
            match request {
                Ok(request) => self.answer(header.sequence, request, &context, &mut pages),
                Err(error) => refuse(header, error, &mut pages),
            }
            if !is_understood || !pages.is_open() {
                break;
            }
        }
        pages.flush();
    }

    /// An event, for whoever is bound to its key.
    pub fn event(&self, event: &Event) -> Message {
        let class = event.class;
        let mut body = Vec::new();
        Header { opcode: b'e', sequence: 0 }.encode(&mut body);
        self.catalog.event_key(class).encode(&mut body);
        body.extend_from_slice(&event.at_ns.to_be_bytes());
        body.push(class.severity as u8);
        let mut values = event.values.iter();
        for argument in class.arguments {
            value::encode(argument.value_type, values.next(), &mut body);
        }
        indication(format!("console.event.1.0.{}.{}", class.package, class.name), body)
    }

    /// A sign of life, for each interval.
    pub fn heartbeat(&self, now_ns: u64) -> Message {
        let mut body = Vec::new();
        Header { opcode: b'h', sequence: 0 }.encode(&mut body);
        body.extend_from_slice(&now_ns.to_be_bytes());
        indication(HEARTBEAT_KEY.to_owned(), body)
    }

    /// The name behind an object's number in version 1. A console that got an object by version 1
    /// and asks for it by version 2 gives its number, in decimal digits, for a name.
    pub fn find(&self, number: u64, directory: &dyn Directory) -> Option<ObjectName> {
        ObjectId::with_number(number).find(self.catalog.classes(), directory)
    }

    fn answer(
        &self,
        sequence: u32,
        request: Command<'_>,
        context: &Context<'_>,
        pages: &mut Pages<'_>,
    ) {
        let Context { caller, directory, now_ns } = *context;
        match request {
            Command::Broker => {
                pages.put(b'b', sequence, |into| into.extend_from_slice(&self.broker_id));
            }
            Command::Packages => self.answer_packages(sequence, pages),
            Command::Classes { package } => self.answer_classes(package, sequence, pages),
            Command::Schema(key) => self.answer_schema(key, sequence, pages),
            Command::Get(query) => {
                query::answer(&self.catalog, query, directory, now_ns, sequence, pages);
                complete(sequence, status::OK, "OK", pages);
            }
            Command::Call(call) => pages.put(b'm', sequence, |into| {
                method::answer(&self.catalog, call, caller, directory, into);
            }),
            Command::Attach => {
                let text = "remote agents of QMF version 1 are not served";
                complete(sequence, status::FEATURE_NOT_IMPLEMENTED, text, pages);
            }
        }
    }

    fn answer_packages(&self, sequence: u32, pages: &mut Pages<'_>) {
        for package in self.catalog.packages() {
            pages.put(b'p', sequence, |into| put_text8(into, package));
        }
        complete(sequence, status::OK, "OK", pages);
    }

    fn answer_classes(&self, package: &str, sequence: u32, pages: &mut Pages<'_>) {
        for (kind, key) in self.catalog.keys().filter(|(_, key)| key.package == package) {
            pages.put(b'q', sequence, |into| {
                into.push(kind as u8);
                key.encode(into);
            });
        }
        complete(sequence, status::OK, "OK", pages);
    }

    fn answer_schema(&self, key: ClassKey<'_>, sequence: u32, pages: &mut Pages<'_>) {
        let mut schema = Vec::new();
        if self.catalog.encode_schema(key, &mut schema) {
            pages.put(b's', sequence, |into| into.append(&mut schema));
        } else {
            complete(sequence, status::UNKNOWN_OBJECT, "there is no such class", pages);
        }
    }
}

/// A message that nobody asked for.
pub(super) fn indication(routing_key: String, body: Vec<u8>) -> Message {
    let to = ReplyTo { exchange: EXCHANGE.to_owned(), routing_key };
    Message { to, body, ..Message::default() }
}

/// Says that all of an answer has been told, in a message of its own as Qpid's broker does.
fn complete(sequence: u32, code: u32, text: &str, pages: &mut Pages<'_>) {
    pages.flush();
    pages.put(b'z', sequence, |into| {
        into.extend_from_slice(&code.to_be_bytes());
        put_text8(into, text);
    });
    pages.flush();
}

/// A request that can't be understood gets its error; what is no request gets nothing.
fn refuse(header: Header, error: CommandError, pages: &mut Pages<'_>) {
    match (header.opcode, error) {
        (_, CommandError::UnknownCommand(_)) => {}
        (b'M', error) => pages.put(b'm', header.sequence, |into| {
            method::encode_failure(&MethodError::InvalidParameter(error.to_string()), into);
        }),
        (_, error) => {
            complete(header.sequence, status::INVALID_PARAMETER, &error.to_string(), pages);
        }
    }
}

#[cfg(test)]
mod tests;
