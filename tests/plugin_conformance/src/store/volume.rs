//! Large bodies and many queues.

use philter_plugin_api::{Operation, QueueRecord};

use super::bench::{Bench, END, put};
use crate::limits::{BODY_BYTES_TRIED_MAX, QUEUES};
use crate::rule::{Checked, Rule, demand};

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "keeps bodies of every size up to its limit", check: sizes },
    Rule { name: "keeps one message for many queues", check: one_for_many },
    Rule { name: "keeps many queues apart", check: many_queues },
];

/// Bytes that differ from place to place, so that a piece in another's place is seen.
fn body(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|place| (place ^ (place >> 8) ^ (place >> 16)) as u8).collect()
}

fn sizes(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    let can = taken.store.capabilities();
    let max = usize::try_from(can.body_bytes_max.min(can.batch_bytes_max)).unwrap_or(usize::MAX);
    let max = max.min(BODY_BYTES_TRIED_MAX);
    let usual = [0, 1, 255, 4095, 4096, 65_535, 65_537, 1 << 20, max];
    let mut sizes: Vec<_> = usual.into_iter().filter(|bytes| *bytes <= max).collect();
    sizes.dedup();
    let entries: Vec<_> =
        (0..).map(|id| [QueueRecord { queue: 1, id }]).take(sizes.len()).collect();
    for (message, (bytes, queues)) in (0..).zip(sizes.iter().zip(&entries)) {
        let body = body(*bytes);
        taken.keep(&[Operation::Put { message, header: b"", body: &body, queues }])?;
    }
    let live = taken.live(END)?;
    for (bytes, record) in sizes.iter().zip(entries.iter().flatten()) {
        let replayed = live.entries.get(record).and_then(|(_, body, _)| body.as_ref());
        let expected = body(*bytes);
        demand(replayed == Some(&expected), || {
            format!("a body of {bytes} bytes is replayed as another, or not at all")
        })?;
        demand(taken.read(*record)? == Some(expected), || {
            format!("a body of {bytes} bytes is read as another, or not at all")
        })?;
    }
    Ok(format!("{} of them, up to {max} bytes", sizes.len()))
}

fn one_for_many(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    let queues: Vec<_> = (0..QUEUES).map(|queue| QueueRecord { queue, id: queue * 3 }).collect();
    taken.keep(&[put(1, b"shared", &queues)])?;
    let found: Vec<_> = taken.live(END)?.entries.into_keys().collect();
    demand(found == queues, || format!("of {QUEUES} entries {} are there", found.len()))?;
    let (last, others) = queues.split_last().map_or((None, &[][..]), |(l, o)| (Some(*l), o));
    for part in others.chunks(100) {
        let deletes: Vec<_> = part.iter().copied().map(Operation::Delete).collect();
        taken.keep(&deletes)?;
    }
    let left: Vec<_> = taken.live(END)?.entries.into_keys().collect();
    demand(left.first().copied() == last && left.len() == 1, || format!("{left:?} are left"))?;
    for record in left {
        let body = taken.read(record)?;
        demand(body.as_deref() == Some(b"shared"), || format!("the last body is {body:?}"))?;
    }
    Ok(format!("{QUEUES} queues, all but one settled"))
}

fn many_queues(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    let entries: Vec<_> = (0..QUEUES).map(|queue| [QueueRecord { queue, id: 1 }]).collect();
    let batch: Vec<_> = (0..).zip(&entries).map(|(number, of)| put(number, b"b", of)).collect();
    let at_once = usize::try_from(taken.store.capabilities().batch_operations_max);
    for part in batch.chunks(at_once.unwrap_or(usize::MAX).min(250)) {
        taken.keep(part)?;
    }
    for queue in [0, QUEUES / 2, QUEUES - 1] {
        taken.purge(queue)?;
    }
    let live = taken.live(END)?;
    let is_right = |of: &QueueRecord| ![0, QUEUES / 2, QUEUES - 1].contains(&of.queue);
    demand(live.entries.keys().all(is_right), || "a queue that was purged has entries".to_owned())?;
    let (found, expected) = (live.entries.len() as u64, QUEUES - 3);
    demand(found == expected, || format!("{found} entries are left instead of {expected}"))?;
    Ok(format!("{QUEUES} queues, three of them purged"))
}
