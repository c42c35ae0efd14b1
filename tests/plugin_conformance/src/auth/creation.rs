//! Providers come and go.

use super::bench::{Bench, LOCAL, MESSAGES};
use crate::json::is_offered;
use crate::rule::{Checked, Rule, skips};

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "makes an instance, and ends it", check: lives },
    Rule { name: "refuses a configuration that is no JSON object", check: refuses_bad_json },
    Rule { name: "ends with logins under way", check: ends_with_logins },
    Rule { name: "inspects in JSON", check: inspects },
    Rule { name: "answers its subcommand", check: |bench| bench.subject.runs_its_subcommand() },
];

fn lives(bench: &Bench) -> Checked {
    for _ in 0..10 {
        bench.subject.end(bench.provider()?)?;
    }
    Ok("ten instances, one after the other".to_owned())
}

fn refuses_bad_json(bench: &Bench) -> Checked {
    let (plugin, factory) = (&bench.subject.plugin, &bench.subject.factory);
    bench
        .subject
        .refuses_bad_json(|context| plugin.create_auth(&factory.type_name, context).map(drop))
}

/// The host destroys an instance once its last token is completed: so the logins that wait for
/// their peers are cut off here, those that wait for the plugin are not.
fn ends_with_logins(bench: &Bench) -> Checked {
    let auth = bench.provider()?;
    let mechanisms = bench.mechanisms(auth.as_ref());
    let mut answers = Vec::new();
    for mechanism in &mechanisms {
        for message in MESSAGES {
            let (done, answer) = bench.subject.begin();
            auth.start(bench.session(), &LOCAL, mechanism, message, done);
            answers.push(answer);
        }
    }
    bench.subject.end(auth)?;
    for answer in &answers {
        // What it answers is another rule's matter.
        let _ = bench.subject.wait("start", answer)?;
    }
    Ok(format!("{} logins, each answered", answers.len()))
}

fn inspects(bench: &Bench) -> Checked {
    if !is_offered("inspect", bench.provider()?.inspect())? {
        return skips("it has no entry 'inspect'");
    }
    Ok("JSON".to_owned())
}
