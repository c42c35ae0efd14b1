//! Logins: each call is answered exactly once, whatever the peer says, and secrets stay secret.

use philter_plugin_api::{SaslOutcome, SessionId};

use super::bench::{Bench, LOCAL, MESSAGES, named};
use crate::limits::LOGINS;
use crate::rule::{Checked, Rule, demand, skips};
use crate::threads::together;

pub(super) const RULES: &[Rule<Bench>] = &[
    Rule { name: "answers each call exactly once", check: answers_once },
    Rule { name: "lets nobody in who never began, or was given up", check: unknown_sessions },
    Rule { name: "answers many logins at once", check: many_log_in },
    Rule { name: "lets the sample logins in", check: samples_get_in },
    Rule { name: "puts no password in a log line or a text", check: keeps_passwords },
];

fn answers_once(bench: &Bench) -> Checked {
    let auth = bench.provider()?;
    let mechanisms = bench.mechanisms(auth.as_ref());
    if mechanisms.is_empty() {
        return skips("it offers no mechanism in this configuration");
    }
    for mechanism in &mechanisms {
        for message in MESSAGES {
            let outcome = bench.log_in(auth.as_ref(), &LOCAL, mechanism, message)?;
            if let Some(SaslOutcome::Success { identity, .. }) = outcome {
                let is_text = !identity.is_empty() && !identity.contains(char::is_control);
                demand(is_text, || format!("{identity:?} is no identity"))?;
            }
        }
    }
    Ok(format!("{} mechanisms, {} first messages each", mechanisms.len(), MESSAGES.len()))
}

fn unknown_sessions(bench: &Bench) -> Checked {
    let auth = bench.provider()?;
    auth.abandon(SessionId(u64::MAX));
    let gets_in = |session| -> Result<bool, _> {
        let answer = bench.step(auth.as_ref(), session, b"\0nobody\0secret")?;
        Ok(matches!(answer, Ok(SaslOutcome::Success { .. })))
    };
    demand(!gets_in(SessionId(u64::MAX))?, || "a login that never began succeeds".to_owned())?;
    for mechanism in bench.mechanisms(auth.as_ref()) {
        let session = bench.session();
        let answer = bench.start(auth.as_ref(), session, &LOCAL, &mechanism, None)?;
        if let Ok(SaslOutcome::Challenge(_)) = answer {
            auth.abandon(session);
            demand(!gets_in(session)?, || {
                format!("a login by {mechanism} that was given up goes on and succeeds")
            })?;
        }
    }
    Ok("neither gets in".to_owned())
}

fn many_log_in(bench: &Bench) -> Checked {
    let auth = bench.provider()?;
    let mechanisms = bench.mechanisms(auth.as_ref());
    if mechanisms.is_empty() {
        return skips("it offers no mechanism in this configuration");
    }
    together(|_| {
        let mut answers = Vec::new();
        for number in 0..LOGINS / 4 {
            let mechanism = mechanisms.get(number % mechanisms.len());
            let message = MESSAGES.get(number % MESSAGES.len()).copied().flatten();
            let (done, answer) = bench.subject.begin();
            let mechanism = mechanism.map_or("", String::as_str);
            auth.start(bench.session(), &LOCAL, mechanism, message, done);
            answers.push(answer);
        }
        // What is answered to whom is another rule's matter; here each is.
        for answer in &answers {
            let _ = bench.subject.wait("start", answer)?;
        }
        Ok(())
    })?;
    Ok(format!("{LOGINS} logins"))
}

fn samples_get_in(bench: &Bench) -> Checked {
    let logins = &bench.subject.options.samples.logins;
    if logins.is_empty() {
        return skips("there are none; give one by --login");
    }
    let auth = bench.provider()?;
    for login in logins {
        let (mechanism, message) = (&login.mechanism, Some(&login.message[..]));
        let outcome = bench.log_in(auth.as_ref(), &LOCAL, mechanism, message)?;
        demand(matches!(outcome, Some(SaslOutcome::Success { .. })), || {
            format!("the sample login by {mechanism} ends in {}", named(outcome.as_ref()))
        })?;
    }
    Ok(format!("{} logins", logins.len()))
}

/// A password that stands in no other text.
const PASSWORD: &str = "zebra-xylophone-8341";

fn keeps_passwords(bench: &Bench) -> Checked {
    let auth = bench.provider()?;
    if !bench.mechanisms(auth.as_ref()).iter().any(|name| name == "PLAIN") {
        return skips("it does not offer PLAIN");
    }
    for user in ["nobody", "", "bob@ELSEWHERE"] {
        let message = format!("\0{user}\0{PASSWORD}");
        let session = bench.session();
        let message = Some(message.as_bytes());
        let answer = bench.start(auth.as_ref(), session, &LOCAL, "PLAIN", message)?;
        let text = format!("{answer:?}");
        demand(!text.contains(PASSWORD), || format!("the answer quotes the password of '{user}'"))?;
    }
    let session = bench.session();
    let malformed = format!("\0nobody\0{PASSWORD}\0{PASSWORD}");
    let answer =
        bench.start(auth.as_ref(), session, &LOCAL, "PLAIN", Some(malformed.as_bytes()))?;
    demand(!format!("{answer:?}").contains(PASSWORD), || "an answer quotes a password".to_owned())?;
    bench.subject.end(auth)?;
    demand(!bench.subject.recorder.has_logged(PASSWORD), || {
        "a line of the log quotes a password".to_owned()
    })?;
    Ok("four logins".to_owned())
}
