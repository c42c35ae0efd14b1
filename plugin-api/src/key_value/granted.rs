//! The map that a store is given: the broker's in a component; natively, where the broker has none,
//! one in memory.

use super::{Changes, KeyValue, Keys, Pairs, Values};
use crate::error::Result;

/// The map of the instance. There is one in a component, whoever names it; a native library has an
/// empty one of its own each time.
#[derive(Debug, Default)]
pub struct Granted {
    #[cfg(not(target_family = "wasm"))]
    map: super::MemoryMap,
}

impl Granted {
    /// The map of this instance.
    pub fn new() -> Self {
        Self::default()
    }
}

#[cfg(not(target_family = "wasm"))]
impl KeyValue for Granted {
    fn get(&mut self, keys: &Keys) -> Result<Values> {
        self.map.get(keys)
    }

    fn scan(&mut self, from: &[u8], until: &[u8], pairs_max: u32, bytes_max: u32) -> Result<Pairs> {
        self.map.scan(from, until, pairs_max, bytes_max)
    }

    fn write(&mut self, changes: Changes) -> Result<()> {
        self.map.write(changes)
    }

    fn is_durable(&self) -> bool {
        false
    }
}

#[cfg(target_family = "wasm")]
impl KeyValue for Granted {
    fn get(&mut self, keys: &Keys) -> Result<Values> {
        Values::parse(crate::abi::wasm::key_value_get(keys.as_bytes())).map_err(strange)
    }

    fn scan(&mut self, from: &[u8], until: &[u8], pairs_max: u32, bytes_max: u32) -> Result<Pairs> {
        let found = crate::abi::wasm::key_value_scan(from, until, pairs_max, bytes_max);
        Pairs::parse(found).map_err(strange)
    }

    fn write(&mut self, changes: Changes) -> Result<()> {
        crate::abi::wasm::key_value_write(changes.as_bytes());
        Ok(())
    }

    fn is_durable(&self) -> bool {
        true
    }
}

#[cfg(target_family = "wasm")]
fn strange(malformed: crate::flat::Malformed) -> crate::error::Error {
    crate::error::Error::internal(format!("what the host answers is no map's: {malformed}"))
}
