//! What a store says unasked: that an epoch is lost.

use philter_plugin_api::{Epoch, Event, Shard, Value};

use super::bench::{Bench, SHARD, entry, put};
use crate::rule::{Checked, Rule, demand};

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "tells whoever loses an epoch", check: tells },
    Rule { name: "tells of every epoch once, and of none that goes on", check: tells_once },
];

fn tells(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    taken.keep(&[put(1, b"body", &[entry(1)])])?;
    bench.acquire(taken.store.as_ref(), SHARD)?;
    hears(bench, taken.making.instance(), SHARD, taken.epoch)?;
    Ok("one, after a second node took the shard".to_owned())
}

fn tells_once(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    let instance = taken.making.instance();
    let mut lost = vec![(SHARD, taken.epoch)];
    for _ in 0..2 {
        lost.push((SHARD, bench.acquire(taken.store.as_ref(), SHARD)?.epoch));
    }
    let other = Shard(1);
    lost.push((other, bench.acquire(taken.store.as_ref(), other)?.epoch));
    bench.acquire(taken.store.as_ref(), other)?;
    bench.acquire(taken.store.as_ref(), SHARD)?;
    for (shard, epoch) in &lost {
        hears(bench, instance, *shard, *epoch)?;
    }
    let told = bench.subject.recorder.told(instance);
    demand(told.len() == lost.len(), || {
        format!("{} epochs were lost, and {} events told: {told:?}", lost.len(), told.len())
    })?;
    Ok(format!("{} epochs of two shards", lost.len()))
}

/// Waits for the news that an epoch is lost.
fn hears(
    bench: &Bench,
    instance: philter_plugin_api::InstanceId,
    shard: Shard,
    epoch: Epoch,
) -> Result<(), crate::rule::Stop> {
    let subject = &bench.subject;
    let is_it = |event, value: &Value| {
        let lost = (field(value, "shard"), field(value, "epoch"));
        let (shard, epoch) = (Value::Uint(shard.0), Value::Ulong(epoch.0));
        event == Event::EpochLost && lost == (Some(&shard), Some(&epoch))
    };
    demand(subject.recorder.waits_for_event(instance, subject.deadline(), is_it), || {
        let told = subject.recorder.told(instance);
        format!(
            "nobody is told that epoch {} of shard {} is lost; told is {told:?}",
            epoch.0, shard.0
        )
    })
}

/// A field of an event's map.
pub(super) fn field<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let Value::Map(fields) = value else { return None };
    let is_it = |(key, _): &&(Value, Value)| matches!(key, Value::String(key) if key == name);
    fields.iter().find(is_it).map(|(_, value)| value)
}
