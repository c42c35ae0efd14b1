//! The optional entry that hands over entries by ids in a row.

use std::ops::Range;

use philter_plugin_api::{ErrorKind, Offers, Operation, QueueRecord, StoredEntry};

use super::bench::{Bench, SHARD, Taken, entry, put};
use crate::rule::{Checked, Rule, Stop, demand, done, skips};

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "has entries by range if it offers them, and not otherwise", check: offered },
    Rule { name: "hands over the entries of a range, whole and in order", check: ranges },
    Rule { name: "lets the visitor of entries call it, and end the call", check: visitors_call },
    Rule { name: "hands over entries again after a new start", check: reopened },
];

/// Id, header and body.
type Found = (u64, Vec<u8>, Vec<u8>);

fn offered(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    let is_offered = taken.store.offers().contains(Offers::ENTRIES);
    let answer = taken.store.entries(SHARD, 1, 0..9, &mut |_| true);
    let is_unsupported = matches!(&answer, Err(error) if error.kind() == ErrorKind::Unsupported);
    demand(is_offered != is_unsupported, || {
        let says = if is_unsupported { "offers, and are" } else { "does not offer, and are not" };
        format!("entries are what it {says} unsupported")
    })?;
    if !is_unsupported {
        done("entries", answer)?;
    }
    Ok(if is_offered { "offered" } else { "not offered" }.to_owned())
}

/// A store with 300 entries of queue 1, of which every seventh is settled, in two queues of which
/// the other one has their ids the other way round. Entry 20 was sent again.
fn filled(bench: &Bench) -> Result<Taken<'_>, Stop> {
    let taken = bench.taken()?;
    if !taken.store.offers().contains(Offers::ENTRIES) {
        return skips("it does not offer that");
    }
    for id in 0..300 {
        let queues = [entry(id), QueueRecord { queue: 2, id: 1_000 - id }];
        let (header, body) = (header_of(id), body_of(id));
        let put = Operation::Put { message: id, header: &header, body: &body, queues: &queues };
        let again = [put, put];
        taken.keep(if id == 20 { &again } else { again.split_at(1).0 })?;
    }
    let settled: Vec<_> = (0..300).step_by(7).map(|id| Operation::Delete(entry(id))).collect();
    taken.keep(&settled)?;
    Ok(taken)
}

fn header_of(id: u64) -> Vec<u8> {
    format!("header {id}").into_bytes()
}

/// Bodies of many sizes, some of them empty.
fn body_of(id: u64) -> Vec<u8> {
    vec![b'x'; usize::try_from(id % 11 * 211).unwrap_or_default()]
}

fn entries(
    taken: &Taken<'_>,
    queue: u64,
    ids: Range<u64>,
    at_most: usize,
) -> Result<Vec<Found>, Stop> {
    let mut found = Vec::new();
    let mut visit = |StoredEntry { id, header, body }: StoredEntry<'_>| {
        found.push((id, header.to_vec(), body.to_vec()));
        found.len() < at_most
    };
    done("entries", taken.store.entries(SHARD, queue, ids, &mut visit))?;
    Ok(found)
}

fn must_be_whole(taken: &Taken<'_>, ids: Range<u64>) -> Result<usize, Stop> {
    let found = entries(taken, 1, ids.clone(), usize::MAX)?;
    let there = ids.clone().filter(|id| id % 7 != 0 && *id < 300);
    let expected: Vec<Found> = there.map(|id| (id, header_of(id), body_of(id))).collect();
    demand(found == expected, || {
        let differs = found.iter().zip(&expected).find(|(found, expected)| found != expected);
        let differs = differs.map(|((found, ..), (expected, ..))| (found, expected));
        let (ids, is, was) = (&ids, found.len(), expected.len());
        format!("of {ids:?} there are {is} entries of {was}; the first that differs: {differs:?}")
    })?;
    Ok(found.len())
}

fn ranges(bench: &Bench) -> Checked {
    let taken = filled(bench)?;
    let mut count = 0;
    for ids in [0..300, 0..1, 1..2, 5..5, 290..1_000, 400..500, 31..97] {
        count += must_be_whole(&taken, ids)?;
    }
    let backwards = entries(&taken, 1, Range { start: 9, end: 3 }, usize::MAX)?;
    demand(backwards.is_empty(), || "a range that goes back has entries".to_owned())?;
    let other: Vec<u64> =
        entries(&taken, 2, 995..2_000, usize::MAX)?.iter().map(|found| found.0).collect();
    demand(other == [995, 996, 997, 998, 999, 1_000], || {
        format!("of another queue's six entries there are {other:?}")
    })?;
    let nobodys = entries(&taken, 3, 0..1_000, usize::MAX)?;
    demand(nobodys.is_empty(), || "a queue that has nothing has entries".to_owned())?;
    Ok(format!("{count} entries in seven ranges"))
}

fn visitors_call(bench: &Bench) -> Checked {
    let taken = filled(bench)?;
    let (mut calls, mut inner) = (0, Ok(()));
    let mut visit = |found: StoredEntry<'_>| {
        calls += 1;
        let id = 2_000 + found.id;
        inner = taken
            .keep(&[put(id, b"new", &[entry(id)])])
            .and_then(|_| taken.read(entry(id)).map(drop));
        inner.is_ok() && calls < 5
    };
    done("entries", taken.store.entries(SHARD, 1, 0..300, &mut visit))?;
    inner?;
    demand(calls == 5, || format!("told to end after five entries it hands over {calls}"))?;
    let few = entries(&taken, 1, 0..300, 2)?.len();
    demand(few == 2, || format!("told to end after two entries it hands over {few}"))?;
    Ok("five appends and reads".to_owned())
}

fn reopened(bench: &Bench) -> Checked {
    let taken = filled(bench)?;
    if !taken.store.capabilities().is_durable_on_ack {
        return skips("it does not outlive its process");
    }
    let taken = taken.reopened()?;
    let count = must_be_whole(&taken, 0..300)?;
    Ok(format!("{count} entries"))
}
