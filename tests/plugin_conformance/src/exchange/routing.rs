//! What is answered is held, and nothing that somebody sends is an error.

use super::bench::{Bench, listed, route};
use crate::probe::{probes, views};
use crate::rule::{Checked, Rule, Stop, fails};
use crate::sample::hostile_messages;

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "answers only bindings that it holds", check: answers_what_it_holds },
    Rule {
        name: "finds no match, and no error, in a message it cannot read",
        check: reads_anything,
    },
];

fn answers_what_it_holds(bench: &Bench) -> Checked {
    let loaded = bench.loaded()?;
    let messages = bench.messages();
    let answers = loaded.routed(&messages)?;
    for (index, ids) in answers.iter().enumerate() {
        let is_held = |id| loaded.held.iter().any(|held| held.id == id);
        if let Some(stranger) = ids.iter().find(|id| !is_held(**id)) {
            let held: Vec<_> = loaded.held.iter().map(|held| held.id).collect();
            let (stranger, held) = (stranger.0, listed(&held));
            return fails(format!("message {index} matches {stranger}, which is none of {held}"));
        }
    }
    let matches: usize = answers.iter().map(Vec::len).sum();
    Ok(format!("{} messages, {matches} matches", messages.len()))
}

fn reads_anything(bench: &Bench) -> Checked {
    let loaded = bench.loaded()?;
    let samples = hostile_messages();
    for (sample, probe) in samples.iter().zip(probes(&samples)) {
        route(loaded.exchange.as_ref(), &[&probe]).map_err(|stop| match stop {
            Stop::Fails(what) => {
                let key: String = sample.key.chars().take(20).collect();
                Stop::Fails(format!("a message with the key {key:?}…: {what}"))
            }
            skip @ Stop::Skips(_) => skip,
        })?;
    }
    let all = probes(&samples);
    route(loaded.exchange.as_ref(), &views(&all))?;
    Ok(format!("{} unpleasant messages", samples.len()))
}
