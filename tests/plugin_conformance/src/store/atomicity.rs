//! A batch is kept whole, or nothing of it is.

use philter_plugin_api::{AppendOutcome, Operation, QueueRecord};

use super::bench::{Bench, END, Live, SHARD, Taken, entry, put};
use crate::limits::BODY_BYTES_TRIED_MAX;
use crate::rule::{Checked, Rule, Stop, accepted_or_refused, demand, skips};

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "keeps every kind of operation of one batch", check: whole },
    Rule { name: "keeps nothing of a batch with a body beyond its limit", check: too_large },
    Rule { name: "keeps an entry for its first message", check: contradicted },
];

const KEY: Operation<'_> = Operation::Meta { key: "k", value: b"new" };

fn whole(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    let [first, second, third, fourth] = [1, 2, 3, 4].map(|id| [entry(id)]);
    taken.keep(&[put(1, b"1", &first), put(2, b"2", &second)])?;
    taken.keep(&[
        put(3, b"3", &third),
        Operation::Delete(entry(1)),
        Operation::Mark { record: entry(2), delivery_count: 2 },
        Operation::Mark { record: entry(3), delivery_count: 1 },
        put(4, b"4", &fourth),
        Operation::Delete(entry(4)),
        KEY,
    ])?;
    let live = taken.live(END)?;
    let found: Vec<_> =
        live.entries.values().map(|(message, _, count)| (*message, *count)).collect();
    demand(found == [(2, 2), (3, 1)], || format!("messages and counts are {found:?}"))?;
    demand(live.meta.contains_key("k"), || "the key of the batch is not there".to_owned())?;
    Ok("puts, a delete, counts, a key, and a put that the same batch settles".to_owned())
}

/// What is there before a batch is refused, and must be there after.
fn prepared(taken: &Taken<'_>) -> Result<Live, Stop> {
    taken.keep(&[put(1, b"1", &[entry(1)]), Operation::Meta { key: "k", value: b"old" }])?;
    taken.live(END)
}

/// Appends a batch; whether it was refused. One that is refused must leave nothing.
fn is_refused(taken: &Taken<'_>, before: &Live, batch: &[Operation<'_>]) -> Result<bool, Stop> {
    let append = |done| taken.store.append(SHARD, taken.epoch, batch, done);
    let outcome = accepted_or_refused("append", taken.bench.subject.answer("append", append)?)?;
    if matches!(outcome, Some(AppendOutcome::Done(_))) {
        return Ok(false);
    }
    let after = taken.live(END)?;
    demand(after == *before, || {
        let found: Vec<_> = after.entries.keys().collect();
        let meta = &after.meta;
        format!("a batch that was refused changed the log: now there are {found:?} and {meta:?}")
    })?;
    let read = taken.read(entry(2))?;
    demand(read.is_none(), || "a batch that was refused left a body".to_owned())?;
    Ok(true)
}

fn too_large(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    let max = taken.store.capabilities().body_bytes_max;
    let Some(bytes) = usize::try_from(max).ok().filter(|max| *max < BODY_BYTES_TRIED_MAX) else {
        return skips(format!("a body of more than {max} bytes is more than the kit makes"));
    };
    let before = prepared(&taken)?;
    let (body, second, third) = (vec![1; bytes + 1], [entry(2)], [entry(3)]);
    let batch = [put(2, b"2", &second), Operation::Delete(entry(1)), KEY, put(3, &body, &third)];
    demand(is_refused(&taken, &before, &batch)?, || {
        format!("a body of {} bytes is kept, one more than the limit", bytes + 1)
    })?;
    Ok(format!("{} bytes behind three good operations", bytes + 1))
}

fn contradicted(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    let before = prepared(&taken)?;
    let (taken_entry, free) = ([entry(1)], [entry(2), QueueRecord { queue: 7, id: 1 }]);
    let batch = [put(2, b"2", &free), KEY, put(3, b"3", &taken_entry)];
    let is_refused = is_refused(&taken, &before, &batch)?;
    let body = taken.read(entry(1))?;
    demand(body.as_deref() == Some(b"1"), || {
        format!("the body of an entry became {body:?} when another message came for it")
    })?;
    let word = if is_refused { "refused, with its batch" } else { "not refused, and not kept" };
    Ok(format!("another message for an entry is {word}"))
}
