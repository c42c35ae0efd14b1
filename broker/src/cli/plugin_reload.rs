//! `philter plugin reload NAME`: a running broker reads a component's file again.

use std::str::FromStr;

use philter_management::object::ObjectName;
use philter_management::schema::PLUGIN;
use philter_protocol::v0_10::{FieldMap, Value};

use super::{DONE, FAILED, MISUSED, Terminal};
use crate::bench::Target;
use crate::console::{Console, ConsoleError};

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
            terminal.complain(error);
            FAILED
        }
    }
}

/// The version that runs now.
fn ask(name: &str, target: &Target) -> Result<String, ConsoleError> {
    let object = ObjectName::new(&PLUGIN, name);
    let answer = Console::open(target)?.call_object(&object.0, "reload", FieldMap::new())?;
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
