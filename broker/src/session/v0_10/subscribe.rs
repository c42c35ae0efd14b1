//! Subscriptions come and go: message.subscribe with all of its arguments, message.cancel.

use std::sync::Arc;

use philter_model::queue::{ConsumerSpec, SubscribeError};
use philter_plugin_api::MapRef;
use philter_protocol::v0_10::command::{AcceptMode, AcquireMode, MessageSubscribe, error_code};
use philter_protocol::v0_10::value::Value;

use super::arguments::to_arguments;
use super::connection::Connection;
use super::consumer::{Consumer, Modes};
use super::failure::{Failure, Outcome};
use super::message::{no_subscription, out_of_range};
use crate::message::values::encode_arguments;
use crate::net::Token;
use crate::session::live::{Listed, LiveSubscription, Subscribed};
use crate::virtual_host::{CompiledFilter, Event, FILTER, OwnerId, Queue, Subscribe, Waker};

/// A JMS selector, as Qpid's clients send it.
const SELECTOR: &str = "x-apache-selector";

/// The language of [`SELECTOR`].
const SELECTOR_LANGUAGE: &str = "selector";

/// Every so many messages the client is asked to complete what it has.
const SYNC_FREQUENCY: &str = "qpid.sync_frequency";

/// What a subscription was asked for with, beyond its modes.
struct Wishes {
    filter: Option<Arc<CompiledFilter>>,
    /// 0: never.
    sync_every: u32,
}

impl Connection {
    pub(super) fn subscribe(&mut self, channel: u16, subscribe: &MessageSubscribe) -> Outcome {
        let MessageSubscribe { queue: name, destination, .. } = subscribe;
        if name.is_empty() {
            let text = "message.subscribe: no queue name specified";
            return Err(Failure::new(error_code::ILLEGAL_ARGUMENT, text));
        }
        let mut modes = modes_of(subscribe)?;
        let queue = self.host.queue(name)?;
        if queue.settings().is_browse_only {
            modes.acquire = AcquireMode::NotAcquired;
        }
        let wishes = self.wishes(subscribe)?;
        let session = self.session(channel)?;
        let (owner, number) = (session.owner, session.next_consumer);
        if session.destinations.contains_key(destination) {
            return Err(Failure::not_allowed(format!(
                "message.subscribe: destination '{destination}' is in use in this session"
            )));
        }
        let acquires = modes.acquire == AcquireMode::PreAcquired;
        check_unlocked(&queue, acquires, owner)?;
        let token = Token { channel, consumer: number };
        let waker = Waker { mailbox: Arc::clone(&self.mailbox), token };
        let is_filtered = wishes.filter.is_some();
        let spec =
            ConsumerSpec { acquires, is_exclusive: subscribe.exclusive, is_filtered, priority: 0 };
        let wanted = Subscribe { spec, owner, filter: wishes.filter, waker };
        let id = queue.subscribe(wanted).map_err(|error| refused(name, error))?;
        let id = id.ok_or_else(|| Failure::not_found(format!("no such queue: {name}")))?;
        // Nobody can claim it from here on; somebody may have since it was looked at.
        if let Err(failure) = check_unlocked(&queue, acquires, owner) {
            queue.cancel(id);
            return Err(failure);
        }
        let live = self.list_subscription(owner, subscribe, &queue, modes);
        let mut consumer = Consumer::new(destination, queue, id, modes, live);
        consumer.sync_every = wishes.sync_every;
        let session = self.session(channel)?;
        session.next_consumer += 1;
        session.destinations.insert(destination.clone(), number);
        session.consumers.insert(number, consumer);
        Ok(())
    }

    fn list_subscription(
        &self,
        owner: OwnerId,
        subscribe: &MessageSubscribe,
        queue: &Queue,
        modes: Modes,
    ) -> Listed<LiveSubscription> {
        let arguments = to_arguments(subscribe.arguments.as_ref());
        self.host.raise(|| Event::Subscribed {
            by: self.actor.clone(),
            queue: Arc::clone(queue.name()),
            destination: subscribe.destination.clone(),
            is_exclusive: subscribe.exclusive,
            arguments: arguments.clone(),
        });
        let subscribed = Subscribed {
            session: owner.session,
            name: subscribe.destination.clone(),
            queue: Arc::clone(queue.name()),
            is_exclusive: subscribe.exclusive,
            is_browsing: modes.acquire == AcquireMode::NotAcquired,
            is_acknowledged: modes.accept == AcceptMode::Explicit,
            arguments,
        };
        let number = self.live.next_subscription();
        self.live.list_subscription(LiveSubscription::new(number, subscribed))
    }

