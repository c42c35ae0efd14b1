//! Expressions are taken, refused and released; instances know nothing of each other.

use philter_plugin_api::{ErrorKind, FilterHandle};

use super::bench::{Bench, matches, same};
use crate::probe::views;
use crate::rule::{Checked, Rule, demand, done, refused, skips};

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "makes an instance, and ends it", check: lives },
    Rule { name: "refuses a configuration that is no JSON object", check: refuses_bad_json },
    Rule { name: "compiles expressions", check: compiles },
    Rule { name: "says where an expression that it refuses is wrong", check: refuses },
    Rule { name: "forgets an expression once it is released", check: forgets },
    Rule { name: "keeps instances apart", check: instances_are_apart },
];

fn lives(bench: &Bench) -> Checked {
    for _ in 0..10 {
        let filter = bench.filter()?;
        let nothing = matches(filter.as_ref(), &[], &[])?;
        demand(nothing.is_empty(), || "an empty batch is answered".to_owned())?;
        bench.subject.end(filter)?;
    }
    Ok("ten instances, one after the other".to_owned())
}

fn refuses_bad_json(bench: &Bench) -> Checked {
    let (plugin, factory) = (&bench.subject.plugin, &bench.subject.factory);
    bench
        .subject
        .refuses_bad_json(|context| plugin.create_filter(&factory.type_name, context).map(drop))
}

fn compiles(bench: &Bench) -> Checked {
    let loaded = bench.loaded()?;
    let messages = bench.messages();
    let found: usize = loaded.steady(&messages)?.iter().map(Vec::len).sum();
    demand(found > 0, || {
        "no sample message matches: give some by --expression and --message".to_owned()
    })?;
    let (expressions, messages) = (loaded.compiled.len(), messages.len());
    Ok(format!("{expressions} expressions, {messages} messages, {found} matches"))
}

fn refuses(bench: &Bench) -> Checked {
    let filter = bench.filter()?;
    let given = bench.subject.options.samples.bad_expressions.iter().map(String::as_str);
    let expressions: Vec<_> = ["(((", "\"", "a b c )", ""].into_iter().chain(given).collect();
    let mut count = 0;
    for expression in expressions {
        let Err(error) = filter.compile(expression) else { continue };
        let call = format!("compile of '{expression}'");
        let error = refused::<()>(&call, Err(error))?;
        demand(error.kind() == ErrorKind::InvalidArgument, || {
            format!("{call} is refused as {:?}, not as InvalidArgument", error.kind())
        })?;
        demand(error.place().is_some_and(|(line, column)| line > 0 && column > 0), || {
            format!("{call} is refused without line and column: {error}")
        })?;
        count += 1;
    }
    if count == 0 {
        return skips("it refuses nothing that the kit tries; give one by --bad-expression");
    }
    Ok(format!("{count} are refused"))
}

fn forgets(bench: &Bench) -> Checked {
    let loaded = bench.loaded()?;
    let messages = bench.messages();
    let before = loaded.steady(&messages)?;
    for compiled in &loaded.compiled {
        let (handle, _) = done("compile", loaded.filter.compile(compiled.expression))?;
        loaded.filter.release(handle);
        // The host of a component knows the handles, and asks it about no other.
        let is_held = loaded.compiled.iter().any(|other| other.handle == handle);
        if is_held || bench.subject.plugin.is_component() {
            continue;
        }
        let matched = loaded.filter.matches(&views(&messages), &[handle], &mut |_, _| {});
        refused("matches of a handle that was released", matched)?;
    }
    // Releasing what is not there is no call that could fail; it must only do no harm.
    loaded.filter.release(FilterHandle(u64::MAX));
    same("after others were released", &before, &loaded.steady(&messages)?)?;
    Ok(format!("{} expressions", loaded.compiled.len()))
}

fn instances_are_apart(bench: &Bench) -> Checked {
    let loaded = bench.loaded()?;
    let messages = bench.messages();
    let before = loaded.steady(&messages)?;
    let other = bench.loaded()?;
    for compiled in &other.compiled {
        other.filter.release(compiled.handle);
    }
    bench.subject.end(other.filter)?;
    same("after another instance ended", &before, &loaded.steady(&messages)?)?;
    Ok(format!("{} expressions", loaded.compiled.len()))
}
