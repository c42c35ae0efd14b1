//! What a host lends its plugins, and what it tells of one that breaks its contract.

use thiserror::Error;

use crate::factory::InstanceId;
use crate::log::Level;
use crate::notify::Event;
use crate::value::Value;

/// What whoever loads plugins does for them. Every function may be called from any thread, also
/// from inside a call to the plugin; none may wait.
pub trait HostServices: Send + Sync + 'static {
    /// A line for the log.
    fn log(&self, plugin: &str, level: Level, text: &str);

    /// What a plugin says unasked about an instance.
    fn notify(&self, plugin: &str, instance: InstanceId, event: Event, value: &Value);

    /// An instance is gone: its `destroy` has returned, which is later than its last use where a
    /// call was still on its way. What it held (a lock, a port) is free again.
    fn destroyed(&self, plugin: &str, instance: InstanceId) {
        let _ = (plugin, instance);
    }

    /// A plugin broke its contract. The call that showed it, if there is one, fails; the plugin
    /// stays.
    fn fault(&self, plugin: &str, fault: &Fault) {
        self.log(plugin, Level::Error, &format!("the plugin broke its contract: {fault}"));
    }
}

/// How a plugin broke its contract.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the fields are named in the texts")]
#[non_exhaustive]
pub enum Fault {
    /// A token was completed again, or its call had answered already.
    #[error("token {token} was answered twice; the first answer stands")]
    CompletedTwice { token: u64 },
    /// A token that this host never gave.
    #[error("token {token} was completed, which nobody gave out")]
    UnknownToken { token: u64 },
    /// An answer for a message that is not in the batch.
    #[error("{entry} answered for message {message} of a batch of {batch}")]
    PastBatch { entry: &'static str, message: usize, batch: usize },
    /// A match of a handle that was not asked for.
    #[error("{entry} answered with handle number {handle} of {handles}")]
    PastHandles { entry: &'static str, handle: u64, handles: usize },
    /// A status that the entry may not answer.
    #[error("{entry} answered the status {status}, which it cannot")]
    BadStatus { entry: &'static str, status: i32 },
    /// PH_OK without the result that belongs to it.
    #[error("{entry} answered PH_OK without a result")]
    NoResult { entry: &'static str },
    /// A second result for one call.
    #[error("{entry} gave more than one result")]
    SecondResult { entry: &'static str },
    /// A result struct that is too short.
    #[error("{entry} answered with {found_bytes} bytes, a {of} has {wanted_bytes}")]
    ShortResult { entry: &'static str, of: &'static str, found_bytes: usize, wanted_bytes: usize },
    /// A number that stands for nothing.
    #[error("{entry} answered with {of} {number}, which stands for nothing")]
    BadNumber { entry: &'static str, of: &'static str, number: u32 },
    /// Text that is not UTF-8.
    #[error("{entry} answered with text that is not UTF-8")]
    NotUtf8 { entry: &'static str },
    /// A NULL pointer to something.
    #[error("{entry} answered with NULL where there should be {count} of {of}")]
    NullPointer { entry: &'static str, of: &'static str, count: usize },
    /// More than a limit allows.
    #[error("{entry} answered with {found} of {of}, at most {max} are taken")]
    TooMuch { entry: &'static str, of: &'static str, found: usize, max: usize },
    /// `notify` with an event that this version does not know.
    #[error("notify was called with the event {event}, which this host does not know")]
    UnknownEvent { event: u32 },
    /// `notify` with bytes that are no value.
    #[error("notify was called with bytes that are no AMQP 1.0 value: {reason}")]
    BadNotification { reason: crate::value::DecodeError },
}
