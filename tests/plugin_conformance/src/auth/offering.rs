//! The mechanisms on offer.

use philter_plugin_api::SaslOutcome;

use super::bench::{Bench, LOCAL, MESSAGES, REMOTE, named};
use crate::rule::{Checked, Rule, accepted_or_refused, demand};

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "offers mechanisms by their registered names", check: offers },
    Rule { name: "answers not-mine for a mechanism that it does not know", check: knows_not },
    Rule { name: "lets nobody in by a mechanism that it does not offer them", check: withholds },
];

fn offers(bench: &Bench) -> Checked {
    let auth = bench.provider()?;
    for peer in [LOCAL, REMOTE] {
        let mechanisms = auth.mechanisms(&peer);
        for (index, name) in mechanisms.iter().enumerate() {
            demand(is_mechanism(name), || {
                format!("'{name}' is no mechanism's name: 1 to 20 of A-Z 0-9 - _ (RFC 4422)")
            })?;
            let is_first = mechanisms.iter().position(|other| other == name) == Some(index);
            demand(is_first, || format!("'{name}' is offered twice"))?;
        }
        demand(auth.mechanisms(&peer) == mechanisms, || {
            "the same peer is offered other mechanisms the second time".to_owned()
        })?;
    }
    let listed = |mechanisms: Vec<String>| match &mechanisms[..] {
        [] => "nothing".to_owned(),
        mechanisms => mechanisms.join(" "),
    };
    let (local, remote) = (auth.mechanisms(&LOCAL), auth.mechanisms(&REMOTE));
    Ok(format!("to its own machine {}, to others {}", listed(local), listed(remote)))
}

fn is_mechanism(name: &str) -> bool {
    let is_letter = |byte: u8| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_');
    (1..=20).contains(&name.len()) && name.bytes().all(is_letter)
}

fn knows_not(bench: &Bench) -> Checked {
    let auth = bench.provider()?;
    for mechanism in ["X-PHILTER-NONE", "", "plain\n"] {
        let session = bench.session();
        let answer = bench.start(auth.as_ref(), session, &LOCAL, mechanism, Some(b"\0a\0b"))?;
        let outcome = accepted_or_refused("start of an unknown mechanism", answer)?;
        demand(outcome == Some(SaslOutcome::NotMine), || {
            format!("start of '{mechanism}' is answered by {}", named(outcome.as_ref()))
        })?;
    }
    Ok("three of them".to_owned())
}

fn withholds(bench: &Bench) -> Checked {
    let auth = bench.provider()?;
    let offered = auth.mechanisms(&REMOTE);
    let known = ["ANONYMOUS", "PLAIN", "EXTERNAL", "SCRAM-SHA-256"].map(str::to_owned);
    let all = bench.mechanisms(auth.as_ref()).into_iter().chain(known);
    let withheld: Vec<_> = all.filter(|name| !offered.contains(name)).collect();
    for mechanism in &withheld {
        for message in MESSAGES {
            let outcome = bench.log_in(auth.as_ref(), &REMOTE, mechanism, message)?;
            demand(!matches!(outcome, Some(SaslOutcome::Success { .. })), || {
                format!("a remote peer got in by {mechanism}, which it was not offered")
            })?;
        }
    }
    Ok(format!("{} mechanisms", withheld.len()))
}
