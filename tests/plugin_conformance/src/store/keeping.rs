//! What is appended is there, in order, until it is settled.

use philter_plugin_api::{Operation, Position, QueueRecord, Record};

use super::bench::{Bench, END, SHARD, entry, put};
use crate::rule::{Checked, Rule, demand, done};

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "hands over what it kept, in order", check: replays },
    Rule { name: "keeps a body for every queue of its message", check: shares_bodies },
    Rule { name: "keeps a put that is sent again once", check: retries },
    Rule { name: "forgets what is deleted", check: deletes },
    Rule { name: "forgets a queue that is purged, and no other", check: purges },
    Rule { name: "remembers how often an entry was handed out", check: marks },
    Rule { name: "ends a replay where the broker says", check: stops },
];

fn replays(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    let mut ends = vec![Position(0)];
    for number in 0..20 {
        let body = number.to_string();
        ends.push(taken.keep(&[put(number, body.as_bytes(), &[entry(number)])])?);
    }
    demand(ends.is_sorted(), || "the positions of appends descend".to_owned())?;
    let end = ends.last().copied().unwrap_or(END);
    let live = taken.live(end)?;
    demand(live.messages() == (0..20).collect::<Vec<_>>(), || {
        format!("a replay up to the last append's position has the messages {:?}", live.messages())
    })?;
    let bodies = live.entries.values().enumerate();
    let mut wrong = bodies
        .filter(|(number, (_, body, _))| body.as_deref() != Some(number.to_string().as_bytes()));
    demand(wrong.next().is_none(), || "a body is replayed as another".to_owned())?;
    let half = ends.get(10).copied().unwrap_or(END);
    let tail = taken.records(half, end)?;
    demand(tail.len() == 10, || {
        format!("of twenty appends ten stand before position {}, and {} after", half.0, tail.len())
    })?;
    Ok("twenty appends, whole and from the middle".to_owned())
}

fn shares_bodies(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    let body = vec![7; 100_000];
    let queues @ [first, _, last] = [1, 2, 3].map(|queue| QueueRecord { queue, id: 9 });
    taken.keep(&[put(1, &body, &queues)])?;
    for record in queues {
        let read = done("read", taken.store.read(SHARD, record))?;
        demand(read.as_ref() == Some(&body), || "read gives another body".to_owned())?;
    }
    taken.keep(&[Operation::Delete(first)])?;
    let gone = done("read", taken.store.read(SHARD, first))?;
    demand(gone.is_none(), || "read gives the body of a deleted entry".to_owned())?;
    let left = done("read", taken.store.read(SHARD, last))?;
    demand(left.is_some(), || "a body went with the first of its entries".to_owned())?;
    let mut bodies = 0;
    let mut visit = |replayed: philter_plugin_api::Replayed| {
        bodies += usize::from(matches!(replayed.record, Record::Put { body: Some(_), .. }));
        true
    };
    done("replay", taken.store.replay(SHARD, Position(0), END, false, &mut visit))?;
    demand(bodies == 0, || "a replay without bodies has bodies".to_owned())?;
    Ok(format!("{} bytes in {} queues", body.len(), queues.len()))
}

fn retries(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    let queues = [entry(1)];
    let first = put(1, b"one", &queues);
    taken.keep(&[first, put(2, b"two", &[entry(2)])])?;
    let end = taken.keep(&[first])?;
    let live = taken.live(end)?;
    demand(live.messages() == [1, 2], || {
        format!("the entries are {:?} instead of [1, 2]", live.messages())
    })?;
    taken.keep(&[Operation::Delete(entry(1))])?;
    let live = taken.live(END)?;
    demand(live.messages() == [2], || "a delete leaves the second of two equal puts".to_owned())?;
    Ok("one put, twice".to_owned())
}

fn deletes(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    let puts: Vec<_> = (0..10).map(|id| [entry(id)]).collect();
    let batch: Vec<_> = (0..).zip(&puts).map(|(id, queues)| put(id, b"body", queues)).collect();
    taken.keep(&batch)?;
    let odd = (0..10).filter(|id| id % 2 == 1).map(|id| Operation::Delete(entry(id)));
    taken.keep(&odd.collect::<Vec<_>>())?;
    // Settling what is not there does no harm: a delete may be sent again.
    taken.keep(&[Operation::Delete(entry(1)), Operation::Delete(entry(4711))])?;
    let live = taken.live(END)?;
    demand(live.messages() == [0, 2, 4, 6, 8], || {
        format!("the entries that are left are {:?}", live.messages())
    })?;
    Ok("five of ten, and two that are not there".to_owned())
}

fn purges(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    let other = QueueRecord { queue: 2, id: 1 };
    taken.keep(&[put(1, b"a", &[entry(1), other]), put(2, b"b", &[entry(2)])])?;
    let purge = |done| taken.store.purge(SHARD, taken.epoch, 1, done);
    done("purge", bench.subject.answer("purge", purge)?)?;
    let live = taken.live(END)?;
    let left: Vec<_> = live.entries.keys().copied().collect();
    demand(left == [other], || format!("the entries that are left are {left:?}"))?;
    Ok("two of three entries".to_owned())
}

fn marks(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    taken.keep(&[put(1, b"a", &[entry(1)]), put(2, b"b", &[entry(2)])])?;
    for delivery_count in 1..=3 {
        taken.keep(&[Operation::Mark { record: entry(1), delivery_count }])?;
    }
    let live = taken.live(END)?;
    let counts: Vec<_> = live.entries.values().map(|(_, _, count)| *count).collect();
    demand(counts == [3, 0], || format!("the counts are {counts:?} instead of [3, 0]"))?;
    Ok("the last of three counts".to_owned())
}

fn stops(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    for id in 0..10 {
        taken.keep(&[put(id, b"body", &[entry(id)])])?;
    }
    let mut seen = 0;
    let mut visit = |_| {
        seen += 1;
        seen < 3
    };
    done("replay", taken.store.replay(SHARD, Position(0), END, false, &mut visit))?;
    demand(seen == 3, || format!("told to end after 3 records it hands over {seen}"))?;
    Ok("after three of ten".to_owned())
}
