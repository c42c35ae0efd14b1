//! A language is several instances of a component, and each knows all expressions.

use philter_plugin_api::MessageView;

use super::bench::{Answers, Bench, Loaded, matches, same};
use crate::gathering::from_every_instance;
use crate::rule::{Checked, Rule, Stop, done};

pub(super) const RULES: &[Rule<Bench>] = &[Rule {
    name: "answers the same from every instance of the component",
    check: every_instance_knows,
}];

fn every_instance_knows(bench: &Bench) -> Checked {
    let plugin = &bench.subject.plugin;
    plugin.only_a_component("a library's language is one instance")?;
    let mut loaded = bench.loaded()?;
    let expected = loaded.steady(&bench.messages())?;
    everywhere(bench, &loaded, "in another instance", &expected)?;
    let instances = plugin.instances();
    for compiled in &mut loaded.compiled {
        let (handle, _) = done("compile", loaded.filter.compile(compiled.expression))?;
        loaded.filter.release(std::mem::replace(&mut compiled.handle, handle));
    }
    let when = "after the expressions were compiled again, in another instance,";
    everywhere(bench, &loaded, when, &expected)?;
    Ok(format!("{instances} instances, {} expressions", loaded.compiled.len()))
}

/// Has all instances match.
fn everywhere(
    bench: &Bench,
    loaded: &Loaded<'_>,
    when: &str,
    expected: &Answers,
) -> Result<(), Stop> {
    let (filter, handles) = (loaded.filter.as_ref(), loaded.handles());
    let ask = |batch: &[&dyn MessageView]| same(when, expected, &matches(filter, batch, &handles)?);
    from_every_instance(&bench.subject, || bench.messages(), ask)
}
