//! An instance is called from many threads at once.

use philter_plugin_api::{BindingId, Exchange};

use super::bench::{Answers, Bench, bind, numbered, route, same, singly};
use crate::limits::{ROUNDS, THREADS};
use crate::probe::{Probe, views};
use crate::rule::{Checked, Rule, Stop, done, fails};
use crate::threads::together;

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "answers the same from many threads at once", check: many_route },
    Rule { name: "keeps its answers while bindings come and go", check: bindings_come_and_go },
];

fn many_route(bench: &Bench) -> Checked {
    let loaded = bench.loaded()?;
    let expected = loaded.steady(&bench.messages())?;
    let exchange = loaded.exchange.as_ref();
    together(|_| {
        let messages = bench.messages();
        for _ in 0..ROUNDS {
            route_both_ways(exchange, &messages, &expected)?;
        }
        Ok(())
    })?;
    Ok(format!("{THREADS} threads, {ROUNDS} rounds of {} messages", expected.len()))
}

fn route_both_ways(
    exchange: &dyn Exchange,
    messages: &[Probe],
    expected: &Answers,
) -> Result<(), Stop> {
    let when = "while other threads route";
    same(when, expected, &route(exchange, &views(messages))?)?;
    same(when, expected, &singly(exchange, messages)?)
}

/// One thread binds and unbinds, the others route.
fn bindings_come_and_go(bench: &Bench) -> Checked {
    let loaded = bench.loaded()?;
    let messages = bench.messages();
    let expected = loaded.steady(&messages)?;
    let exchange = loaded.exchange.as_ref();
    let is_known =
        |id: BindingId| loaded.held.iter().any(|held| held.id == id || other(held.id) == id);
    together(|thread| {
        let messages = bench.messages();
        for _ in 0..ROUNDS / 4 {
            if thread == 0 {
                come_and_go(bench, exchange, &is_known)?;
                continue;
            }
            for ids in route(exchange, &views(&messages))? {
                if let Some(BindingId(id)) = ids.into_iter().find(|id| !is_known(*id)) {
                    return fails(format!("{id} is answered, which was never bound"));
                }
            }
        }
        Ok(())
    })?;
    same("after bindings came and went", &expected, &loaded.routed(&messages)?)?;
    Ok(format!("{} bindings come and go, {} threads route", loaded.held.len(), THREADS - 1))
}

fn come_and_go(
    bench: &Bench,
    exchange: &dyn Exchange,
    is_known: &dyn Fn(BindingId) -> bool,
) -> Result<(), Stop> {
    let samples = numbered(&bench.subject.options.samples.bindings);
    let taken: Vec<_> = samples.filter(|(id, _)| is_known(*id)).collect();
    for &(id, sample) in &taken {
        done("bind", bind(exchange, other(id), sample))?;
    }
    for (id, _) in taken {
        done("unbind", exchange.unbind(other(id)))?;
    }
    Ok(())
}

/// The id of a second binding like this one.
fn other(id: BindingId) -> BindingId {
    BindingId(id.0 + 700_000_000)
}
