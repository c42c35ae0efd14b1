//! A map over another one, which keeps a checksum in front of every value.

use philter_plugin_api::key_value::{Changes, KeyValue, Keys, Pairs, Values};
use philter_plugin_api::{Error, Result};

/// A map over another one.
pub(crate) struct Checked<M> {
    inner: M,
}

impl<M: KeyValue> Checked<M> {
    /// Over this map.
    pub(crate) fn new(inner: M) -> Self {
        Self { inner }
    }
}

impl<M: KeyValue> KeyValue for Checked<M> {
    fn get(&mut self, keys: &Keys) -> Result<Values> {
        let found = self.inner.get(keys)?;
        let mut values = Values::default();
        for value in found.iter() {
            values.push(value.map(checked).transpose()?);
        }
        Ok(values)
    }

    fn scan(&mut self, from: &[u8], until: &[u8], pairs_max: u32, bytes_max: u32) -> Result<Pairs> {
        let found = self.inner.scan(from, until, pairs_max, bytes_max)?;
        let mut pairs = Pairs::new();
        for (key, value) in found.iter() {
            pairs.push(key, checked(value)?);
        }
        if found.has_more() {
            pairs.set_more();
        }
        Ok(pairs)
    }

    fn write(&mut self, changes: Changes) -> Result<()> {
        let mut all = Changes::with_capacity(changes.bytes() * 2);
        for (key, value) in changes.iter() {
            match value {
                Some(value) => all.put_parts(key, &[&checksum(value).to_le_bytes(), value]),
                None => all.remove(key),
            }
        }
        self.inner.write(all)
    }

    fn is_durable(&self) -> bool {
        self.inner.is_durable()
    }
}

/// What stands behind its checksum.
fn checked(value: &[u8]) -> Result<&[u8]> {
    let sound = value
        .split_first_chunk()
        .filter(|(sum, value)| u32::from_le_bytes(**sum) == checksum(value));
    sound.map(|(_, value)| value).ok_or_else(|| Error::internal("a value of the store is damaged"))
}

/// FNV-1a.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}
