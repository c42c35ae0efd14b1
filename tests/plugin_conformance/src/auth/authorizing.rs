//! Questions about what an identity may do.

use philter_plugin_api::value::{MapRef, Value, encode_map};
use philter_plugin_api::{Access, Action, Authorization, ObjectKind};

use super::bench::Bench;
use crate::rule::{Checked, Rule, demand, done};
use crate::threads::together;

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "answers every question of the ACL, and the same each time", check: authorizes },
    Rule { name: "answers questions from many threads at once", check: many_ask },
    Rule { name: "tells the quotas of any identity", check: limits },
];

const IDENTITIES: [&str; 4] = ["anonymous@QPID", "nobody@QPID", "", "a\u{1f980}b"];

fn authorizes(bench: &Bench) -> Checked {
    let auth = bench.provider()?;
    let mut count = 0;
    for action in Action::ALL {
        for object in ObjectKind::ALL {
            let mut answers = Vec::new();
            for _ in 0..2 {
                answers.push(ask(bench, auth.as_ref(), IDENTITIES[1], action, object)?);
            }
            demand(answers.first() == answers.last(), || {
                format!("'{action:?} {object:?}' is answered otherwise the second time")
            })?;
            count += 1;
        }
    }
    Ok(format!("{count} questions"))
}

fn many_ask(bench: &Bench) -> Checked {
    let auth = bench.provider()?;
    together(|_| {
        for identity in IDENTITIES {
            for action in Action::ALL {
                ask(bench, auth.as_ref(), identity, action, ObjectKind::Queue)?;
            }
        }
        Ok(())
    })?;
    Ok(format!("{} questions in each thread", IDENTITIES.len() * Action::ALL.len()))
}

fn ask(
    bench: &Bench,
    auth: &dyn philter_plugin_api::Auth,
    identity: &str,
    action: Action,
    object: ObjectKind,
) -> Result<Authorization, crate::rule::Stop> {
    let properties = encode_map([
        ("routingkey", Value::String("a.b".to_owned())),
        ("durable", Value::Bool(true)),
    ]);
    let properties = done("properties", MapRef::parse(&properties).map_err(Into::into))?;
    let access = Access { identity, action, object, name: "q", properties };
    let answer = bench.subject.answer("authorize", |done| auth.authorize(&access, done))?;
    done("authorize", answer)
}

fn limits(bench: &Bench) -> Checked {
    let auth = bench.provider()?;
    for identity in IDENTITIES {
        let first = auth.limits(identity);
        demand(first == auth.limits(identity), || {
            format!("the quotas of '{identity}' are others the second time")
        })?;
    }
    Ok(format!("{} identities", IDENTITIES.len()))
}
