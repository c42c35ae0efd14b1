//! An answer is a message's own: it depends neither on the batch nor on what came before.

use std::collections::HashMap;

use super::bench::{Bench, Held, route, same};
use crate::probe::views;
use crate::rule::{Checked, Rule, demand, skips};

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "answers the same however messages are batched", check: batches },
    Rule { name: "answers the same again where answers may be cached", check: cacheable },
];

fn batches(bench: &Bench) -> Checked {
    let loaded = bench.loaded()?;
    let messages = bench.messages();
    let expected = loaded.steady(&messages)?;
    let exchange = loaded.exchange.as_ref();
    let whole = views(&messages);
    same("in one batch", &expected, &route(exchange, &whole)?)?;
    for size in [2, 3, 7, 33] {
        let mut answers = Vec::new();
        for part in whole.chunks(size) {
            answers.extend(route(exchange, part)?);
        }
        same(&format!("in batches of {size}"), &expected, &answers)?;
    }
    let backwards: Vec<_> = whole.iter().rev().copied().collect();
    let mut answers = route(exchange, &backwards)?;
    answers.reverse();
    same("in one batch, backwards,", &expected, &answers)?;
    let large: Vec<_> = whole.iter().cycle().take(1000).copied().collect();
    let expected_large = expected.iter().cycle().take(1000).cloned().collect();
    same("in a batch of 1000", &expected_large, &route(exchange, &large)?)?;
    Ok(format!("{} messages in batches of 1 to 1000", messages.len()))
}

fn cacheable(bench: &Bench) -> Checked {
    let loaded = bench.loaded()?;
    let is_cached = |held: &Held<'_>| held.bound.cacheable && held.bound.reads.is_key_only();
    if !loaded.held.iter().all(is_cached) {
        return skips("the broker would not cache the answers of these bindings");
    }
    let messages = bench.messages();
    let expected = loaded.routed(&messages)?;
    for _ in 0..50 {
        same("later", &expected, &loaded.routed(&messages)?)?;
    }
    let mut first_answers = HashMap::new();
    let samples = bench.subject.options.samples.messages.iter().enumerate();
    for ((index, sample), ids) in samples.zip(&expected) {
        let first = first_answers.entry(&sample.key).or_insert(ids);
        demand(*first == ids, || {
            format!("message {index} matches otherwise than another message of the same key")
        })?;
    }
    Ok(format!("{} messages, fifty times", messages.len()))
}
