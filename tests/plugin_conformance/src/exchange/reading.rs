//! A binding reads of a message what it said, so that the broker may cache and leave the rest
//! undecoded.

use philter_plugin_api::Reads;

use super::bench::{Bench, bind, route, same};
use crate::probe::{probes, views};
use crate::rule::{Checked, Rule, demand, done, skips};

/// Why a component reads nothing else.
const GIVEN: &str = "a component gets what it said, and no more";

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "reads of a message only what its bindings say", check: reads_what_it_says },
    Rule { name: "depends on the key alone where its bindings say so", check: key_only },
];

fn reads_what_it_says(bench: &Bench) -> Checked {
    bench.subject.plugin.only_a_library(GIVEN)?;
    let loaded = bench.loaded()?;
    for held in &loaded.held {
        let exchange = bench.exchange()?;
        let bound = done("bind", bind(exchange.as_ref(), held.id, held.sample))?;
        let said = bound.reads | Reads::KEY;
        let messages = bench.messages();
        route(exchange.as_ref(), &views(&messages))?;
        for (index, message) in messages.iter().enumerate() {
            let read = message.reads();
            demand(said.contains(read), || {
                let (sample, said, read) = (held.sample, listed(said), listed(read));
                format!("of message {index} it reads {read}; the binding {sample} says {said}")
            })?;
        }
    }
    Ok(format!("{} bindings, each alone", loaded.held.len()))
}

fn key_only(bench: &Bench) -> Checked {
    bench.subject.plugin.only_a_library(GIVEN)?;
    let mut looked_at = 0;
    for held in bench.loaded()?.held {
        if !held.bound.reads.is_key_only() || !held.bound.cacheable {
            continue;
        }
        let exchange = bench.exchange()?;
        done("bind", bind(exchange.as_ref(), held.id, held.sample))?;
        let samples = &bench.subject.options.samples.messages;
        let others: Vec<_> = samples.iter().map(|sample| sample.with_other_content()).collect();
        let expected = route(exchange.as_ref(), &views(&probes(samples)))?;
        let answers = route(exchange.as_ref(), &views(&probes(&others)))?;
        let when = format!("with other headers, properties and body, for {},", held.sample);
        same(&when, &expected, &answers)?;
        looked_at += 1;
    }
    if looked_at == 0 {
        return skips("no binding says that it reads the key alone");
    }
    Ok(format!("{looked_at} bindings"))
}

fn listed(reads: Reads) -> String {
    let parts = [
        (Reads::KEY, "the key"),
        (Reads::PROPERTIES, "properties"),
        (Reads::HEADERS, "headers"),
        (Reads::BODY, "the body"),
    ];
    let parts = parts.into_iter().filter(|(part, _)| reads.contains(*part));
    parts.map(|(_, name)| name).collect::<Vec<_>>().join(", ")
}
