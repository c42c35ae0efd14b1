//! An answer is a message's and an expression's own, and reads what was said.

use philter_plugin_api::{FilterHandle, Reads};

use super::bench::{Bench, matches, same};
use crate::limits::ROUNDS;
use crate::probe::{probes, views};
use crate::rule::{Checked, Rule, demand, done, refused};
use crate::sample::hostile_messages;
use crate::threads::together;

/// Why no component gets a handle that does not exist.
const NOT_ASKED: &str = "a component is not asked: its host knows the handles";

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "answers only the handles and messages it was asked for", check: asked_for },
    Rule { name: "refuses a handle that does not exist", check: knows_not },
    Rule { name: "answers the same however messages and handles are batched", check: batches },
    Rule { name: "answers for any number of messages and handles", check: any_number },
    Rule { name: "answers the same from many threads at once", check: many_match },
    Rule { name: "reads of a message only what its expression says", check: reads_what_it_says },
    Rule {
        name: "finds no match, and no error, in a message it cannot read",
        check: reads_anything,
    },
];

fn asked_for(bench: &Bench) -> Checked {
    let loaded = bench.loaded()?;
    let messages = bench.messages();
    let handles = loaded.handles();
    let mut count = 0;
    for handle in &handles {
        let answers = matches(loaded.filter.as_ref(), &views(&messages), &[*handle])?;
        count += answers.iter().map(Vec::len).sum::<usize>();
    }
    let none = matches(loaded.filter.as_ref(), &views(&messages), &[])?;
    demand(none.iter().all(Vec::is_empty), || "it answers without a handle".to_owned())?;
    Ok(format!("{} handles, {} messages, {count} matches", handles.len(), messages.len()))
}

fn knows_not(bench: &Bench) -> Checked {
    bench.subject.plugin.only_a_library(NOT_ASKED)?;
    let loaded = bench.loaded()?;
    let messages = bench.messages();
    let unknown = FilterHandle(u64::MAX - 7);
    let matched = loaded.filter.matches(&views(&messages), &[unknown], &mut |_, _| {});
    let error = refused("matches of a handle that does not exist", matched)?;
    Ok(format!("{:?}", error.kind()))
}

fn batches(bench: &Bench) -> Checked {
    let loaded = bench.loaded()?;
    let messages = bench.messages();
    let expected = loaded.steady(&messages)?;
    let (filter, handles) = (loaded.filter.as_ref(), loaded.handles());
    let whole = views(&messages);
    for size in [2, 3, 33, 1000] {
        let mut answers = Vec::new();
        for part in whole.chunks(size) {
            answers.extend(matches(filter, part, &handles)?);
        }
        same(&format!("in batches of {size}"), &expected, &answers)?;
    }
    let mut by_handle = vec![Vec::new(); messages.len()];
    for (index, handle) in handles.iter().enumerate() {
        let answers = matches(filter, &whole, &[*handle])?;
        for (indices, answer) in by_handle.iter_mut().zip(answers) {
            indices.extend(answer.iter().map(|_| index));
        }
    }
    same("with one handle at a time", &expected, &by_handle)?;
    Ok(format!("{} messages, {} handles", messages.len(), handles.len()))
}

/// The answers are bits of one row in a component: every remainder of their number by 8.
fn any_number(bench: &Bench) -> Checked {
    let loaded = bench.loaded()?;
    let messages = bench.messages();
    let expected = loaded.steady(&messages)?;
    let (filter, handles) = (loaded.filter.as_ref(), loaded.handles());
    let mut count = 0;
    for messages_taken in 0..messages.len().min(9) {
        for handles_taken in 1..=9 {
            let batch: Vec<_> = views(&messages).into_iter().take(messages_taken).collect();
            let some: Vec<_> = handles.iter().cycle().take(handles_taken).copied().collect();
            let wanted = expected.iter().take(messages_taken).map(|indices| {
                let is_matched = |nth: &usize| indices.contains(&(nth % handles.len()));
                (0..handles_taken).filter(is_matched).collect()
            });
            let wanted: Vec<Vec<usize>> = wanted.collect();
            let when = format!("of {messages_taken} messages, with {handles_taken} handles,");
            same(&when, &wanted, &matches(filter, &batch, &some)?)?;
            count += 1;
        }
    }
    Ok(format!("{count} batches of up to 9 messages and handles"))
}

fn many_match(bench: &Bench) -> Checked {
    let loaded = bench.loaded()?;
    let expected = loaded.steady(&bench.messages())?;
    let (filter, handles) = (loaded.filter.as_ref(), loaded.handles());
    together(|thread| {
        let messages = bench.messages();
        for _ in 0..ROUNDS / 4 {
            let answers = matches(filter, &views(&messages), &handles)?;
            same("while other threads match", &expected, &answers)?;
            let own = loaded.compiled.get(thread % loaded.compiled.len());
            if let Some(own) = own {
                filter.release(done("compile", filter.compile(own.expression))?.0);
            }
        }
        Ok(())
    })?;
    Ok(format!("{} rounds of {} messages in each thread", ROUNDS / 4, expected.len()))
}

fn reads_what_it_says(bench: &Bench) -> Checked {
    bench.subject.plugin.only_a_library("a component gets what it said, and no more")?;
    let loaded = bench.loaded()?;
    for compiled in &loaded.compiled {
        let messages = bench.messages();
        matches(loaded.filter.as_ref(), &views(&messages), &[compiled.handle])?;
        let said = compiled.reads | Reads::KEY;
        let read = messages.iter().fold(Reads::KEY, |read, message| read | message.reads());
        demand(said.contains(read), || {
            let (said, read) = (said.bits(), read.bits());
            let expression = compiled.expression;
            format!("'{expression}' says that it reads {said:#06b}, and it reads {read:#06b}")
        })?;
    }
    Ok(format!("{} expressions, each alone", loaded.compiled.len()))
}

fn reads_anything(bench: &Bench) -> Checked {
    let loaded = bench.loaded()?;
    let handles = loaded.handles();
    let samples = hostile_messages();
    for message in probes(&samples) {
        matches(loaded.filter.as_ref(), &[&message], &handles)?;
    }
    Ok(format!("{} unpleasant messages", samples.len()))
}
