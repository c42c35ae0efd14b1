//! The store's own keys: set and removed at their revisions, and listed.
//!
//! Invariant: revisions ascend over all keys and are never used again.

use super::change::{key_cost, named};
use super::layout::{self, StoreKey, Totals};
use super::limits::{PAGE_BYTES, PAGE_PAIRS};
use super::{Changes, KeyValue, Keys, reading};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{MetaEntry, MetaRevision};

/// Keys, and where the next page begins.
pub(super) struct KeysPage {
    pub(super) entries: Vec<MetaEntry>,
    pub(super) next: Option<String>,
}

/// A key's revision and value.
pub(super) fn get(map: &mut impl KeyValue, key: &str) -> Result<Option<(MetaRevision, Vec<u8>)>> {
    let Some(found) = reading::one(map, &place(map, key))? else { return Ok(None) };
    let StoreKey { revision, value, .. } = StoreKey::decode(&found)?;
    Ok(Some((MetaRevision(revision), value.to_owned())))
}

/// Sets a key whose revision is `expected`; none where it is another.
pub(super) fn compare_and_set(
    map: &mut impl KeyValue,
    bytes_max: u64,
    key: &str,
    expected: MetaRevision,
    value: &[u8],
) -> Result<Option<MetaRevision>> {
    let (found, mut totals) = read(map, key)?;
    if found.map_or(0, |(revision, _)| revision) != expected.0 {
        return Ok(None);
    }
    let (cost, former) = (key_cost(key, value), found.map_or(0, |(_, cost)| cost));
    if totals.bytes.saturating_add(cost) > bytes_max {
        let text = format!("the store keeps {bytes_max} bytes, the most it may (bytes_max)");
        return Err(Error::new(ErrorKind::LimitExceeded, text));
    }
    totals.bytes = totals.bytes.saturating_add(cost).saturating_sub(former);
    totals.revision += 1;
    totals.keys += u64::from(found.is_none());
    let revision = totals.revision;
    let front = StoreKey { revision, name: key, value }.encode_front();
    let mut changes = Changes::with_capacity(front.len() + value.len() + 2 * key.len() + 128);
    changes.put_parts(&place(map, key), &[&front, value]);
    changes.put(layout::TOTALS, &totals.encode());
    map.write(changes)?;
    Ok(Some(MetaRevision(revision)))
}

/// Removes a key whose revision is `expected`; whether it was.
pub(super) fn remove(map: &mut impl KeyValue, key: &str, expected: MetaRevision) -> Result<bool> {
    let (found, mut totals) = read(map, key)?;
    let Some((_, cost)) = found.filter(|(revision, _)| *revision == expected.0) else {
        return Ok(false);
    };
    totals.bytes = totals.bytes.saturating_sub(cost);
    totals.keys = totals.keys.saturating_sub(1);
    let mut changes = Changes::new();
    changes.remove(&place(map, key));
    changes.put(layout::TOTALS, &totals.encode());
    map.write(changes)?;
    Ok(true)
}

/// The first keys that begin with `prefix` and are not before `from`.
pub(super) fn list(map: &mut impl KeyValue, prefix: &str, from: &str) -> Result<KeysPage> {
    if map.stand_in(prefix).is_some() {
        return list_all(map, prefix, from);
    }
    let from = layout::store_key(from.max(prefix).as_bytes());
    let found = map.scan(&from, layout::STORE_KEYS_END, PAGE_PAIRS, PAGE_BYTES)?;
    let mut entries = Vec::new();
    for (_, value) in found.iter() {
        let entry = entry(value)?;
        if !entry.key.starts_with(prefix) {
            return Ok(KeysPage { entries, next: None });
        }
        entries.push(entry);
    }
    let next = if found.has_more() { entries.last().map(behind) } else { None };
    Ok(KeysPage { entries, next })
}

/// The same where keys of the map are in no order that says anything: all of them are read.
fn list_all(map: &mut impl KeyValue, prefix: &str, from: &str) -> Result<KeysPage> {
    let (mut entries, mut at) = (Vec::new(), layout::store_key(b""));
    loop {
        let found = map.scan(&at, layout::STORE_KEYS_END, PAGE_PAIRS, PAGE_BYTES)?;
        for (key, value) in found.iter() {
            let entry = entry(value)?;
            if entry.key.starts_with(prefix) && entry.key.as_str() >= from {
                entries.push(entry);
            }
            at = [key, &[0]].concat();
        }
        if !found.has_more() {
            break;
        }
    }
    entries.sort_unstable_by(|left, right| left.key.cmp(&right.key));
    Ok(KeysPage { entries, next: None })
}

fn entry(value: &[u8]) -> Result<MetaEntry> {
    let StoreKey { revision, name, value } = StoreKey::decode(value)?;
    let (key, value) = (name.to_owned(), value.to_owned());
    Ok(MetaEntry { key, revision: MetaRevision(revision), value })
}

/// The least key behind this one.
fn behind(entry: &MetaEntry) -> String {
    entry.key.clone() + "\0"
}

fn place(map: &impl KeyValue, key: &str) -> Vec<u8> {
    layout::store_key(&named(map, key))
}

/// A key's revision and cost, and the totals.
fn read(map: &mut impl KeyValue, key: &str) -> Result<(Option<(u64, u64)>, Totals)> {
    let mut keys = Keys::new();
    keys.push(&place(map, key));
    keys.push(layout::TOTALS);
    let values = map.get(&keys)?;
    let mut values = values.iter();
    let found = values.next().flatten().map(StoreKey::decode).transpose()?;
    let totals = Totals::decode(values.next().flatten())?;
    Ok((found.map(|found| (found.revision, key_cost(key, found.value))), totals))
}
