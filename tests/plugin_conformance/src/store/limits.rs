//! A store keeps the limits that it names.

use philter_plugin_api::{AppendOutcome, Operation, Position};

use super::bench::{Bench, SHARD, entry, put};
use crate::limits::BATCH_OPERATIONS_TRIED_MAX;
use crate::rule::{Checked, Rule, accepted_or_refused, demand, done, skips};

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "names limits that it can keep", check: capabilities },
    Rule { name: "refuses a batch beyond its limit, and keeps nothing of it", check: too_many },
];

fn capabilities(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    let can = taken.store.capabilities();
    demand(can == taken.store.capabilities(), || "its capabilities change".to_owned())?;
    demand(can.batch_operations_max > 0 && can.batch_bytes_max > 0, || {
        "its limits leave no room for a batch".to_owned()
    })?;
    demand(can.body_bytes_max <= can.batch_bytes_max, || {
        "a body may be larger than the batch that brings it".to_owned()
    })?;
    let ids: Vec<_> = (0..can.batch_operations_max.min(1000)).map(|id| [entry(id)]).collect();
    let batch: Vec<_> = (0..).zip(&ids).map(|(id, queues)| put(id, b"body", queues)).collect();
    let end = taken.keep(&batch)?;
    let kept = taken.live(end)?.entries.len();
    demand(kept == batch.len(), || format!("of {} puts {kept} are kept", batch.len()))?;
    let (operations, bytes) = (can.batch_operations_max, can.batch_bytes_max);
    Ok(format!("{operations} operations, {bytes} bytes a batch; {kept} in one"))
}

fn too_many(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    let operations_max = taken.store.capabilities().batch_operations_max;
    if operations_max > BATCH_OPERATIONS_TRIED_MAX {
        return skips(format!("a batch of {operations_max} is more than the kit makes"));
    }
    taken.keep(&[put(1, b"body", &[entry(1)])])?;
    let count = usize::try_from(operations_max).unwrap_or(usize::MAX).saturating_add(1);
    let batch = vec![Operation::Delete(entry(1)); count];
    let append = |done| taken.store.append(SHARD, taken.epoch, &batch, done);
    let outcome = accepted_or_refused("append", bench.subject.answer("append", append)?)?;
    demand(!matches!(outcome, Some(AppendOutcome::Done(_))), || {
        format!("a batch of {count} operations is kept, one more than the limit")
    })?;
    let left = done("read", taken.store.read(SHARD, entry(1)))?;
    demand(left.is_some(), || "a batch that was refused deleted an entry".to_owned())?;
    demand(taken.live(Position(u64::MAX))?.messages() == [1], || {
        "a batch that was refused changed the log".to_owned()
    })?;
    Ok(format!("{count} operations"))
}
