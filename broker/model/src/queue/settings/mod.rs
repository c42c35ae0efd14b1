//! What a queue is declared with, parsed and checked once.
//!
//! Invariant: what stands here is what the queue does. Arguments that exclude each other, that need
//! another, or whose values do not fit together never get here.

mod arguments;
mod error;
mod same;
mod value;
mod x_arguments;

use std::sync::Arc;

pub use error::SettingsError;
use philter_plugin_api::{Value, ValueRef};

use crate::queue::alerts::AlertLimits;
use crate::queue::flow::FlowLimits;
use crate::queue::groups::Groups;
use crate::queue::order::Order;
use crate::queue::overflow::OverflowPolicy;
use crate::queue::ready_limits::ReadyLimits;
use arguments::Given;

/// When an auto-delete queue goes (`qpid.lifetime-policy`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// With whoever declared it: its session or link.
    DeleteOnClose,
    /// When its last consumer has gone.
    DeleteIfUnused,
    /// When its last consumer has gone and it is empty.
    DeleteIfUnusedAndEmpty,
    /// When somebody deletes it: it is no auto-delete queue.
    Manual,
}

/// Where a queue's dead letters go, beside or instead of its alternate exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetterTarget {
    /// The exchange, looked up by name when a message dies (`x-dead-letter-exchange`).
    pub exchange: Arc<str>,
    /// The routing key that they get; none: they keep theirs (`x-dead-letter-routing-key`).
    pub routing_key: Option<Arc<str>>,
}

/// What holds for a queue that does not say otherwise: the broker's options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// `--default-flow-stop-threshold`: per cent of a limit at which publishers are held back; 0:
    /// never.
    pub flow_stop_percent: u8,
    /// `--default-flow-resume-threshold`: per cent of a limit at which they go on.
    pub flow_resume_percent: u8,
    /// `--default-event-threshold-ratio`: per cent of a limit at which an alert is raised; 0:
    /// never.
    pub alert_percent: u8,
    /// `--default-message-group`: the group of messages that name none.
    pub group_id: Arc<str>,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            flow_stop_percent: 80,
            flow_resume_percent: 70,
            alert_percent: 80,
            group_id: Arc::from("qpid.no-group"),
        }
    }
}

/// What a queue is declared with.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueSettings {
    /// Its name.
    pub name: Arc<str>,
    /// It is to outlive the broker.
    pub is_durable: bool,
    /// It goes when its last consumer has gone.
    pub is_auto_delete: bool,
    /// Whoever declared it has exclusive use.
    pub is_exclusive: bool,
    /// Where its dead letters go.
    pub alternate_exchange: Option<Arc<str>>,
    /// Entries at the most; none: no limit.
    pub count_max: Option<u64>,
    /// Header and body bytes at the most; none: no limit.
    pub bytes_max: Option<u64>,
    /// What happens at a limit.
    pub policy: OverflowPolicy,
    /// What of it may wait, and what happens beyond.
    pub ready_limits: ReadyLimits,
    /// Where dead letters go; it has precedence over the alternate exchange.
    pub dead_letter: Option<DeadLetterTarget>,
    /// How long a message may wait here, whatever it says of itself (`x-message-ttl`).
    pub message_ttl_ms: Option<u64>,
    /// How long the queue stays that nobody uses (`x-expires`).
    pub expires_ms: Option<u64>,
    /// One consumer at a time gets messages (`x-single-active-consumer`).
    pub is_single_active: bool,
    /// How often a message may come back and be handed out again (`x-delivery-limit`).
    pub delivery_limit: Option<u32>,
    /// It was to be replicated among brokers (`x-queue-type=quorum`); one broker alone keeps it.
    pub wants_replicas: bool,
    /// When publishers are held back.
    pub flow: FlowLimits,
    /// When somebody is told that it grows.
    pub alerts: AlertLimits,
    /// Which entry is next.
    pub order: Order,
    /// Message groups.
    pub groups: Option<Groups>,
    /// Nobody may take from it.
    pub is_browse_only: bool,
    /// Messages from the connection that owns it do not enter.
    pub is_no_local: bool,
    /// How long an unused auto-delete queue stays.
    pub auto_delete_timeout_ms: Option<u64>,
    /// When it goes, if that was said.
    pub lifetime: Option<Lifetime>,
    /// A selector: what it does not match does not enter.
    pub filter: Option<String>,
    /// The header under which deliveries carry their number in the queue.
    pub sequence_header: Option<String>,
    /// What is added to the header `x-qpid.trace` of messages that leave.
    pub trace_id: Option<String>,
    /// Messages that were marked with one of these do not enter.
    pub trace_exclude: Vec<String>,
    /// The arguments as they were given, for queries.
    pub arguments: Vec<(String, Value)>,
    given: Given,
}

