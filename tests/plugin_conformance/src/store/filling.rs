//! A full store holds publishers back, and lets everybody else go on.

use std::time::Instant;

use philter_plugin_api::{AppendOutcome, Operation, QueueRecord};

use super::bench::{Bench, END, Taken, entry, put};
use crate::limits::{FILL_APPENDS_MAX, FILL_BODY_BYTES};
use crate::rule::{Checked, Rule, Stop, demand, fails, skips};

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "says that it is full, and keeps nothing of such a batch", check: says_full },
    Rule { name: "settles and purges while it is full", check: settles },
    Rule { name: "takes messages again once others were settled", check: recovers },
    Rule { name: "fences a full shard's earlier epoch", check: fences },
];

/// A store that has answered that it is full, and the entries that are in it.
fn full(bench: &Bench) -> Result<(Taken<'_>, u64), Stop> {
    let Some(configuration) = &bench.subject.options.full_configuration else {
        return skips("no configuration of a store that is soon full was given: --full-config");
    };
    let taken = bench.taken_in(bench.subject.making()?.configured(configuration))?;
    let body = vec![7; FILL_BODY_BYTES];
    for id in 0..FILL_APPENDS_MAX {
        match taken.append(&[put(id, &body, &[entry(id)])])? {
            AppendOutcome::Done(_) => {}
            AppendOutcome::Full => return Ok((taken, id)),
            other => return fails(format!("append is answered by {other:?}")),
        }
    }
    let bytes = FILL_APPENDS_MAX * FILL_BODY_BYTES as u64;
    skips(format!("with the configuration that was given it is not full after {bytes} bytes"))
}

fn says_full(bench: &Bench) -> Checked {
    let (taken, entries) = full(bench)?;
    let other = QueueRecord { queue: 2, id: 1 };
    let (body, others) = (vec![7; FILL_BODY_BYTES], [other]);
    let value = Operation::Meta { key: "k", value: b"v" };
    let batch =
        [Operation::Delete(QueueRecord { queue: 9, id: 9 }), value, put(u64::MAX, &body, &others)];
    let outcome = taken.append(&batch)?;
    demand(outcome == AppendOutcome::Full, || {
        format!("a full store answers a batch with a large body by {outcome:?}")
    })?;
    let live = taken.live(END)?;
    demand(live.entries.len() as u64 == entries && live.meta.is_empty(), || {
        let (found, keys) = (live.entries.len(), live.meta.len());
        format!("{entries} entries and no key were kept, and {found} and {keys} are there")
    })?;
    demand(taken.read(other)?.is_none(), || "a refused batch left a body".to_owned())?;
    Ok(format!("after {entries} bodies of {FILL_BODY_BYTES} bytes"))
}

fn settles(bench: &Bench) -> Checked {
    let (taken, entries) = full(bench)?;
    let mut settled = 0;
    for id in 0..entries / 2 {
        match taken.append(&[Operation::Delete(entry(id))])? {
            AppendOutcome::Done(_) => settled += 1,
            other => return fails(format!("a delete of a full store is answered by {other:?}")),
        }
    }
    match taken.append(&[Operation::Meta { key: "k", value: b"" }])? {
        AppendOutcome::Done(_) => {}
        other => return fails(format!("removing a key is answered by {other:?}")),
    }
    match taken.purge(1)? {
        AppendOutcome::Done(_) => {}
        other => return fails(format!("a purge of a full store is answered by {other:?}")),
    }
    demand(taken.live(END)?.entries.is_empty(), || "a purge left entries".to_owned())?;
    Ok(format!("{settled} deletes, and a purge of the rest"))
}

fn recovers(bench: &Bench) -> Checked {
    let (taken, entries) = full(bench)?;
    for id in 0..entries {
        taken.keep(&[Operation::Delete(entry(id))])?;
    }
    let body = vec![7; FILL_BODY_BYTES];
    let (began, deadline) = (Instant::now(), bench.subject.deadline());
    // Room may come back by a compaction beside the calls.
    while taken.append(&[put(entries, &body, &[entry(entries)])])? == AppendOutcome::Full {
        demand(began.elapsed() < deadline, || {
            format!("all of it was settled, and it is still full after {} ms", deadline.as_millis())
        })?;
        std::thread::yield_now();
    }
    let left = taken.live(END)?.messages();
    demand(left == [entries], || format!("the messages are {left:?}"))?;
    Ok(format!("after {entries} deletes"))
}

fn fences(bench: &Bench) -> Checked {
    let (taken, entries) = full(bench)?;
    bench.acquire(taken.store.as_ref(), super::bench::SHARD)?;
    let body = vec![7; FILL_BODY_BYTES];
    let outcome = taken.append(&[put(entries, &body, &[entry(entries)])])?;
    demand(outcome == AppendOutcome::Fenced, || {
        format!("an append under an earlier epoch is answered by {outcome:?}")
    })?;
    Ok("an append that would not fit either".to_owned())
}
