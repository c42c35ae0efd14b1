//! A map in memory: for tests, and for a plugin that has no other.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::{Changes, KeyValue, Keys, Pairs, Values};
use crate::error::Result;

/// A map that forgets everything at its end.
#[derive(Clone, Debug, Default)]
pub struct MemoryMap(BTreeMap<Vec<u8>, Vec<u8>>);

impl MemoryMap {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Everything that is in it, for a test to look at.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.0.iter().map(|(key, value)| (key.as_slice(), value.as_slice()))
    }
}

impl KeyValue for MemoryMap {
    fn get(&mut self, keys: &Keys) -> Result<Values> {
        let mut values = Values::default();
        keys.iter().for_each(|key| values.push(self.0.get(key).map(Vec::as_slice)));
        Ok(values)
    }

    fn scan(&mut self, from: &[u8], until: &[u8], pairs_max: u32, bytes_max: u32) -> Result<Pairs> {
        let mut pairs = Pairs::new();
        let end = if until.is_empty() { Bound::Unbounded } else { Bound::Excluded(until) };
        if !until.is_empty() && from >= until {
            return Ok(pairs);
        }
        let [pairs_max, bytes_max] = [pairs_max.max(1), bytes_max];
        for (key, value) in self.0.range::<[u8], _>((Bound::Included(from), end)) {
            let is_full = pairs.len() >= pairs_max as usize || pairs.bytes() >= bytes_max as usize;
            if is_full && !pairs.is_empty() {
                pairs.set_more();
                break;
            }
            pairs.push(key, value);
        }
        Ok(pairs)
    }

    fn write(&mut self, changes: Changes) -> Result<()> {
        for (key, value) in changes.iter() {
            match value {
                Some(value) => drop(self.0.insert(key.to_vec(), value.to_vec())),
                None => drop(self.0.remove(key)),
            }
        }
        Ok(())
    }

    fn is_durable(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(keys: &[&str]) -> MemoryMap {
        let (mut map, mut changes) = (MemoryMap::new(), Changes::new());
        keys.iter().for_each(|key| changes.put(key.as_bytes(), b"value"));
        map.write(changes).unwrap();
        map
    }

    fn scan(map: &mut MemoryMap, from: &str, until: &str, pairs: u32, bytes: u32) -> String {
        let pairs = map.scan(from.as_bytes(), until.as_bytes(), pairs, bytes).unwrap();
        let keys = pairs.iter().map(|(key, _)| String::from_utf8_lossy(key).into_owned());
        keys.collect::<String>() + if pairs.has_more() { "+" } else { "" }
    }

    #[test]
    fn a_scan_ends_at_its_limits_and_has_at_least_one() {
        let mut map = map(&["a", "b", "c", "d"]);
        assert_eq!(scan(&mut map, "", "", 9, 999), "abcd");
        assert_eq!(scan(&mut map, "b", "d", 9, 999), "bc");
        assert_eq!(scan(&mut map, "b", "", 2, 999), "bc+");
        assert_eq!(scan(&mut map, "", "", 0, 0), "a+");
        assert_eq!(scan(&mut map, "", "", 9, 20), "a+", "after the first there are 22 bytes");
        assert_eq!(scan(&mut map, "d", "b", 9, 999), "");
    }

    #[test]
    fn the_last_change_of_a_key_counts() {
        let mut map = map(&["a", "b"]);
        let mut changes = Changes::new();
        changes.remove(b"a");
        changes.put(b"a", b"new");
        changes.put(b"b", b"new");
        changes.remove(b"b");
        map.write(changes).unwrap();
        assert!(map.iter().eq([(&b"a"[..], &b"new"[..])]));
    }
}
