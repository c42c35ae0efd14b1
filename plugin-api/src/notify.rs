//! What a plugin says unasked: a store lost its shard, a watched key changed.

use crate::factory::InstanceId;
use crate::value::Value;

/// What happened. The list only grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
#[non_exhaustive]
pub enum Event {
    /// A store lost a shard to a later epoch: a map with `shard` (uint) and `epoch` (ulong), the
    /// epoch that is lost. Told to the instance that had it, once for each epoch, also where the
    /// same instance took the shard again: who hears of an epoch that is not its newest goes on.
    EpochLost = 1,
    /// A key of a store's meta data changed that somebody watches: a map with `key` (string) and
    /// `revision` (ulong), 0 where the key was removed.
    MetaChanged = 2,
}

impl Event {
    /// The event of this number, if this version knows it.
    pub fn from_number(number: u32) -> Option<Self> {
        match number {
            1 => Some(Self::EpochLost),
            2 => Some(Self::MetaChanged),
            _ => None,
        }
    }

    /// Its number on the ABI.
    pub fn number(self) -> u32 {
        self as u32
    }
}

/// Tells the broker that something happened to an instance, from any thread. Before the plugin is
/// attached to a host it goes to the captures of a test. Never call it under a lock that the
/// broker's answer may need: it may call the instance.
pub fn notify(instance: InstanceId, event: Event, value: &Value) {
    crate::abi::host_notify(instance, event, value);
}
