//! Consumers come and go: basic.consume, basic.cancel, and the prefetch of basic.qos.

use std::sync::Arc;

use philter_model::queue::{ConsumerSpec, SubscribeError};
use philter_plugin_api::{MapRef, ValueRef};
use philter_protocol::v0_9_1::method::{basic, channel};

use super::arguments::{encode_arguments, to_arguments};
use super::connection::Connection;
use super::consumer::Consumer;
use super::failure::{Failure, Outcome};
use super::queue_name::unique;
use super::reply_to::REPLY_TO;
use crate::net::Token;
use crate::session::live::{Listed, LiveSubscription, Subscribed};
use crate::virtual_host::{Event, Queue, Subscribe, Waker};

/// What begins the tag of a consumer whose client left it to the broker, as RabbitMQ's do.
const GENERATED: &str = "amq.ctag-";

/// The argument with which a consumer goes before others, or behind them.
const PRIORITY: &str = "x-priority";

impl Connection {
    /// basic.qos: for new consumers one by one, or (global) for all of the channel together. That
    /// is RabbitMQ's reading; the specification's is the connection.
    pub(super) fn limit_prefetch(&mut self, channel: u16, qos: &basic::Qos) -> Outcome {
        if qos.prefetch_size != 0 {
            let text = format!("prefetch_size!=0 ({})", qos.prefetch_size);
            return Err(Failure::not_implemented(text));
        }
        let state = self.channel(channel)?;
        if qos.global {
            state.prefetch_all = qos.prefetch_count;
        } else {
            state.prefetch_each = qos.prefetch_count;
            // As RabbitMQ has it.
            state.prefetch_all = 0;
        }
        self.answer(channel, false, basic::QosOk {}.into());
        self.attend_all(channel);
        Ok(())
    }

    /// channel.flow: deliveries stop, or go on.
    pub(super) fn flow(&mut self, channel: u16, active: bool) -> Outcome {
        self.channel(channel)?.is_flowing = active;
        self.answer(channel, false, channel::FlowOk { active }.into());
        self.attend_all(channel);
        Ok(())
    }

    pub(super) fn consume(&mut self, channel: u16, consume: &basic::Consume) -> Outcome {
        let tag: Arc<str> = match consume.consumer_tag.as_str() {
            "" => unique(GENERATED)?.into(),
            tag => tag.into(),
        };
        if self.channel(channel)?.tags.contains_key(&tag) {
            return Err(Failure::not_allowed(format!("attempt to reuse consumer tag '{tag}'")));
        }
        let queue = if consume.queue == REPLY_TO {
            self.open_reply_queue(channel, consume.no_ack)?
        } else {
            self.queue_to_use(channel, &consume.queue)?
        };
        let number = self.channel(channel)?.next_consumer;
        let id = self.subscribe(Token { channel, consumer: number }, consume, &tag, &queue)?;
        let live = self.list_consumer(channel, consume, &tag, &queue)?;
        let state = self.channel(channel)?;
        state.next_consumer += 1;
        state.tags.insert(Arc::clone(&tag), number);
        let consumer = Consumer {
            tag: Arc::clone(&tag),
            queue,
            id,
            is_acknowledged: !consume.no_ack,
            prefetch: state.prefetch_each,
            unsettled: 0,
            is_resumed: false,
            is_ready: false,
            live,
        };
        state.consumers.insert(number, consumer);
        let ok = basic::ConsumeOk { consumer_tag: tag.to_string() };
        self.answer(channel, consume.no_wait, ok.into());
        self.attend(Token { channel, consumer: number });
        Ok(())
    }

    fn subscribe(
        &self,
        token: Token,
        consume: &basic::Consume,
        tag: &str,
        queue: &Arc<Queue>,
    ) -> Outcome<philter_model::queue::ConsumerId> {
        let arguments = encode_arguments(&consume.arguments);
        let arguments = MapRef::parse(&arguments).unwrap_or_default();
        let owner = format_args!("consumer '{tag}' of queue '{}'", queue.name());
        let filter = self.host.filter_among(arguments, owner).map_err(|e| self.refused(&e))?;
        let spec = ConsumerSpec {
            acquires: !queue.settings().is_browse_only,
            is_exclusive: consume.exclusive,
            is_filtered: filter.is_some(),
            priority: priority_of(arguments)?,
        };
        let waker = Waker { mailbox: Arc::clone(&self.mailbox), token };
        let wanted = Subscribe { spec, owner: self.owner, filter: filter.map(Arc::new), waker };
        let refused = |error| refusal(queue.name(), self.vhost(), error);
        let id = queue.subscribe(wanted).map_err(refused)?;
        id.ok_or_else(|| Failure::no_queue(queue.name(), self.vhost()))
    }

