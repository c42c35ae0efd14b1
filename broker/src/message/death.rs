//! What a message tells of the queues in which it ended: `x-death` and the headers beside it, as
//! RabbitMQ's documents on dead letter exchanges define them.
//!
//! Invariants:
//! - the newest death stands first, and a queue and reason once, with how often it happened; time,
//!   exchange and keys of one are those of its first time;
//! - a dead letter has no time to live of its own: it would end again wherever it comes to.

use std::sync::Arc;

use philter_model::message::{Format, Message};
use philter_plugin_api::{Property, Value, ValueRef};

use crate::message::header::Header;
use crate::message::rewrite::{Changes, Envelope, with_envelope};
use crate::message::sender_selected::{BCC, CC};

const DEATHS: &str = "x-death";
const FIRST: [&str; 3] = ["x-first-death-queue", "x-first-death-reason", "x-first-death-exchange"];
const LAST: [&str; 3] = ["x-last-death-queue", "x-last-death-reason", "x-last-death-exchange"];

/// The names in an entry of [`DEATHS`].
const COUNT: &str = "count";
const REASON: &str = "reason";
const QUEUE: &str = "queue";

/// The reason that a client gives, where all others are the broker's own.
const REJECTED: &str = "rejected";

/// Entries that a message keeps; the oldest go first. With what they usually say they fill half of
/// a frame, in which a header of 0-9-1 has to fit.
const DEATHS_MAX: usize = 256;

/// The end of a message in a queue, and where it goes from there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Death<'d> {
    /// The queue in which it ended.
    pub(crate) queue: &'d str,
    /// Why: `rejected`, `expired`, `maxlen` or `delivery_limit`.
    pub(crate) reason: &'d str,
    /// The exchange to which it goes.
    pub(crate) exchange: &'d Arc<str>,
    /// The key with which it goes; none: the keys with which it came.
    pub(crate) routing_key: Option<&'d str>,
    /// When, in seconds since 1970.
    pub(crate) time_s: u64,
}

/// The message as a dead letter: with one more death, for another exchange, without expiry. Its
/// further keys (CC) stay unless it gets another key.
pub(crate) fn with_death(message: &Message, death: &Death<'_>) -> Message {
    let header = Header::new(message);
    let deaths = deaths(&header);
    let is_first = deaths.is_empty();
    let (same, mut others): (Vec<Value>, Vec<Value>) =
        deaths.into_iter().partition(|entry| is_of(entry, death));
    let entry = same.into_iter().next().map_or_else(|| entry(message, &header, death), counted_up);
    others.truncate(DEATHS_MAX - 1);
    others.insert(0, entry);

    let text = |text: &str| Some(Value::from(text));
    let told = || [death.queue, death.reason, message.exchange()].map(text);
    let mut headers = vec![(DEATHS, Some(Value::List(others)))];
    headers.extend(FIRST.into_iter().zip(told()).filter(|_| is_first));
    headers.extend(LAST.into_iter().zip(told()));
    if message.format() == Format::V0_9_1 {
        headers.push((BCC, None));
        headers.extend(death.routing_key.map(|_| (CC, None)));
    }
    let routing_key = death.routing_key.unwrap_or(message.routing_key());
    let changes = Changes {
        headers,
        is_lasting: true,
        address: Some((death.exchange, routing_key)),
        ..Changes::default()
    };
    let envelope = Envelope {
        header: changes.apply(message.format(), message.header()).into(),
        exchange: Arc::clone(death.exchange),
        routing_key,
        expires_at_ms: None,
    };
    with_envelope(message, &envelope)
}

/// Whether a dead letter that would enter this queue ended there before, and nobody rejected it
/// since: it would go round for ever, and is dropped.
pub(crate) fn has_cycle(message: &Message, queue: &str) -> bool {
    let deaths = deaths(&Header::new(message));
    let Some(last) = deaths.iter().position(|entry| text(entry, QUEUE) == Some(queue)) else {
        return false;
    };
    deaths.iter().take(last + 1).all(|entry| {
        // What is no entry was not written by a broker, but by somebody on the way.
        text(entry, REASON).is_some_and(|reason| reason != REJECTED)
    })
}

/// The deaths so far, newest first. A header that is no list of deaths counts for none.
fn deaths(header: &Header<'_>) -> Vec<Value> {
    match header.header(DEATHS).and_then(|value| value.to_value().ok()) {
        Some(Value::List(entries) | Value::Array(entries)) => entries,
        _ => Vec::new(),
    }
}

fn is_of(entry: &Value, death: &Death<'_>) -> bool {
    text(entry, QUEUE) == Some(death.queue) && text(entry, REASON) == Some(death.reason)
}

fn entry(message: &Message, header: &Header<'_>, death: &Death<'_>) -> Value {
    let time_ms = i64::try_from(death.time_s.saturating_mul(1_000)).unwrap_or(i64::MAX);
    let mut entry = vec![
        (COUNT, Value::Long(1)),
        (REASON, death.reason.into()),
        (QUEUE, death.queue.into()),
        ("time", Value::Timestamp(time_ms)),
        ("exchange", Value::from(&**message.exchange())),
        ("routing-keys", Value::List(routing_keys(message, header))),
    ];
    if let Some(ValueRef::Ulong(ttl_ms)) = header.property(Property::TimeToLive) {
        entry.push(("original-expiration", ttl_ms.to_string().into()));
    }
    Value::Map(entry.into_iter().map(|(name, value)| (name.into(), value)).collect())
}

/// The keys with which a message came: its own, and those of its CC header.
fn routing_keys(message: &Message, header: &Header<'_>) -> Vec<Value> {
    let mut keys = vec![Value::from(message.routing_key())];
    if message.format() == Format::V0_9_1
        && let Some(Value::List(further)) = header.header(CC).and_then(|cc| cc.to_value().ok())
    {
        keys.extend(further.into_iter().filter(|key| matches!(key, Value::String(_))));
    }
    keys
}

/// The entry with one more in its count; one that does not count begins with 1.
fn counted_up(mut entry: Value) -> Value {
    let Value::Map(pairs) = &mut entry else { return entry };
    let slot = pairs.iter_mut().find(|(name, _)| *name == Value::from(COUNT));
    match slot {
        Some((_, count)) => *count = Value::Long(integer(count).saturating_add(1)),
        None => pairs.insert(0, (COUNT.into(), Value::Long(1))),
    }
    entry
}

/// A count of any width: the way over another protocol may have changed it, and clients write
/// small numbers in few bytes.
fn integer(value: &Value) -> i64 {
    match value {
        Value::Byte(value) => i64::from(*value),
        Value::Ubyte(value) => i64::from(*value),
        Value::Short(value) => i64::from(*value),
        Value::Ushort(value) => i64::from(*value),
        Value::Long(value) => *value,
        Value::Int(value) => i64::from(*value),
        Value::Uint(value) => i64::from(*value),
        Value::Ulong(value) => i64::try_from(*value).unwrap_or(i64::MAX),
        _ => 0,
    }
}

fn text<'v>(entry: &'v Value, name: &str) -> Option<&'v str> {
    let Value::Map(pairs) = entry else { return None };
    pairs.iter().find_map(|(key, value)| match (key, value) {
        (Value::String(key), Value::String(value)) if key == name => Some(value.as_str()),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
