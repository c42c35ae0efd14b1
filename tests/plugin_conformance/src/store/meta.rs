//! Meta data: a shard's own in its log, and the store's by compare-and-set.

use philter_plugin_api::{MetaRevision, Operation, Position, Store};

use super::bench::Bench;
use crate::limits::ROUNDS;
use crate::rule::{Checked, Rule, Stop, demand, done, fails};
use crate::threads::together;

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "keeps the last value of a shard's key", check: shard_keys },
    Rule { name: "sets a key where its revision is the expected one", check: compares },
    Rule { name: "lets one of many win a compare-and-set", check: one_wins },
];

const NEW: MetaRevision = MetaRevision(0);

fn shard_keys(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    for value in [&b"1"[..], b"2"] {
        taken.keep(&[Operation::Meta { key: "a", value }, Operation::Meta { key: "b", value }])?;
    }
    taken.keep(&[Operation::Meta { key: "b", value: b"" }])?;
    let live = taken.live(Position(u64::MAX))?;
    let left: Vec<_> = live.meta.into_iter().collect();
    demand(left == [("a".to_owned(), b"2".to_vec())], || format!("the keys are {left:?}"))?;
    Ok("one set twice, one removed".to_owned())
}

fn compares(bench: &Bench) -> Checked {
    let store = bench.store()?;
    let set = |expected, value: &[u8]| set(bench, store.as_ref(), "key", expected, value);
    let absent = done("meta_get", store.meta_get("key"))?;
    demand(absent.is_none(), || "a key is there that nobody set".to_owned())?;
    demand(set(MetaRevision(7), b"x")?.is_none(), || {
        "a key that does not exist is set where revision 7 is expected".to_owned()
    })?;
    let Some(first) = set(NEW, b"one")? else { return fails("a new key is not set") };
    demand(set(NEW, b"two")?.is_none(), || "a key is made a second time".to_owned())?;
    let Some(second) = set(first, b"two")? else { return fails("a key is not set again") };
    demand(second > first && first > NEW, || {
        format!("the revisions {} and {} do not ascend", first.0, second.0)
    })?;
    let found = done("meta_get", store.meta_get("key"))?;
    demand(found == Some((second, b"two".to_vec())), || format!("the key is {found:?}"))?;
    let third = set(second, b"")?;
    let found = done("meta_get", store.meta_get("key"))?;
    demand(third.is_some() && found.is_some_and(|(_, value)| value.is_empty()), || {
        "an empty value is no value; removing a key is meta_remove's".to_owned()
    })?;
    Ok("a key made, changed, and left alone".to_owned())
}

fn one_wins(bench: &Bench) -> Checked {
    let store = bench.store()?;
    let turns = ROUNDS as u64 / 4;
    together(|_| {
        for _ in 0..turns {
            while !count_up(bench, store.as_ref())? {}
        }
        Ok(())
    })?;
    let (_, count) = counter(store.as_ref())?;
    let expected = turns * crate::limits::THREADS as u64;
    demand(count == expected, || format!("{expected} won, and the counter is at {count}"))?;
    Ok(format!("{expected} changes of one key from many threads"))
}

fn count_up(bench: &Bench, store: &dyn Store) -> Result<bool, Stop> {
    let (revision, count) = counter(store)?;
    let next = (count + 1).to_string();
    Ok(set(bench, store, "counter", revision, next.as_bytes())?.is_some())
}

fn counter(store: &dyn Store) -> Result<(MetaRevision, u64), Stop> {
    let found = done("meta_get", store.meta_get("counter"))?;
    let Some((revision, value)) = found else { return Ok((NEW, 0)) };
    match std::str::from_utf8(&value).ok().and_then(|text| text.parse().ok()) {
        Some(count) => Ok((revision, count)),
        None => fails("a key has a value that nobody set"),
    }
}

fn set(
    bench: &Bench,
    store: &dyn Store,
    key: &str,
    expected: MetaRevision,
    value: &[u8],
) -> Result<Option<MetaRevision>, Stop> {
    let set = |done| store.meta_compare_and_set(key, expected, value, done);
    done("meta_compare_and_set", bench.subject.answer("meta_compare_and_set", set)?)
}
