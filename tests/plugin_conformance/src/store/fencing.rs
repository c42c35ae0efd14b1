//! One node has a shard; a later one takes it away.

use philter_plugin_api::{AppendOutcome, Epoch, Operation, Position, Shard};

use super::bench::{Bench, Live, SHARD, entry, put, records};
use crate::rule::{Checked, Rule, demand, done};

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "fences an earlier epoch", check: fences },
    Rule { name: "keeps nothing of a batch that is fenced", check: fenced_leaves_nothing },
    Rule { name: "keeps shards apart", check: shards_are_apart },
    Rule { name: "names a fence behind everything earlier", check: fence_is_behind },
];

fn fences(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    let store = taken.store.as_ref();
    let mut epochs = vec![taken.epoch];
    for _ in 0..3 {
        epochs.push(bench.acquire(store, SHARD)?.epoch);
    }
    demand(epochs.is_sorted_by(|left, right| left < right), || {
        format!("the epochs {epochs:?} do not ascend")
    })?;
    let (last, earlier) = epochs.split_last().unwrap_or((&taken.epoch, &[]));
    for epoch in earlier {
        let outcome = bench.append(store, *epoch, &[put(1, b"a", &[entry(1)])])?;
        demand(outcome == AppendOutcome::Fenced, || {
            format!("an append under an earlier epoch is answered by {outcome:?}")
        })?;
        let purge = |done| store.purge(SHARD, *epoch, 1, done);
        let outcome = done("purge", bench.subject.answer("purge", purge)?)?;
        demand(outcome == AppendOutcome::Fenced, || {
            format!("a purge under an earlier epoch is answered by {outcome:?}")
        })?;
    }
    let outcome = bench.append(store, *last, &[put(1, b"a", &[entry(1)])])?;
    demand(matches!(outcome, AppendOutcome::Done(_)), || {
        format!("an append under the last epoch is answered by {outcome:?}")
    })?;
    Ok(format!("{} epochs", epochs.len()))
}

fn fenced_leaves_nothing(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    taken.keep(&[put(1, b"a", &[entry(1)])])?;
    let acquired = bench.acquire(taken.store.as_ref(), SHARD)?;
    let second = [entry(2)];
    let batch = [put(2, b"b", &second), Operation::Delete(entry(1))];
    for epoch in [taken.epoch, Epoch(0)] {
        let outcome = bench.append(taken.store.as_ref(), epoch, &batch)?;
        demand(outcome == AppendOutcome::Fenced, || format!("it is answered by {outcome:?}"))?;
    }
    let end = Position(u64::MAX);
    let live = Live::of(records(taken.store.as_ref(), Position(0), end)?);
    demand(live.messages() == [1], || {
        format!("the entries are {:?} instead of [1]", live.messages())
    })?;
    let tail = records(taken.store.as_ref(), acquired.fence, end)?;
    demand(tail.is_empty(), || "there are records behind the fence".to_owned())?;
    Ok("two batches".to_owned())
}

fn shards_are_apart(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    taken.keep(&[put(1, b"a", &[entry(1)])])?;
    bench.acquire(taken.store.as_ref(), Shard(1))?;
    taken.keep(&[put(2, b"b", &[entry(2)])])?;
    let read = done("read", taken.store.read(Shard(1), entry(1)))?;
    demand(read.is_none(), || "a shard gives another's body".to_owned())?;
    let live = taken.live(Position(u64::MAX))?;
    demand(live.messages() == [1, 2], || "taking a shard changes another".to_owned())?;
    Ok("two shards".to_owned())
}

fn fence_is_behind(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    let end = taken.keep(&[put(1, b"a", &[entry(1)]), put(2, b"b", &[entry(2)])])?;
    let fence = bench.acquire(taken.store.as_ref(), SHARD)?.fence;
    demand(fence >= end, || {
        format!("the fence {} stands before the last append's position {}", fence.0, end.0)
    })?;
    let live = Live::of(records(taken.store.as_ref(), Position(0), fence)?);
    demand(live.messages() == [1, 2], || {
        format!("up to the fence there are the messages {:?}", live.messages())
    })?;
    Ok("a replay up to the fence has everything".to_owned())
}
