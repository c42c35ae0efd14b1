//! The order of a queue is that of its ids; a put that is sent again changes none of it.

use philter_plugin_api::{Operation, Position, QueueRecord};

use super::bench::{Bench, END, Live, SHARD, Taken, entry, put};
use crate::rule::{Checked, Rule, Stop, demand};

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "keeps ids as they are given, in whatever order they are put", check: keeps_ids },
    Rule { name: "changes nothing by a put that is sent again", check: retries_change_nothing },
    Rule { name: "adds the entries that a put brings when it is sent again", check: adds_entries },
    Rule { name: "takes a put twice in one batch", check: twice_in_a_batch },
];

fn keeps_ids(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    for id in [50, 30, 90] {
        taken.keep(&[put(id, b"body", &[entry(id)])])?;
    }
    let [one, seven] = [10, 70].map(|id| [entry(id)]);
    taken.keep(&[put(70, b"body", &seven), put(10, b"body", &one)])?;
    let found: Vec<_> = taken.live(END)?.entries.iter().map(|(of, put)| (of.id, put.0)).collect();
    demand(found == [10, 30, 50, 70, 90].map(|id| (id, id)), || {
        format!("ids and messages are {found:?}")
    })?;
    Ok("five entries, put from the middle outwards".to_owned())
}

/// Entries with what changes in their lives: a count, a body, a neighbour.
fn filled(taken: &Taken<'_>) -> Result<Live, Stop> {
    let both = [entry(1), QueueRecord { queue: 2, id: 1 }];
    taken.keep(&[put(1, b"one", &both), put(2, b"two", &[entry(2)])])?;
    taken.keep(&[Operation::Mark { record: entry(1), delivery_count: 3 }])?;
    taken.live(END)
}

fn retries_change_nothing(bench: &Bench) -> Checked {
    let mut taken = bench.taken()?;
    let before = filled(&taken)?;
    let both = [entry(1), QueueRecord { queue: 2, id: 1 }];
    let retry = put(1, b"one", &both);
    taken.keep(&[retry])?;
    taken.keep(&[put(1, b"one", &[entry(1)])])?;
    taken.epoch = bench.acquire(taken.store.as_ref(), SHARD)?.epoch;
    let end = taken.keep(&[retry])?;
    let after = taken.live(end)?;
    after.must_be(&before)?;
    taken.keep(&[Operation::Delete(entry(1))])?;
    let left = taken.live(END)?.messages();
    demand(left == [2, 1], || format!("after one delete the messages are {left:?}"))?;
    Ok("thrice, and under a later epoch".to_owned())
}

fn adds_entries(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    let other = QueueRecord { queue: 2, id: 5 };
    taken.keep(&[put(1, b"body", &[entry(1)])])?;
    taken.keep(&[put(1, b"body", &[entry(1), other])])?;
    let found: Vec<_> = taken.live(END)?.entries.into_keys().collect();
    demand(found == [entry(1), other], || format!("the entries are {found:?}"))?;
    let body = taken.read(other)?;
    demand(body.as_deref() == Some(b"body"), || format!("its body is {body:?}"))?;
    Ok("one more queue".to_owned())
}

fn twice_in_a_batch(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    let queues = [entry(1)];
    let end = taken.keep(&[put(1, b"body", &queues), put(1, b"body", &queues)])?;
    let records = taken.records(Position(0), end)?;
    let live = Live::of(records);
    demand(live.messages() == [1], || format!("the messages are {:?}", live.messages()))?;
    taken.keep(&[Operation::Delete(entry(1))])?;
    demand(taken.live(END)?.entries.is_empty(), || "one of two equal puts stays".to_owned())?;
    Ok("one entry of two equal puts".to_owned())
}
