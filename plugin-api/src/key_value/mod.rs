//! A map of bytes that a store can stand on, and a store over any such map.
//!
//! A store that is a component has its map from the broker ([`Granted`]). Whoever writes a
//! [`KeyValueStore`] names the map, and has a store that keeps every rule of [`crate::Store`]; what
//! is special about it stands between, as a [`KeyValue`] over another one: one that encrypts, that
//! counts, that talks to a database. [`crate::Store`] itself can be written over the map as well.
//!
//! Invariant: what one call writes is written at its end, in one piece.

mod buffer;
mod granted;
mod memory;
mod over;

pub use buffer::{Changes, Keys, Pairs, Values};
pub use granted::Granted;
pub use memory::MemoryMap;
pub use over::{KeyValueOptions, KeyValueStore, OverKeyValue};

use crate::error::Result;

/// A map of bytes, ordered by the bytes of its keys. Keys have at most 64 KiB.
///
/// Errors are [`crate::ErrorKind::Internal`]: the map cannot be read or written. In a component the
/// broker ends such a call by itself.
pub trait KeyValue: Send + 'static {
    /// The values of keys, in their order.
    ///
    /// # Errors
    /// The map cannot be read.
    fn get(&mut self, keys: &Keys) -> Result<Values>;

    /// The first keys from `from` up to and without `until`, in order, with their values: at most
    /// `pairs_max`, and so many that their bytes are about `bytes_max`, but at least one. No bytes
    /// of `until` are the end of the map.
    ///
    /// # Errors
    /// The map cannot be read.
    fn scan(&mut self, from: &[u8], until: &[u8], pairs_max: u32, bytes_max: u32) -> Result<Pairs>;

    /// Puts and removes keys, in their order and in one piece.
    ///
    /// # Errors
    /// The map cannot be written; nothing changed.
    fn write(&mut self, changes: Changes) -> Result<()>;

    /// What stands in a key of the map for a name of the broker's, as a queue's: itself, unless a
    /// map has something that does not tell it, the same for the same name.
    fn stand_in(&self, name: &str) -> Option<Vec<u8>> {
        let _ = name;
        None
    }

    /// Whether what [`KeyValue::write`] took outlives the process.
    fn is_durable(&self) -> bool;
}