    fn list_consumer(
        &mut self,
        channel: u16,
        consume: &basic::Consume,
        tag: &Arc<str>,
        queue: &Queue,
    ) -> Outcome<Listed<LiveSubscription>> {
        let arguments = to_arguments(&consume.arguments);
        self.host.raise(|| Event::Subscribed {
            by: self.actor.clone(),
            queue: Arc::clone(queue.name()),
            destination: tag.to_string(),
            is_exclusive: consume.exclusive,
            arguments: arguments.clone(),
        });
        let subscribed = Subscribed {
            session: self.channel(channel)?.live.number,
            name: tag.to_string(),
            queue: Arc::clone(queue.name()),
            is_exclusive: consume.exclusive,
            is_browsing: false,
            is_acknowledged: !consume.no_ack,
            arguments,
        };
        let number = self.live.next_subscription();
        Ok(self.live.list_subscription(LiveSubscription::new(number, subscribed)))
    }

    pub(super) fn cancel(&mut self, channel: u16, cancel: &basic::Cancel) -> Outcome {
        let state = self.channel(channel)?;
        if let Some(number) = state.tags.remove(&*cancel.consumer_tag)
            && let Some(consumer) = state.consumers.remove(&number)
        {
            self.end_consumer(&consumer);
        }
        let ok = basic::CancelOk { consumer_tag: cancel.consumer_tag.clone() };
        self.answer(channel, cancel.no_wait, ok.into());
        Ok(())
    }

    /// A consumer's queue is gone: its client is told, where it can hear it.
    pub(super) fn cancel_by_broker(&mut self, token: Token) {
        let Some(state) = self.channels.get_mut(&token.channel) else { return };
        let Some(consumer) = state.consumers.remove(&token.consumer) else { return };
        state.tags.remove(&consumer.tag);
        if self.protocol.client_has("consumer_cancel_notify") {
            let consumer_tag = consumer.tag.to_string();
            let cancel = basic::Cancel { consumer_tag, no_wait: true };
            self.protocol.send(token.channel, cancel);
        }
        self.end_consumer(&consumer);
    }

    /// A consumer ends. What it holds stays with its channel.
    pub(super) fn end_consumer(&self, consumer: &Consumer) {
        consumer.queue.cancel(consumer.id);
        self.host.raise(|| Event::Unsubscribed {
            by: self.actor.clone(),
            destination: consumer.tag.to_string(),
        });
        self.auto_delete(&consumer.queue);
    }
}

fn priority_of(arguments: MapRef<'_>) -> Outcome<i32> {
    let priority = match arguments.get(PRIORITY) {
        None => Some(0),
        Some(ValueRef::Byte(value)) => Some(i32::from(value)),
        Some(ValueRef::Ubyte(value)) => Some(i32::from(value)),
        Some(ValueRef::Short(value)) => Some(i32::from(value)),
        Some(ValueRef::Ushort(value)) => Some(i32::from(value)),
        Some(ValueRef::Int(value)) => Some(value),
        Some(ValueRef::Uint(value)) => i32::try_from(value).ok(),
        Some(ValueRef::Long(value)) => i32::try_from(value).ok(),
        Some(_) => None,
    };
    priority.ok_or_else(|| {
        let text = format!("basic.consume: argument {PRIORITY}: a whole number expected");
        Failure::precondition(text)
    })
}

fn refusal(queue: &str, host: &str, error: SubscribeError) -> Failure {
    match error {
        SubscribeError::TooMany(_) => {
            Failure::exhausted(format!("queue '{queue}' in vhost '{host}': {error}"))
        }
        SubscribeError::BrowseOnly => {
            Failure::access_refused(format!("queue '{queue}' in vhost '{host}': {error}"))
        }
        _ => Failure::access_refused(format!(
            "queue '{queue}' in vhost '{host}' in exclusive use: {error}"
        )),
    }
}
