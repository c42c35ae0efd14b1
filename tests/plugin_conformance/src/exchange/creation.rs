//! Instances come and go, and know nothing of each other.

use super::bench::{Bench, bind, numbered, route};
use crate::probe::{probes, views};
use crate::rule::{Checked, Rule, demand, refused};

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "makes an instance, and ends it", check: lives },
    Rule { name: "refuses a configuration that is no JSON object", check: refuses_bad_json },
    Rule { name: "keeps instances apart", check: instances_are_apart },
    Rule { name: "leaves nothing behind when an instance ends", check: leaves_nothing },
];

fn lives(bench: &Bench) -> Checked {
    let exchange = bench.exchange()?;
    let nothing = route(exchange.as_ref(), &[])?;
    demand(nothing.is_empty(), || "an empty batch is answered".to_owned())?;
    let messages = bench.messages();
    let unbound = route(exchange.as_ref(), &views(&messages))?;
    demand(unbound.iter().all(Vec::is_empty), || "it answers without a binding".to_owned())?;
    bench.subject.end(exchange)?;
    Ok(format!("{} messages match nothing while nothing is bound", messages.len()))
}

fn refuses_bad_json(bench: &Bench) -> Checked {
    let (plugin, factory) = (&bench.subject.plugin, &bench.subject.factory);
    bench
        .subject
        .refuses_bad_json(|context| plugin.create_exchange(&factory.type_name, context).map(drop))
}

fn instances_are_apart(bench: &Bench) -> Checked {
    let loaded = bench.loaded()?;
    let other = bench.exchange()?;
    let messages = bench.messages();
    let answers = route(other.as_ref(), &views(&messages))?;
    demand(answers.iter().all(Vec::is_empty), || {
        "an instance without bindings answers for another's".to_owned()
    })?;
    for held in &loaded.held {
        refused("unbind of another instance's binding", other.unbind(held.id))?;
    }
    Ok(format!("{} bindings of one are unknown to the other", loaded.held.len()))
}

fn leaves_nothing(bench: &Bench) -> Checked {
    let samples = &bench.subject.options.samples;
    let messages = probes(&samples.messages);
    for _ in 0..10 {
        let exchange = bench.exchange()?;
        let answers = route(exchange.as_ref(), &views(&messages))?;
        demand(answers.iter().all(Vec::is_empty), || {
            "a new instance answers for one that has ended".to_owned()
        })?;
        for (id, sample) in numbered(&samples.bindings) {
            // Whether it takes the binding is another rule's matter.
            let _ = bind(exchange.as_ref(), id, sample);
        }
        bench.subject.end(exchange)?;
    }
    Ok("ten instances, one after the other".to_owned())
}
