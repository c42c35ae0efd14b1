//! What a call lends is lent for the call.

use super::bench::{Bench, Loaded, binding, route, same};
use crate::overwrite::{LentBytes, LentText};
use crate::probe::views;
use crate::rule::{Checked, Rule, Stop, done};

/// Why a component keeps nothing.
const COPIED: &str = "a component gets copies";

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "keeps no slice of a binding that it was lent", check: bindings_are_copied },
    Rule { name: "keeps no slice of a message that it was lent", check: messages_are_not_kept },
];

fn bindings_are_copied(bench: &Bench) -> Checked {
    bench.subject.plugin.only_a_library(COPIED)?;
    let loaded = bench.loaded()?;
    let messages = bench.messages();
    let expected = loaded.steady(&messages)?;
    let exchange = bench.exchange()?;
    let mut lent = Lent::of(&loaded);
    for (held, lent) in loaded.held.iter().zip(&mut lent) {
        let Lent { queue, key, arguments } = lent;
        let (queue, key) = (queue.as_str(), key.as_str());
        let binding = binding(held.id, queue, key, arguments.as_slice());
        done("bind", binding.and_then(|binding| exchange.bind(&binding)))?;
    }
    for lent in &mut lent {
        lent.overwrite();
    }
    let answers = route(exchange.as_ref(), &views(&messages))?;
    same("once what bind was lent is overwritten", &expected, &answers)?;
    bench.subject.end(exchange)?;
    Ok(format!("{} bindings, overwritten after bind", lent.len()))
}

fn messages_are_not_kept(bench: &Bench) -> Checked {
    bench.subject.plugin.only_a_library(COPIED)?;
    let loaded = bench.loaded()?;
    let messages = bench.messages();
    let expected = loaded.steady(&messages)?;
    let mut overwritten = bench.messages();
    loaded.routed(&overwritten)?;
    let mut rounds = || -> Result<(), Stop> {
        for message in &mut overwritten {
            message.overwrite();
        }
        loaded.routed(&overwritten)?;
        same("after other messages were overwritten", &expected, &loaded.routed(&messages)?)
    };
    rounds()?;
    rounds()?;
    Ok(format!("{} messages, overwritten after route", messages.len()))
}

/// What bind is lent.
struct Lent {
    queue: LentText,
    key: LentText,
    arguments: LentBytes,
}

impl Lent {
    fn of(loaded: &Loaded<'_>) -> Vec<Self> {
        let lent = loaded.held.iter().map(|held| Self {
            queue: LentText::new(&format!("queue-{}", held.id.0)),
            key: LentText::new(&held.sample.key),
            arguments: LentBytes::new(&held.sample.encoded_arguments()),
        });
        lent.collect()
    }

    fn overwrite(&mut self) {
        self.queue.overwrite();
        self.key.overwrite();
        self.arguments.overwrite();
    }
}
