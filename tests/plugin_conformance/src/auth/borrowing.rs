//! What a call lends is lent for the call, also where the answer comes later.

use philter_plugin_api::{Auth, Peer, SaslOutcome};

use super::bench::{Bench, LOCAL, MESSAGES, named};
use crate::overwrite::{LentBytes, LentText};
use crate::rule::{Checked, Rule, Stop, accepted_or_refused, demand, skips};

pub(super) const RULES: &[Rule<Bench>] =
    &[Rule { name: "keeps no slice of a login that it was lent", check: logins_are_copied }];

fn logins_are_copied(bench: &Bench) -> Checked {
    let auth = bench.provider()?;
    let mut tried = Vec::new();
    for mechanism in bench.mechanisms(auth.as_ref()) {
        tried.extend(MESSAGES.into_iter().flatten().map(|message| (mechanism.clone(), message)));
    }
    let logins = bench.subject.options.samples.logins.iter();
    tried.extend(logins.map(|login| (login.mechanism.clone(), &login.message[..])));
    if tried.is_empty() {
        return skips("it offers no mechanism in this configuration");
    }
    for (mechanism, message) in &tried {
        let session = bench.session();
        let answer = bench.start(auth.as_ref(), session, &LOCAL, mechanism, Some(message))?;
        let expected = accepted_or_refused("start", answer)?;
        let found = overwritten(bench, auth.as_ref(), mechanism, message)?;
        // Two challenges are alike: they hold nonces.
        let (expected, found) = (named(expected.as_ref()), named(found.as_ref()));
        demand(expected == found, || {
            format!("{found} instead of {expected} once the {mechanism} message is overwritten")
        })?;
    }
    Ok(format!("{} logins, overwritten after start", tried.len()))
}

/// Begins a login and overwrites everything that it was lent before it waits for the answer.
fn overwritten(
    bench: &Bench,
    auth: &dyn Auth,
    mechanism: &str,
    message: &[u8],
) -> Result<Option<SaslOutcome>, Stop> {
    let mut mechanism = LentText::new(mechanism);
    let mut address = LentText::new(LOCAL.address);
    let mut message = LentBytes::new(message);
    let (done, answer) = bench.subject.begin();
    let peer = Peer { address: address.as_str(), ..LOCAL };
    let session = bench.session();
    auth.start(session, &peer, mechanism.as_str(), Some(message.as_slice()), done);
    mechanism.overwrite();
    address.overwrite();
    message.overwrite();
    accepted_or_refused("start", bench.subject.wait("start", &answer)?)
}
