//! What was acknowledged as durable is there after a new start, and one instance has a directory.

use philter_plugin_api::{
    ErrorKind, MetaRevision, Offers, Operation, Position, QueueRecord, Shard,
};

use super::bench::{Bench, END, Live, SHARD, Taken, entry, put, records};
use crate::rule::{Checked, Rule, Stop, demand, described, done, fails, skips};

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "has its data directory to itself", check: directory_is_its_own },
    Rule { name: "finds entries again after a new start", check: finds_entries },
    Rule { name: "finds a shard's keys again after a new start", check: finds_shard_keys },
    Rule { name: "finds the store's keys again after a new start", check: finds_keys },
    Rule { name: "goes on with epochs and positions after a new start", check: goes_on },
    Rule { name: "changes nothing by a put sent again after a new start", check: retries },
    Rule { name: "finds everything again after many new starts", check: many_starts },
];

const NEW: MetaRevision = MetaRevision(0);

/// A store with [`SHARD`] taken that says that what it acknowledges is durable.
pub(super) fn durable(bench: &Bench) -> Result<Taken<'_>, Stop> {
    let taken = bench.taken()?;
    match taken.store.capabilities().is_durable_on_ack {
        true => Ok(taken),
        false => skips("it says that nothing outlives the process"),
    }
}

fn directory_is_its_own(bench: &Bench) -> Checked {
    let taken = durable(bench)?;
    taken.keep(&[put(1, b"1", &[entry(1)])])?;
    let text = match bench.try_store_in(&bench.subject.again(&taken.making)) {
        Ok(_) => return fails("a second instance is made over the directory of another"),
        Err(error) if error.kind() == ErrorKind::Panic => return fails(described(&error)),
        Err(error) => error.to_string(),
    };
    taken.keep(&[put(2, b"2", &[entry(2)])])?;
    let again = taken.reopened()?;
    let found = again.live(END)?.messages();
    demand(found == [1, 2], || format!("the messages are {found:?} instead of [1, 2]"))?;
    Ok(format!("refused while another has it: {text}"))
}

/// Puts, a body in two queues, deletes, counts and a purged queue.
fn filled(taken: &Taken<'_>) -> Result<Live, Stop> {
    for id in 0..20 {
        let (body, queues) = (vec![id as u8; 100], [entry(id), QueueRecord { queue: 2, id }]);
        let purged = [QueueRecord { queue: 3, id }];
        taken.keep(&[put(id, &body, &queues), put(100 + id, b"purged", &purged)])?;
    }
    for id in (0..20).step_by(3) {
        taken.keep(&[Operation::Delete(entry(id))])?;
    }
    taken
        .keep(&[Operation::Delete(entry(6)), Operation::Delete(QueueRecord { queue: 2, id: 6 })])?;
    for delivery_count in 1..=4 {
        taken.keep(&[Operation::Mark { record: entry(7), delivery_count }])?;
    }
    taken.purge(3)?;
    taken.live(END)
}

fn finds_entries(bench: &Bench) -> Checked {
    let taken = durable(bench)?;
    let before = filled(&taken)?;
    let again = taken.reopened()?;
    again.live(END)?.must_be(&before)?;
    for (record, (_, body, _)) in &before.entries {
        demand(again.read(*record)? == *body, || format!("{record:?} is read as another body"))?;
    }
    let gone = again.read(QueueRecord { queue: 2, id: 6 })?;
    demand(gone.is_none(), || "a deleted entry's body is read".to_owned())?;
    Ok(format!("{} entries, with bodies and counts", before.entries.len()))
}

fn finds_shard_keys(bench: &Bench) -> Checked {
    let taken = durable(bench)?;
    for value in [&b"1"[..], b"2"] {
        taken.keep(&["a", "b", "c"].map(|key| Operation::Meta { key, value }))?;
    }
    taken.keep(&[Operation::Meta { key: "b", value: b"" }])?;
    let before = taken.live(END)?;
    let again = taken.reopened()?;
    again.live(END)?.must_be(&before)?;
    again.keep(&[Operation::Meta { key: "b", value: b"3" }])?;
    let found = again.reopened()?.live(END)?.meta.remove("b");
    demand(found.as_deref() == Some(b"3"), || format!("a key that was made again is {found:?}"))?;
    Ok("two keys, one removed and made again".to_owned())
}

