//! A replay is a view of the log: the same each time, with bodies or without, from anywhere.

use philter_plugin_api::{Operation, Position, QueueRecord, Record, Replayed};

use super::bench::{Bench, END, SHARD, Taken, entry, put};
use crate::rule::{Checked, Rule, Stop, demand, done};

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "leaves the bodies out of a replay, and nothing else", check: without_bodies },
    Rule { name: "has nothing between a position and itself", check: empty_ranges },
    Rule { name: "goes on where an earlier replay ended", check: in_pieces },
    Rule { name: "lets the visitor of a replay call it", check: visitors_call },
    Rule { name: "has no records of a shard that nobody took", check: nobodys_shard },
];

/// Twenty puts in two queues, some settled, some counted, and keys.
fn filled(bench: &Bench) -> Result<Taken<'_>, Stop> {
    let taken = bench.taken()?;
    for id in 0..20 {
        let queues = [entry(id), QueueRecord { queue: 2, id }];
        let body = vec![b'x'; id as usize];
        taken.keep(&[put(id, &body, &queues), Operation::Meta { key: "last", value: &[1] }])?;
    }
    taken.keep(&[Operation::Delete(entry(3)), Operation::Delete(entry(4))])?;
    taken.keep(&[Operation::Mark { record: entry(5), delivery_count: 9 }])?;
    Ok(taken)
}

fn replayed(
    taken: &Taken<'_>,
    from: Position,
    with_bodies: bool,
    at_most: usize,
) -> Result<Vec<Replayed>, Stop> {
    let mut records = Vec::new();
    let mut visit = |record| {
        records.push(record);
        records.len() < at_most
    };
    done("replay", taken.store.replay(SHARD, from, END, with_bodies, &mut visit))?;
    Ok(records)
}

fn without_bodies(bench: &Bench) -> Checked {
    let taken = filled(bench)?;
    let mut whole = replayed(&taken, Position(0), true, usize::MAX)?;
    let bare = replayed(&taken, Position(0), false, usize::MAX)?;
    let mut puts = 0;
    for replayed in &mut whole {
        if let Record::Put { body, .. } = &mut replayed.record {
            demand(body.is_some(), || "a replay with bodies lacks one".to_owned())?;
            *body = None;
            puts += 1;
        }
    }
    demand(whole == bare, || {
        let differs = whole.iter().zip(&bare).find(|(left, right)| left != right);
        format!("without bodies it differs, at {differs:?}")
    })?;
    Ok(format!("{puts} bodies, one of them empty"))
}

fn empty_ranges(bench: &Bench) -> Checked {
    let taken = filled(bench)?;
    let end = taken.keep(&[put(50, b"", &[entry(50)])])?;
    for (from, until) in [(0, 0), (5, 5), (end.0, end.0), (9, 5), (end.0, u64::MAX)] {
        let found = taken.records(Position(from), Position(until))?;
        demand(found.is_empty(), || {
            format!("between {from} and {until} there are {} records", found.len())
        })?;
    }
    Ok("five ranges".to_owned())
}

fn in_pieces(bench: &Bench) -> Checked {
    let taken = filled(bench)?;
    let whole = replayed(&taken, Position(0), true, usize::MAX)?;
    let (mut pieces, mut from) = (Vec::new(), Position(0));
    loop {
        let piece = replayed(&taken, from, true, 7)?;
        let Some(last) = piece.last() else { break };
        from = Position(last.position.0.saturating_add(1));
        pieces.extend(piece);
    }
    demand(pieces == whole, || {
        format!("at once it is {} records, in pieces {}", whole.len(), pieces.len())
    })?;
    Ok(format!("{} records, seven at a time", whole.len()))
}

fn visitors_call(bench: &Bench) -> Checked {
    let taken = filled(bench)?;
    let end = taken.keep(&[])?;
    let mut inner = Ok(());
    let mut calls = 0;
    let mut visit = |_| {
        calls += 1;
        inner = append_and_read(&taken, 1000 + calls);
        inner.is_ok() && calls < 5
    };
    done("replay", taken.store.replay(SHARD, Position(0), end, true, &mut visit))?;
    inner?;
    let added = taken.records(end, END)?.len();
    demand(added == 5, || format!("of five appends of the visitor {added} are there"))?;
    Ok("five appends and reads".to_owned())
}

fn append_and_read(taken: &Taken<'_>, id: u64) -> Result<(), Stop> {
    taken.keep(&[put(id, b"new", &[entry(id)])])?;
    taken.read(entry(5)).map(drop)
}

fn nobodys_shard(bench: &Bench) -> Checked {
    let store = bench.store()?;
    let mut seen = 0;
    let mut visit = |_| {
        seen += 1;
        true
    };
    done("replay", store.replay(SHARD, Position(0), END, true, &mut visit))?;
    demand(seen == 0, || format!("there are {seen} of them"))?;
    let read = done("read", store.read(SHARD, entry(1)))?;
    demand(read.is_none(), || "there is a body".to_owned())?;
    Ok("no record and no body".to_owned())
}
