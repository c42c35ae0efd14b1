//! Bindings are taken, refused and forgotten.

use philter_plugin_api::{BindingId, ErrorKind, Exchange};

use super::bench::{Bench, bind, numbered, route, same};
use crate::probe::views;
use crate::rule::{Checked, Rule, Stop, demand, described, done, fails, refused, skips};

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "takes bindings", check: takes },
    Rule { name: "forgets a binding once it is unbound", check: forgets },
    Rule { name: "answers not-found for a binding that it does not hold", check: knows_not },
    Rule { name: "changes nothing when it refuses a binding", check: refusal_changes_nothing },
    Rule { name: "takes a binding again under a new id", check: takes_again },
    Rule { name: "answers the same after its bindings are replayed", check: replays },
];

/// Why no component is told to unbind what it does not hold.
const NOT_ASKED: &str = "a component is not asked: its host knows the bindings";

/// An id that no rule binds.
const NOWHERE: BindingId = BindingId(u64::MAX);

fn takes(bench: &Bench) -> Checked {
    let loaded = bench.loaded()?;
    let messages = bench.messages();
    let matches: usize = loaded.routed(&messages)?.iter().map(Vec::len).sum();
    demand(matches > 0, || {
        "no sample message matches a sample binding: give some by --binding and --message"
            .to_owned()
    })?;
    let (held, refused) = (loaded.held.len(), loaded.refused.len());
    Ok(format!(
        "{held} are taken, {refused} refused; {} messages, {matches} matches",
        messages.len()
    ))
}

fn forgets(bench: &Bench) -> Checked {
    let loaded = bench.loaded()?;
    let messages = bench.messages();
    for (index, held) in loaded.held.iter().enumerate() {
        done("unbind", loaded.exchange.unbind(held.id))?;
        let left = loaded.held.get(index + 1..).unwrap_or_default();
        for ids in loaded.routed(&messages)? {
            let stranger = ids.iter().find(|id| !left.iter().any(|held| held.id == **id));
            if let Some(BindingId(id)) = stranger {
                return fails(format!("binding {id} is answered after it was unbound"));
            }
        }
    }
    Ok(format!("{} bindings, one after the other", loaded.held.len()))
}

fn knows_not(bench: &Bench) -> Checked {
    bench.subject.plugin.only_a_library(NOT_ASKED)?;
    let loaded = bench.loaded()?;
    not_found(loaded.exchange.as_ref(), NOWHERE)?;
    for held in &loaded.held {
        done("unbind", loaded.exchange.unbind(held.id))?;
        not_found(loaded.exchange.as_ref(), held.id)?;
    }
    Ok(format!("one that never was, and {} unbound twice", loaded.held.len()))
}

fn not_found(exchange: &dyn Exchange, id: BindingId) -> Result<(), Stop> {
    let error = refused("unbind of a binding that is not there", exchange.unbind(id))?;
    demand(error.kind() == ErrorKind::NotFound, || {
        format!("unbind of a binding that is not there: {}", described(&error))
    })
}

fn refusal_changes_nothing(bench: &Bench) -> Checked {
    let loaded = bench.loaded()?;
    let messages = bench.messages();
    let before = loaded.steady(&messages)?;
    let bad_bindings = bench.subject.options.samples.bad_bindings.iter();
    let bad: Vec<_> = loaded.refused.iter().copied().chain(bad_bindings).collect();
    for sample in &bad {
        let exchange = loaded.exchange.as_ref();
        let error = refused(&format!("bind of {sample}"), bind(exchange, NOWHERE, sample))?;
        demand(!error.text().is_empty(), || format!("bind of {sample} is refused without a text"))?;
        same(&format!("after {sample} was refused"), &before, &loaded.steady(&messages)?)?;
        not_found(exchange, NOWHERE)?;
    }
    if bad.is_empty() {
        return skips("it refuses nothing that the kit tries; give one by --bad-binding");
    }
    Ok(format!("{} are refused", bad.len()))
}

fn takes_again(bench: &Bench) -> Checked {
    let loaded = bench.loaded()?;
    let messages = bench.messages();
    let before = loaded.steady(&messages)?;
    let renamed = |id: BindingId| BindingId(id.0 + 500_000_000);
    for held in &loaded.held {
        done("unbind", loaded.exchange.unbind(held.id))?;
        done("bind", bind(loaded.exchange.as_ref(), renamed(held.id), held.sample))?;
    }
    let counts = |answers: &[Vec<BindingId>]| answers.iter().map(Vec::len).collect::<Vec<_>>();
    let after = route(loaded.exchange.as_ref(), &views(&messages))?;
    let is_renamed =
        after.iter().flatten().all(|id| loaded.held.iter().any(|held| renamed(held.id) == *id));
    demand(is_renamed, || "an id is answered that was unbound".to_owned())?;
    demand(counts(&before) == counts(&after), || {
        "a message matches more or fewer of the same bindings than before".to_owned()
    })?;
    Ok(format!("{} bindings", loaded.held.len()))
}

fn replays(bench: &Bench) -> Checked {
    let loaded = bench.loaded()?;
    let messages = bench.messages();
    let before = loaded.steady(&messages)?;
    let again = bench.exchange()?;
    for (id, sample) in numbered(&bench.subject.options.samples.bindings) {
        if loaded.held.iter().any(|held| held.id == id) {
            done("bind", bind(again.as_ref(), id, sample))?;
        }
    }
    same("in another instance", &before, &route(again.as_ref(), &views(&messages))?)?;
    Ok(format!("{} bindings in the order of their ids", loaded.held.len()))
}
