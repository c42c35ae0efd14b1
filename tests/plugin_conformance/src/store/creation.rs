//! Stores come and go, and say what they are.

use philter_plugin_api::{ErrorKind, Position, Shard};

use super::bench::{Bench, END, SHARD, entry, put, records};
use crate::json::is_offered;
use crate::rule::{Checked, Rule, demand, skips};

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "makes an instance, and ends it", check: lives },
    Rule { name: "refuses a configuration that is no JSON object", check: refuses_bad_json },
    Rule { name: "keeps instances apart", check: instances_are_apart },
    Rule { name: "counts in JSON", check: counts },
    Rule { name: "says what its durability is", check: says_its_durability },
];

fn lives(bench: &Bench) -> Checked {
    for _ in 0..3 {
        bench.subject.end(bench.store()?)?;
    }
    Ok("three instances, one after the other".to_owned())
}

fn refuses_bad_json(bench: &Bench) -> Checked {
    let (plugin, factory) = (&bench.subject.plugin, &bench.subject.factory);
    bench
        .subject
        .refuses_bad_json(|context| plugin.create_store(&factory.type_name, context).map(drop))
}

fn instances_are_apart(bench: &Bench) -> Checked {
    let one = bench.taken()?;
    let other = bench.taken()?;
    one.keep(&[put(1, b"body", &[entry(1)])])?;
    let seen = records(other.store.as_ref(), Position(0), END)?;
    demand(seen.is_empty(), || "a store hands over what another was given".to_owned())?;
    Ok("two instances".to_owned())
}

fn counts(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    taken.keep(&[put(1, b"body", &[entry(1)])])?;
    let has_statistics = is_offered("statistics", taken.store.statistics(SHARD))?;
    demand(has_statistics, || "it has no entry 'statistics', which is mandatory".to_owned())?;
    let unknown = taken.store.statistics(Shard(77));
    demand(matches!(&unknown, Err(error) if error.kind() == ErrorKind::NotFound), || {
        format!("the statistics of a shard that nobody took are {unknown:?}")
    })?;
    Ok("a shard that is there, and one that is not".to_owned())
}

fn says_its_durability(bench: &Bench) -> Checked {
    let taken = bench.taken()?;
    let answer = taken.store.inspect();
    if !is_offered("inspect", answer.clone())? {
        return skips("it has no entry 'inspect'");
    }
    let state = answer.ok().and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok());
    let text = |member: &str| {
        let value = state.as_ref().and_then(|state| state.get(member));
        value.and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
    };
    let (durability, sync) = (text("durability"), text("sync"));
    demand(durability.contains(' '), || {
        "'durability' of inspect is no sentence that says what outlives what".to_owned()
    })?;
    demand(["always", "interval", "never"].contains(&sync.as_str()), || {
        format!("'sync' of inspect is '{sync}', and not always, interval or never")
    })?;
    let is_durable = taken.store.capabilities().is_durable_on_ack;
    Ok(format!("sync {sync}, is_durable_on_ack {is_durable}: {durability}"))
}