    pub(super) fn cancel(&mut self, channel: u16, destination: &str) -> Outcome {
        let host = Arc::clone(&self.host);
        let token = self.token(channel, destination)?;
        self.finish_flush(token);
        if self.session(channel)?.cancel(&host, destination) {
            return Ok(());
        }
        Err(no_subscription(destination))
    }

    /// Reads the arguments of a subscribe.
    fn wishes(&self, subscribe: &MessageSubscribe) -> Outcome<Wishes> {
        if subscribe.resume_id.as_deref().is_some_and(|id| !id.is_empty()) {
            return Err(Failure::not_implemented("message.subscribe.resume-id"));
        }
        let MessageSubscribe { queue, destination, .. } = subscribe;
        let owner = format_args!("subscription '{destination}' to queue '{queue}'");
        let mut wishes = Wishes { filter: None, sync_every: 0 };
        for (name, value) in subscribe.arguments.iter().flat_map(|arguments| arguments.iter()) {
            match name {
                SELECTOR => {
                    let selector = text_of(value)?;
                    // An empty one chooses everything, as JMS has it.
                    if !selector.trim().is_empty() {
                        let named = format_args!("argument {SELECTOR} of the {owner}");
                        let compiled = self.host.compile_filter(named, SELECTOR_LANGUAGE, selector);
                        set_filter(&mut wishes, compiled?)?;
                    }
                }
                FILTER => {
                    let encoded = encode_arguments(subscribe.arguments.as_ref());
                    let arguments = MapRef::parse(&encoded).unwrap_or_default();
                    if let Some(filter) = self.host.filter_among(arguments, owner)? {
                        set_filter(&mut wishes, filter)?;
                    }
                }
                SYNC_FREQUENCY => wishes.sync_every = frequency_of(value)?,
                _ if name.starts_with("qpid.") => {
                    let text = format!("message.subscribe: unknown argument {name}");
                    return Err(Failure::invalid(text));
                }
                _ => {}
            }
        }
        Ok(wishes)
    }
}

fn set_filter(wishes: &mut Wishes, filter: CompiledFilter) -> Outcome {
    if wishes.filter.replace(Arc::new(filter)).is_some() {
        let text = format!("message.subscribe: {SELECTOR} and {FILTER} can't stand together");
        return Err(Failure::invalid(text));
    }
    Ok(())
}

fn modes_of(subscribe: &MessageSubscribe) -> Outcome<Modes> {
    let accept = AcceptMode::from_wire(subscribe.accept_mode)
        .ok_or_else(|| out_of_range("message.subscribe.accept-mode", subscribe.accept_mode))?;
    let acquire = AcquireMode::from_wire(subscribe.acquire_mode)
        .ok_or_else(|| out_of_range("message.subscribe.acquire-mode", subscribe.acquire_mode))?;
    Ok(Modes { accept, acquire })
}

fn check_unlocked(queue: &Queue, acquires: bool, owner: OwnerId) -> Outcome {
    if acquires && queue.is_locked_for(owner) {
        return Err(Failure::locked(format!(
            "can't subscribe to queue '{}': it is exclusive to another session",
            queue.name()
        )));
    }
    Ok(())
}

fn refused(queue: &str, error: SubscribeError) -> Failure {
    let text = format!("queue '{queue}': {error}");
    match error {
        SubscribeError::TooMany(_) => Failure::new(error_code::RESOURCE_LIMIT_EXCEEDED, text),
        SubscribeError::BrowseOnly => Failure::not_allowed(text),
        _ => Failure::locked(text),
    }
}

fn text_of(value: &Value) -> Outcome<&str> {
    match value {
        Value::Str8(text) | Value::Str16(text) => Ok(text),
        // What Python 2's clients send for a text that is not ASCII, and C++ clients for any.
        Value::Vbin8(bytes) | Value::Vbin16(bytes) | Value::Vbin32(bytes) => {
            std::str::from_utf8(bytes).map_err(|_| not_text())
        }
        _ => Err(not_text()),
    }
}

fn not_text() -> Failure {
    Failure::invalid(format!("message.subscribe: argument {SELECTOR}: a text expected"))
}

fn frequency_of(value: &Value) -> Outcome<u32> {
    let number = match *value {
        Value::Uint8(number) => Some(u32::from(number)),
        Value::Uint16(number) => Some(u32::from(number)),
        Value::Uint32(number) => Some(number),
        Value::Uint64(number) => u32::try_from(number).ok(),
        Value::Int8(number) => u32::try_from(number).ok(),
        Value::Int16(number) => u32::try_from(number).ok(),
        Value::Int32(number) => u32::try_from(number).ok(),
        Value::Int64(number) => u32::try_from(number).ok(),
        _ => None,
    };
    number.ok_or_else(|| {
        let text = format!("message.subscribe: argument {SYNC_FREQUENCY}: a count expected");
        Failure::invalid(text)
    })
}
