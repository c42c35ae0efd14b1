//! What an exchange says of itself is JSON.

use philter_plugin_api::BindingId;

use super::bench::{Bench, binding};
use crate::json::{is_offered, listed};
use crate::probe::Probe;
use crate::rule::{Checked, Rule, done, refused, skips};

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "offers the optional entries that it describes, and no others", check: offers },
    Rule { name: "inspects in JSON", check: inspects },
    Rule { name: "explains in JSON", check: explains },
    Rule { name: "tries a binding in JSON, and binds nothing", check: tries },
    Rule { name: "answers its subcommand", check: |bench| bench.subject.runs_its_subcommand() },
];

const NOWHERE: BindingId = BindingId(u64::MAX);

fn offers(bench: &Bench) -> Checked {
    let loaded = bench.loaded()?;
    let (subject, exchange) = (&bench.subject, loaded.exchange.as_ref());
    subject.keeps_to_description("inspect", exchange.inspect(None))?;
    if let Some(held) = loaded.held.first() {
        subject.keeps_to_description("explain", exchange.explain(held.id))?;
        let arguments = held.sample.encoded_arguments();
        let binding = done("binding", binding(NOWHERE, "queue", &held.sample.key, &arguments))?;
        for message in bench.messages().iter().take(1) {
            let tried = exchange.try_binding(&binding, message);
            subject.keeps_to_description("try_binding", tried)?;
        }
    }
    Ok(format!("it has {}", listed(&subject.factory.optional_entries)))
}

fn inspects(bench: &Bench) -> Checked {
    let loaded = bench.loaded()?;
    if !is_offered("inspect", loaded.exchange.inspect(None))? {
        return skips("it has no entry 'inspect'");
    }
    loaded.routed(&bench.messages())?;
    for held in &loaded.held {
        is_offered("inspect of a binding", loaded.exchange.inspect(Some(held.id)))?;
    }
    refused("inspect of a binding that is not there", loaded.exchange.inspect(Some(NOWHERE)))?;
    Ok(format!("the exchange and {} bindings", loaded.held.len()))
}

fn explains(bench: &Bench) -> Checked {
    let loaded = bench.loaded()?;
    for held in &loaded.held {
        if !is_offered("explain", loaded.exchange.explain(held.id))? {
            return skips("it has no entry 'explain'");
        }
    }
    refused("explain of a binding that is not there", loaded.exchange.explain(NOWHERE))?;
    Ok(format!("{} bindings", loaded.held.len()))
}

fn tries(bench: &Bench) -> Checked {
    let loaded = bench.loaded()?;
    let exchange = bench.exchange()?;
    for held in &loaded.held {
        let arguments = held.sample.encoded_arguments();
        let binding = done("binding", binding(held.id, "queue", &held.sample.key, &arguments))?;
        for sample in &bench.subject.options.samples.messages {
            let tried = exchange.try_binding(&binding, &Probe::new(sample));
            if !is_offered("try", tried)? {
                return skips("it has no entry 'try'");
            }
        }
        refused("unbind of a binding that was only tried", exchange.unbind(held.id))?;
    }
    Ok(format!("{} bindings", loaded.held.len()))
}
