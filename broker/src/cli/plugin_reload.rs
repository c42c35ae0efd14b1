//! `philter plugin reload NAME`: a running broker reads a component's file again.

use std::str::FromStr;

use philter_management::object::ObjectName;
use philter_management::schema::PLUGIN;
use philter_protocol::v0_10::{FieldMap, Value};

use super::{DONE, FAILED, MISUSED, Terminal};
use crate::bench::{BenchError, Target};
use crate::console::{Console, ConsoleError};

/// How long the broker may take: an interpreter compiles for half a minute on a quick machine that
/// has nothing else to do.
const RELOAD_S: u64 = 600;

/// Asks the broker of this address; the exit code.
pub(crate) fn run(name: &str, url: &str, terminal: &mut Terminal<'_>) -> i32 {
    let target = match Target::from_str(url) {
        Ok(target) => target,
        Err(fault) => {
            terminal.complain(format_args!("--broker {url}: {fault}"));
            return MISUSED;
        }
    };
    match ask(name, &target) {
        Ok(version) => {
            terminal.say(&format!("{name}: version {version} runs\n"));
            DONE
        }
        Err(error) => {
            terminal.complain(format_args!("{error}{}", what_goes_on(&error)));
            FAILED
        }
    }
}

/// Who stops to wait stops nobody else.
fn what_goes_on(error: &ConsoleError) -> &'static str {
    match error {
        ConsoleError::Connection(BenchError::Silent { .. } | BenchError::Lost { .. }) => {
            "; a broker that has begun goes on, and its log says what comes of it"
        }
        _ => "",
    }
}

/// The version that runs now.
fn ask(name: &str, target: &Target) -> Result<String, ConsoleError> {
    let object = ObjectName::new(&PLUGIN, name);
    let mut console = Console::open(target)?.patient(RELOAD_S);
    let answer = console.call_object(&object.0, "reload", FieldMap::new())?;
    Ok(answer.get("version").map(text).unwrap_or_default())
}

/// A text of an answer, which QMF has as bytes.
fn text(value: &Value) -> String {
    match value {
        Value::Vbin8(bytes) | Value::Vbin16(bytes) | Value::Vbin32(bytes) => {
            String::from_utf8_lossy(bytes).into_owned()
        }
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_broker_that_is_silent_it_is_said_that_it_goes_on() {
        let (peer, what) = ("localhost".to_owned(), "reload".to_owned());
        let silent = BenchError::Silent { peer, what, seconds: RELOAD_S };
        assert!(what_goes_on(&silent.into()).contains("its log says what comes of it"));
        assert_eq!(what_goes_on(&ConsoleError::Refused("no".to_owned())), "");
    }
}
