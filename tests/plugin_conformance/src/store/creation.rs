//! Stores come and go; what outlives them is what they say.

use philter_plugin_api::{Position, QueueRecord};

use super::bench::{Bench, Live, SHARD, entry, put, records};
use crate::json::is_offered;
use crate::rule::{Checked, Rule, demand, skips};

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "makes an instance, and ends it", check: lives },
    Rule { name: "refuses a configuration that is no JSON object", check: refuses_bad_json },
    Rule { name: "keeps instances apart", check: instances_are_apart },
    Rule { name: "finds again what it said is durable", check: outlives },
    Rule { name: "counts in JSON", check: counts },
];

fn lives(bench: &Bench) -> Checked {
    for _ in 0..3 {
        bench.subject.end(bench.store()?)?;
    }
    Ok("three instances, one after the other".to_owned())
}

fn refuses_bad_json(bench: &Bench) -> Checked {
    let (library, factory) = (&bench.subject.library, &bench.subject.factory);
    bench
        .subject
        .refuses_bad_json(|context| library.create_store(&factory.type_name, context).map(drop))
}

fn instances_are_apart(bench: &Bench) -> Checked {
    if bench.subject.options.data_dir.is_some() {
        return skips("all instances were given the same data directory");
    }
    let one = bench.taken()?;
    let other = bench.taken()?;
    one.keep(&[put(1, b"body", &[entry(1)])])?;
    let seen = records(other.store.as_ref(), Position(0), Position(u64::MAX))?;
    demand(seen.is_empty(), || "a store hands over what another was given".to_owned())?;
    Ok("two instances".to_owned())
}

fn outlives(bench: &Bench) -> Checked {
    let making = bench.subject.making()?;
    let store = bench.store_in(&making.context())?;
    if !store.capabilities().is_durable_on_ack {
        return skips("it says that nothing outlives the process");
    }
    let epoch = bench.acquire(store.as_ref(), SHARD)?.epoch;
    let queues = [entry(1), QueueRecord { queue: 2, id: 1 }];
    bench.append(store.as_ref(), epoch, &[put(1, b"body", &queues), put(2, b"", &[entry(2)])])?;
    bench.subject.end(store)?;
    let again = bench.store_in(&making.context())?;
    let acquired = bench.acquire(again.as_ref(), SHARD)?;
    demand(acquired.epoch > epoch, || "an epoch is granted twice".to_owned())?;
    let live = Live::of(records(again.as_ref(), Position(0), acquired.fence)?);
    demand(live.messages() == [1, 2, 1], || {
        format!("of the messages [1, 2, 1] the next instance finds {:?}", live.messages())
    })?;
    Ok("three entries after a new start".to_owned())
}

fn counts(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    taken.keep(&[put(1, b"body", &[entry(1)])])?;
    let has_statistics = is_offered("statistics", taken.store.statistics(SHARD))?;
    demand(has_statistics, || "it has no entry 'statistics', which is mandatory".to_owned())?;
    let also = if is_offered("inspect", taken.store.inspect())? { " and the store" } else { "" };
    Ok(format!("a shard{also}"))
}
