//! What a filter says of itself is JSON, and what it makes of a message is a verdict.

use philter_plugin_api::{ErrorKind, FilterHandle};

use super::bench::Bench;
use crate::json::{is_offered, listed};
use crate::probe::Probe;
use crate::rule::{Checked, Rule, done, refused, skips};

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "offers the optional entries that it describes, and no others", check: offers },
    Rule { name: "inspects in JSON", check: inspects },
    Rule { name: "explains in JSON", check: explains },
    Rule { name: "tries an expression in JSON", check: tries },
    Rule { name: "gives a verdict on any message", check: transforms },
    Rule { name: "answers its subcommand", check: |bench| bench.subject.runs_its_subcommand() },
];

fn offers(bench: &Bench) -> Checked {
    let loaded = bench.loaded()?;
    let (subject, filter) = (&bench.subject, loaded.filter.as_ref());
    subject.keeps_to_description("inspect", filter.inspect(None))?;
    if let Some(compiled) = loaded.compiled.first() {
        subject.keeps_to_description("explain", filter.explain(compiled.expression))?;
        for message in bench.messages().iter().take(1) {
            let tried = filter.try_expression(compiled.expression, message);
            subject.keeps_to_description("try_expression", tried)?;
            let verdict = filter.transform(compiled.handle, message);
            subject.keeps_to_description("transform", verdict)?;
        }
    }
    Ok(format!("it has {}", listed(&subject.factory.optional_entries)))
}

fn inspects(bench: &Bench) -> Checked {
    let loaded = bench.loaded()?;
    if !is_offered("inspect", loaded.filter.inspect(None))? {
        return skips("it has no entry 'inspect'");
    }
    for compiled in &loaded.compiled {
        is_offered("inspect of an expression", loaded.filter.inspect(Some(compiled.handle)))?;
    }
    let unknown = loaded.filter.inspect(Some(FilterHandle(u64::MAX - 7)));
    refused("inspect of a handle that does not exist", unknown)?;
    Ok(format!("the language and {} expressions", loaded.compiled.len()))
}

fn explains(bench: &Bench) -> Checked {
    let loaded = bench.loaded()?;
    for compiled in &loaded.compiled {
        if !is_offered("explain", loaded.filter.explain(compiled.expression))? {
            return skips("it has no entry 'explain'");
        }
    }
    Ok(format!("{} expressions", loaded.compiled.len()))
}

fn tries(bench: &Bench) -> Checked {
    let loaded = bench.loaded()?;
    let samples = &bench.subject.options.samples.messages;
    for compiled in &loaded.compiled {
        for sample in samples {
            let tried = loaded.filter.try_expression(compiled.expression, &Probe::new(sample));
            if !is_offered("try", tried)? {
                return skips("it has no entry 'try'");
            }
        }
    }
    Ok(format!("{} expressions, {} messages", loaded.compiled.len(), samples.len()))
}

fn transforms(bench: &Bench) -> Checked {
    let loaded = bench.loaded()?;
    let (mut count, mut failed) = (0, 0);
    for compiled in &loaded.compiled {
        for message in &bench.messages() {
            match loaded.filter.transform(compiled.handle, message) {
                Err(error) if error.kind() == ErrorKind::Unsupported => {
                    return skips("it has no entry 'transform'");
                }
                // What the binding's own rule is for.
                Err(error) if error.kind() == ErrorKind::InvalidArgument => failed += 1,
                verdict => drop(done("transform", verdict)?),
            }
            count += 1;
        }
    }
    Ok(format!("{count} answers, of which {failed} say what is wrong with a message"))
}
