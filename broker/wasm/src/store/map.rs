//! The interface `key-value`: the map of a store, as one call of it sees it.
//!
//! What a call writes is kept apart until it answered, and its own reads see it. A map that cannot
//! be read, and a buffer that is none, end the call by a trap.

use std::collections::BTreeMap;
use std::ops::Bound;

use philter_plugin_api::key_value::{Changes, Keys, Pairs, Values};
use redb::{ReadableTable, TableDefinition, TableError, WriteTransaction};
use wasmtime::StoreContextMut;
use wasmtime::component::Linker;

use crate::host::State;
use crate::limits::{CALL_CHANGES_BYTES_MAX, KEY_BYTES_MAX};

/// The interface's name.
pub(crate) const INTERFACE: &str = "philter:store/key-value@0.1.0";

const TABLE: TableDefinition<'static, &'static [u8], &'static [u8]> = TableDefinition::new("map");

/// What a change costs beside its bytes.
const CHANGE_BYTES: usize = 96;

/// A store's map during one call.
pub(crate) struct Map {
    transaction: WriteTransaction,
    written: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    bytes: usize,
    /// Why the database can be read no more.
    failure: Option<String>,
}

impl Map {
    /// What is in the database now.
    pub(super) fn over(transaction: WriteTransaction) -> Self {
        Self { transaction, written: BTreeMap::new(), bytes: 0, failure: None }
    }

    /// Why the database can be read no more, if that is so.
    pub(super) fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// The transaction without what the call wrote.
    pub(super) fn without(self) -> WriteTransaction {
        self.transaction
    }

    /// The transaction with what the call wrote, and whether that was anything.
    ///
    /// # Errors
    /// The database has failed.
    pub(super) fn with(self) -> Result<(WriteTransaction, bool), TableError> {
        let has_written = !self.written.is_empty();
        if has_written {
            let mut table = self.transaction.open_table(TABLE)?;
            for (key, value) in &self.written {
                match value {
                    Some(value) => drop(table.insert(key.as_slice(), value.as_slice())?),
                    None => drop(table.remove(key.as_slice())?),
                }
            }
        }
        Ok((self.transaction, has_written))
    }

    fn get(&self, keys: &Keys) -> Result<Values, TableError> {
        let table = self.transaction.open_table(TABLE)?;
        let mut values = Values::default();
        for key in keys.iter() {
            match self.written.get(key) {
                Some(written) => values.push(written.as_deref()),
                None => values.push(table.get(key)?.as_ref().map(|value| value.value())),
            }
        }
        Ok(values)
    }

    /// Both what was written and what is in the database, in one order.
    fn scan(&self, from: &[u8], until: &[u8], limits: (usize, usize)) -> Result<Pairs, TableError> {
        let mut pairs = Pairs::new();
        if !until.is_empty() && from >= until {
            return Ok(pairs);
        }
        let end = if until.is_empty() { Bound::Unbounded } else { Bound::Excluded(until) };
        let range = (Bound::Included(from), end);
        let table = self.transaction.open_table(TABLE)?;
        let mut kept = table.range::<&[u8]>(range)?;
        let mut written = self.written.range::<[u8], _>(range).peekable();
        let mut next_kept = kept.next().transpose()?;
        loop {
            let is_full = pairs.len() >= limits.0.max(1) || pairs.bytes() >= limits.1;
            let own = written.peek().map(|(key, _)| key.as_slice());
            let (is_own, hides) = match (&next_kept, own) {
                (None, None) => break,
                (None, Some(_)) => (true, false),
                (Some(_), None) => (false, false),
                (Some((key, _)), Some(own)) => (own <= key.value(), own == key.value()),
            };
            if is_own {
                let value = written.next().and_then(|(key, value)| Some((key, value.as_ref()?)));
                if let Some((key, value)) = value {
                    if is_full && !pairs.is_empty() {
                        pairs.set_more();
                        break;
                    }
                    pairs.push(key, value);
                }
                if hides {
                    next_kept = kept.next().transpose()?;
                }
                continue;
            }
            let Some((key, value)) = &next_kept else { break };
            if is_full && !pairs.is_empty() {
                pairs.set_more();
                break;
            }
            pairs.push(key.value(), value.value());
            next_kept = kept.next().transpose()?;
        }
        Ok(pairs)
    }

    fn write(&mut self, changes: &Changes) -> Result<(), String> {
        for (key, value) in changes.iter() {
            if key.len() > KEY_BYTES_MAX {
                let bytes = key.len();
                return Err(format!("write has a key of {bytes} bytes, at most {KEY_BYTES_MAX}"));
            }
            self.bytes += CHANGE_BYTES + key.len() + value.map_or(0, <[u8]>::len);
            if self.bytes > CALL_CHANGES_BYTES_MAX {
                return Err(format!("one call wrote more than {CALL_CHANGES_BYTES_MAX} bytes"));
            }
            self.written.insert(key.to_vec(), value.map(<[u8]>::to_vec));
        }
        Ok(())
    }