impl QueueSettings {
    /// Settings without arguments, and without a limit.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            is_durable: false,
            is_auto_delete: false,
            is_exclusive: false,
            alternate_exchange: None,
            count_max: None,
            bytes_max: None,
            policy: OverflowPolicy::Reject,
            ready_limits: ReadyLimits::default(),
            dead_letter: None,
            message_ttl_ms: None,
            expires_ms: None,
            is_single_active: false,
            delivery_limit: None,
            wants_replicas: false,
            flow: FlowLimits::default(),
            alerts: AlertLimits::default(),
            order: Order::Fifo,
            groups: None,
            is_browse_only: false,
            is_no_local: false,
            auto_delete_timeout_ms: None,
            lifetime: None,
            filter: None,
            sequence_header: None,
            trace_id: None,
            trace_exclude: Vec::new(),
            arguments: Vec::new(),
            given: Given::default(),
        }
    }

    /// Takes over the arguments of a declare, when all else is known. Names that do not begin with
    /// `qpid.` and mean nothing here are kept for queries.
    ///
    /// # Errors
    /// An unknown name that begins with `qpid.`, a known one that is not implemented, a value that
    /// is wrong, or arguments that do not go together.
    pub fn parse_arguments<'a>(
        &mut self,
        arguments: impl IntoIterator<Item = (&'a str, ValueRef<'a>)>,
    ) -> Result<(), SettingsError> {
        for (name, value) in arguments {
            self.parse_argument(name, value)?;
            let value = value.to_value().unwrap_or(Value::Null);
            self.arguments.push((name.to_owned(), value));
        }
        self.order = self.given.order()?;
        self.groups = self.given.groups()?;
        self.given.check_kinds()?;
        self.resolve_x_arguments()?;
        self.resolve(None)
    }

    /// Fills in what the arguments did not say; after the limits are known.
    ///
    /// # Errors
    /// A threshold that was given does not fit to a limit, or to a default.
    pub fn apply_defaults(&mut self, defaults: &Defaults) -> Result<(), SettingsError> {
        if let Some(groups) = &mut self.groups {
            groups.default_id = Arc::clone(&defaults.group_id);
        }
        self.resolve(Some(defaults))
    }

    fn resolve(&mut self, defaults: Option<&Defaults>) -> Result<(), SettingsError> {
        let limits = (self.count_max, self.bytes_max);
        self.flow = match self.policy {
            // A ring never fills up: nobody is held back.
            OverflowPolicy::Ring => FlowLimits::default(),
            OverflowPolicy::Reject | OverflowPolicy::SelfDestruct => {
                FlowLimits::of(&self.given.flow, limits, defaults)?
            }
        };
        let percent = defaults.map_or(0, |defaults| defaults.alert_percent);
        self.alerts = AlertLimits::of(&self.given.alerts, limits, percent);
        Ok(())
    }

    /// The header whose value [`push`](crate::queue::Queue::push_keyed) wants as a key, if any: the
    /// last value's key, or the group's id.
    pub fn key_header(&self) -> Option<&str> {
        match (&self.order, &self.groups) {
            (Order::LastValue { key }, _) => Some(key),
            (_, Some(groups)) => Some(&groups.header),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
