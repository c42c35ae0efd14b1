//! What a call lends is lent for the call.

use super::bench::{Bench, matches, same};
use crate::overwrite::LentText;
use crate::probe::views;
use crate::rule::{Checked, Rule, Stop, done};

/// Why a component keeps nothing.
const COPIED: &str = "a component gets copies";

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule {
        name: "keeps no slice of an expression that it was lent",
        check: expressions_are_copied,
    },
    Rule { name: "keeps no slice of a message that it was lent", check: messages_are_not_kept },
];

fn expressions_are_copied(bench: &Bench) -> Checked {
    bench.subject.plugin.only_a_library(COPIED)?;
    let loaded = bench.loaded()?;
    let messages = bench.messages();
    let expected = loaded.steady(&messages)?;
    let filter = bench.filter()?;
    let texts = loaded.compiled.iter().map(|compiled| LentText::new(compiled.expression));
    let mut texts: Vec<_> = texts.collect();
    let mut handles = Vec::new();
    for text in &texts {
        handles.push(done("compile", filter.compile(text.as_str()))?.0);
    }
    texts.iter_mut().for_each(LentText::overwrite);
    let answers = matches(filter.as_ref(), &views(&messages), &handles)?;
    same("once the expressions are overwritten", &expected, &answers)?;
    bench.subject.end(filter)?;
    Ok(format!("{} expressions, overwritten after compile", texts.len()))
}

fn messages_are_not_kept(bench: &Bench) -> Checked {
    bench.subject.plugin.only_a_library(COPIED)?;
    let loaded = bench.loaded()?;
    let messages = bench.messages();
    let expected = loaded.steady(&messages)?;
    let handles = loaded.handles();
    let mut overwritten = bench.messages();
    let mut round = || -> Result<(), Stop> {
        matches(loaded.filter.as_ref(), &views(&overwritten), &handles)?;
        for message in &mut overwritten {
            message.overwrite();
        }
        let answers = matches(loaded.filter.as_ref(), &views(&messages), &handles)?;
        same("after other messages were overwritten", &expected, &answers)
    };
    round()?;
    round()?;
    Ok(format!("{} messages, overwritten after matches", messages.len()))
}