    fn read<T>(&mut self, answer: Result<T, TableError>) -> wasmtime::Result<T> {
        answer.map_err(|error| {
            let text = format!("the database cannot be read: {error}");
            self.failure = Some(error.to_string());
            wasmtime::Error::msg(text)
        })
    }
}

/// Adds the interface.
pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let mut host = linker.instance(INTERFACE)?;
    host.func_wrap("get", |mut context: StoreContextMut<'_, State>, (keys,): (Vec<u8>,)| {
        let map = map(&mut context, "get")?;
        let keys = Keys::parse(keys).map_err(|error| strange("get", &error))?;
        let values = map.get(&keys);
        Ok((map.read(values)?.into_bytes(),))
    })?;
    host.func_wrap("scan", |mut context: StoreContextMut<'_, State>, asked: Asked| {
        let (from, until, pairs_max, bytes_max) = asked;
        let map = map(&mut context, "scan")?;
        let limits = (pairs_max as usize, bytes_max as usize);
        let pairs = map.scan(&from, &until, limits);
        Ok((map.read(pairs)?.into_bytes(),))
    })?;
    host.func_wrap("write", |mut context: StoreContextMut<'_, State>, (changes,): (Vec<u8>,)| {
        let map = map(&mut context, "write")?;
        let changes = Changes::parse(changes).map_err(|error| strange("write", &error))?;
        map.write(&changes).map_err(wasmtime::Error::msg)
    })?;
    Ok(())
}

/// What a scan is asked for.
type Asked = (Vec<u8>, Vec<u8>, u32, u32);

fn map<'a>(
    context: &'a mut StoreContextMut<'_, State>,
    function: &str,
) -> wasmtime::Result<&'a mut Map> {
    let missing = format!("'{function}' of '{INTERFACE}' was called, and there is no map now");
    context.data_mut().map.as_mut().ok_or_else(|| wasmtime::Error::msg(missing))
}

fn strange(function: &str, error: &dyn std::fmt::Display) -> wasmtime::Error {
    wasmtime::Error::msg(format!("'{function}' of '{INTERFACE}': {error}"))
}

impl Map {
    /// A map for a test, and what ends it.
    #[cfg(test)]
    pub(super) fn of(transaction: WriteTransaction, changes: &Changes) -> Self {
        let mut map = Self::over(transaction);
        map.write(changes).unwrap();
        map
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use philter_plugin_api::key_value::{KeyValue, MemoryMap};
    use proptest::prelude::*;

    use super::super::database::Database;
    use super::*;

    type Steps = Vec<(u8, Option<Vec<u8>>)>;

    fn steps() -> impl Strategy<Value = Steps> {
        let value = prop::option::weighted(0.7, prop::collection::vec(any::<u8>(), 0..20));
        prop::collection::vec((0..20_u8, value), 0..20)
    }

    fn changes(steps: &Steps) -> Changes {
        let mut changes = Changes::new();
        for (key, value) in steps {
            match value {
                Some(value) => changes.put(&[*key], value),
                None => changes.remove(&[*key]),
            }
        }
        changes
    }

    proptest! {
        /// What is kept, and over it what a call wrote, is one map.
        #[test]
        fn a_call_sees_one_map(
            kept in steps(),
            written in steps(),
            limits in (0..9_u32, 0..99_u32),
        ) {
            let database = Database::in_memory().unwrap();
            let mut model = MemoryMap::new();
            let map = Map::of(database.begin().unwrap(), &changes(&kept));
            model.write(changes(&kept)).unwrap();
            let (transaction, has_written) = map.with().unwrap();
            prop_assert_eq!(has_written, !kept.is_empty());
            transaction.commit().unwrap();
            let before: BTreeMap<_, _> =
                model.iter().map(|(key, value)| (key.to_vec(), value.to_vec())).collect();
            let map = Map::of(database.begin().unwrap(), &changes(&written));
            model.write(changes(&written)).unwrap();
            let limits_of = (limits.0 as usize, limits.1 as usize);
            for (from, until) in [(0, 99), (3, 9), (9, 3), (0, 0), (5, 6)] {
                let until: &[u8] = if until == 0 { &[] } else { &[until] };
                let found = map.scan(&[from], until, limits_of).unwrap();
                let wanted = model.scan(&[from], until, limits.0, limits.1).unwrap();
                prop_assert_eq!(found.into_bytes(), wanted.into_bytes());
            }
            let mut keys = Keys::new();
            (0..20).for_each(|key| keys.push(&[key]));
            prop_assert_eq!(map.get(&keys).unwrap(), model.get(&keys).unwrap());
            // What a call wrote that failed is nowhere.
            map.without().commit().unwrap();
            let map = Map::over(database.begin().unwrap());
            let found = map.scan(&[], &[], (99, 9999)).unwrap();
            prop_assert!(found.iter().eq(before.iter().map(|(key, value)| (&**key, &**value))));
        }
    }
}
