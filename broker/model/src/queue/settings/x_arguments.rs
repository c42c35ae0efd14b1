//! The arguments that begin with `x-`, in RabbitMQ's words and of its types.
//!
//! Invariant: a number is a number. Where a text stands for one, or the other way round, the
//! declare is refused: that is how clients of RabbitMQ find their mistakes.

use std::sync::Arc;

use philter_plugin_api::ValueRef;

use super::arguments::{GROUP_HEADER, conflict};
use super::value::{integer, text, whole, wrong};
use super::{DeadLetterTarget, QueueSettings, SettingsError};
use crate::limits::{DELIVERY_LIMIT_DEFAULT, PRIORITY_MAX, TIMER_MS_MAX, TTL_MS_MAX};
use crate::queue::order::{Order, PriorityLevels, PriorityMapping};
use crate::queue::ready_limits::Overflow;

pub(super) const MAX_PRIORITY: &str = "x-max-priority";

const DEAD_LETTER_EXCHANGE: &str = "x-dead-letter-exchange";
const SINGLE_ACTIVE: &str = "x-single-active-consumer";
const NUMBER: &str = "a whole number from 0";

/// Arguments whose meaning depends on others.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct GivenX {
    pub(super) max_priority: Option<usize>,
    dead_letter_exchange: Option<Arc<str>>,
    dead_letter_key: Option<Arc<str>>,
    /// Some(None): as often as it may be.
    delivery_limit: Option<Option<u32>>,
}

impl GivenX {
    /// The order that was asked for; one level is no priority.
    pub(super) fn order(&self) -> Order {
        match self.max_priority {
            None | Some(0) => Order::Fifo,
            Some(highest) => Order::Priority(PriorityLevels {
                levels: highest + 1,
                shares: Vec::new(),
                mapping: PriorityMapping::Direct,
            }),
        }
    }
}

impl QueueSettings {
    /// Whether it is one of these.
    pub(super) fn parse_x_argument(
        &mut self,
        name: &str,
        value: ValueRef<'_>,
    ) -> Result<bool, SettingsError> {
        let count = || integer(name, value, u64::MAX, NUMBER);
        match name {
            "x-message-ttl" => {
                let expected = "milliseconds, from 0 to those of a hundred years";
                self.message_ttl_ms = Some(integer(name, value, TTL_MS_MAX, expected)?);
            }
            "x-expires" => self.expires_ms = Some(rest(name, value)?),
            "x-max-length" => self.ready_limits.count_max = Some(count()?),
            "x-max-length-bytes" => self.ready_limits.bytes_max = Some(count()?),
            "x-overflow" => self.ready_limits.overflow = overflow(name, value)?,
            DEAD_LETTER_EXCHANGE => {
                self.given.x.dead_letter_exchange = Some(text(name, value)?.into());
            }
            "x-dead-letter-routing-key" => {
                self.given.x.dead_letter_key = Some(text(name, value)?.into());
            }
            MAX_PRIORITY => {
                let highest = integer(name, value, PRIORITY_MAX, "a whole number from 0 to 255")?;
                self.given.x.max_priority = usize::try_from(highest).ok();
            }
            SINGLE_ACTIVE => self.is_single_active = truth(name, value)?,
            "x-delivery-limit" => {
                self.given.x.delivery_limit = Some(delivery_limit(name, value)?);
            }
            "x-queue-type" => self.wants_replicas = is_replicated(name, value)?,
            "x-queue-mode" => check_mode(name, value)?,
            "x-queue-version" => drop(count()?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Puts together what came one by one.
    pub(super) fn resolve_x_arguments(&mut self) -> Result<(), SettingsError> {
        let x = &self.given.x;
        self.dead_letter = match (&x.dead_letter_exchange, &x.dead_letter_key) {
            (Some(exchange), routing_key) => {
                let (exchange, routing_key) = (Arc::clone(exchange), routing_key.clone());
                Some(DeadLetterTarget { exchange, routing_key })
            }
            (None, Some(_)) => {
                let name = "x-dead-letter-routing-key".to_owned();
                return Err(SettingsError::Needs { name, needs: DEAD_LETTER_EXCHANGE });
            }
            (None, None) => None,
        };
        let default = self.wants_replicas.then_some(DELIVERY_LIMIT_DEFAULT);
        self.delivery_limit = x.delivery_limit.unwrap_or(default);
        if self.is_single_active && self.groups.is_some() {
            return Err(conflict(SINGLE_ACTIVE, GROUP_HEADER));
        }
        if self.wants_replicas && (!self.is_durable || self.is_exclusive) {
            let needs = "a queue that is durable and not exclusive";
            return Err(SettingsError::Needs { name: "x-queue-type=quorum".to_owned(), needs });
        }
        Ok(())
    }
}

fn rest(name: &str, value: ValueRef<'_>) -> Result<u64, SettingsError> {
    let expected = "milliseconds, from 1 to 4294967295";
    match integer(name, value, TIMER_MS_MAX, expected)? {
        0 => Err(wrong(name, expected, value)),
        rest_ms => Ok(rest_ms),
    }
}

fn overflow(name: &str, value: ValueRef<'_>) -> Result<Overflow, SettingsError> {
    match text(name, value).as_deref() {
        Ok("drop-head") => Ok(Overflow::DropHead),
        Ok("reject-publish") => Ok(Overflow::Reject),
        Ok("reject-publish-dlx") => Ok(Overflow::RejectToDeadLetters),
        _ => Err(wrong(name, "'drop-head', 'reject-publish' or 'reject-publish-dlx'", value)),
    }
}

fn truth(name: &str, value: ValueRef<'_>) -> Result<bool, SettingsError> {
    match value {
        ValueRef::Bool(value) => Ok(value),
        _ => Err(wrong(name, "true or false", value)),
    }
}

/// -1: as often as it may be.
fn delivery_limit(name: &str, value: ValueRef<'_>) -> Result<Option<u32>, SettingsError> {
    if whole(value) == Some(-1) {
        return Ok(None);
    }
    let limit = integer(name, value, u64::MAX, "a whole number from 0, or -1 for none")?;
    Ok(Some(u32::try_from(limit).unwrap_or(u32::MAX)))
}

fn is_replicated(name: &str, value: ValueRef<'_>) -> Result<bool, SettingsError> {
    match text(name, value).as_deref() {
        Ok("classic") => Ok(false),
        Ok("quorum") => Ok(true),
        Ok("stream") => Err(SettingsError::NotYet(format!("{name}=stream"))),
        _ => Err(wrong(name, "'classic', 'quorum' or 'stream'", value)),
    }
}

fn check_mode(name: &str, value: ValueRef<'_>) -> Result<(), SettingsError> {
    match text(name, value).as_deref() {
        Ok("default" | "lazy") => Ok(()),
        _ => Err(wrong(name, "'default' or 'lazy'", value)),
    }
}
