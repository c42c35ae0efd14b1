//! An exchange is several instances of a component, and each knows all bindings.

use philter_plugin_api::{BindingId, MessageView};

use super::bench::{Answers, Bench, Loaded, bind, route, same};
use crate::gathering::from_every_instance;
use crate::rule::{Checked, Rule, Stop, done};

pub(super) const RULES: &[Rule<Bench>] = &[Rule {
    name: "answers the same from every instance of the component",
    check: every_instance_knows,
}];

fn every_instance_knows(bench: &Bench) -> Checked {
    let plugin = &bench.subject.plugin;
    plugin.only_a_component("a library's exchange is one instance")?;
    let loaded = bench.loaded()?;
    let messages = bench.messages();
    let expected = loaded.steady(&messages)?;
    everywhere(bench, &loaded, "in another instance", &expected)?;
    let instances = plugin.instances();
    for held in loaded.held.iter().step_by(2) {
        done("unbind", loaded.exchange.unbind(held.id))?;
    }
    let fewer = loaded.routed(&messages)?;
    everywhere(bench, &loaded, "after some bindings were unbound, in another instance,", &fewer)?;
    for held in loaded.held.iter().step_by(2) {
        let later = BindingId(held.id.0 + 900_000_000);
        done("bind", bind(loaded.exchange.as_ref(), later, held.sample))?;
    }
    let others = loaded.routed(&messages)?;
    everywhere(bench, &loaded, "after others were bound, in another instance,", &others)?;
    Ok(format!("{instances} instances, {} bindings", loaded.held.len()))
}

/// Has all instances route.
fn everywhere(
    bench: &Bench,
    loaded: &Loaded<'_>,
    when: &str,
    expected: &Answers,
) -> Result<(), Stop> {
    let exchange = loaded.exchange.as_ref();
    let ask = |batch: &[&dyn MessageView]| same(when, expected, &route(exchange, batch)?);
    from_every_instance(&bench.subject, || bench.messages(), ask)
}