fn finds_keys(bench: &Bench) -> Checked {
    let taken = durable(bench)?;
    let first = taken.must_set("key", NEW, b"1")?;
    let second = taken.must_set("key", first, b"2")?;
    let empty = taken.must_set("empty", NEW, b"")?;
    let removable = taken.must_set("removed", NEW, b"x")?;
    let removes = taken.store.offers().contains(Offers::META_REMOVE);
    if removes {
        let remove = |done| taken.store.meta_remove("removed", removable, done);
        done("meta_remove", bench.subject.answer("meta_remove", remove)?)?;
    }
    let again = taken.reopened()?;
    let get = |key| done("meta_get", again.store.meta_get(key));
    let removed = (!removes).then(|| (removable, b"x".to_vec()));
    for (key, expected) in [
        ("key", Some((second, b"2".to_vec()))),
        ("empty", Some((empty, Vec::new()))),
        ("removed", removed),
    ] {
        let found = get(key)?;
        demand(found == expected, || {
            format!("the key '{key}' was {expected:?} and is {found:?} (revision, value)")
        })?;
    }
    let stale = again.set("key", first, b"stale")?;
    demand(stale.is_none(), || "a former revision is taken for the last".to_owned())?;
    let third = again.must_set("key", second, b"3")?;
    let expected = if removes { NEW } else { removable };
    let made = again.must_set("removed", expected, b"y")?;
    demand(third > second && made > removable, || "revisions descend".to_owned())?;
    Ok("values and revisions".to_owned())
}

fn goes_on(bench: &Bench) -> Checked {
    let taken = durable(bench)?;
    let mut epoch = taken.epoch;
    for _ in 0..3 {
        epoch = bench.acquire(taken.store.as_ref(), SHARD)?.epoch;
    }
    let other = bench.acquire(taken.store.as_ref(), Shard(5))?.epoch;
    let taken = Taken { epoch, ..taken };
    let end = taken.keep(&[put(1, b"1", &[entry(1)])])?;
    let Taken { making, store, .. } = taken;
    bench.close(&making, store)?;
    let making = bench.subject.again(&making);
    let store = bench.store_in(&making)?;
    let acquired = bench.acquire(store.as_ref(), SHARD)?;
    demand(acquired.epoch > epoch, || {
        format!("epoch {} is granted after epoch {}", acquired.epoch.0, epoch.0)
    })?;
    let of_other = bench.acquire(store.as_ref(), Shard(5))?.epoch;
    demand(of_other > other, || {
        format!("epoch {} of another shard is granted after epoch {}", of_other.0, other.0)
    })?;
    let fence = acquired.fence;
    demand(fence >= end, || format!("the fence {} stands before {}", fence.0, end.0))?;
    let up_to_fence = Live::of(records(store.as_ref(), Position(0), fence)?).messages();
    demand(up_to_fence == [1], || format!("up to the fence there are {up_to_fence:?}"))?;
    let again = Taken { bench, making, store, epoch: acquired.epoch };
    let next = again.keep(&[put(2, b"2", &[entry(2)])])?;
    demand(next > fence, || format!("position {} is given again", next.0))?;
    let tail = Live::of(again.records(fence, END)?).messages();
    demand(tail == [2], || format!("behind the fence there are {tail:?}"))?;
    Ok("a later epoch, behind everything earlier".to_owned())
}

fn retries(bench: &Bench) -> Checked {
    let taken = durable(bench)?;
    let both = [entry(1), QueueRecord { queue: 2, id: 1 }];
    taken.keep(&[put(1, b"1", &both), put(2, b"2", &[entry(2)])])?;
    taken.keep(&[Operation::Mark { record: entry(1), delivery_count: 2 }])?;
    let before = taken.live(END)?;
    let again = taken.reopened()?;
    again.keep(&[put(1, b"1", &both)])?;
    again.live(END)?.must_be(&before)?;
    again.keep(&[Operation::Delete(entry(1))])?;
    let left = again.reopened()?.live(END)?.messages();
    demand(left == [2, 1], || format!("the messages are {left:?} instead of [2, 1]"))?;
    Ok("one put, before and after".to_owned())
}

fn many_starts(bench: &Bench) -> Checked {
    let mut taken = durable(bench)?;
    let starts = 8;
    for start in 0..starts {
        let first = start * 10;
        for id in first..first + 10 {
            taken.keep(&[put(id, &id.to_be_bytes(), &[entry(id)])])?;
        }
        let settled = first.saturating_sub(5);
        taken.keep(&[Operation::Delete(entry(settled)), Operation::Delete(entry(settled + 1))])?;
        let before = taken.live(END)?;
        taken = taken.reopened()?;
        taken.live(END)?.must_be(&before)?;
    }
    Ok(format!("{starts} starts, ten puts and two deletes each"))
}
