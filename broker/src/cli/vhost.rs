//! `philter vhost`: the virtual hosts of a running broker.

use std::fmt::Write;
use std::str::FromStr;

use philter_protocol::v0_10::{FieldMap, Value};

use super::arguments::VhostCommand;
use super::{DONE, FAILED, MISUSED, Terminal};
use crate::bench::Target;
use crate::console::{Console, ConsoleError};

/// What is said of each.
const COLUMNS: [&str; 4] = ["connections", "queues", "exchanges", "messages"];

/// Does what the command says at the broker of this address; the exit code.
pub(crate) fn run(command: &VhostCommand, url: &str, terminal: &mut Terminal<'_>) -> i32 {
    let target = match Target::from_str(url) {
        Ok(target) => target,
        Err(fault) => {
            terminal.complain(format_args!("--broker {url}: {fault}"));
            return MISUSED;
        }
    };
    match ask(command, &target) {
        Ok(text) => {
            terminal.say(&text);
            DONE
        }
        Err(error) => {
            terminal.complain(error);
            FAILED
        }
    }
}

fn ask(command: &VhostCommand, target: &Target) -> Result<String, ConsoleError> {
    let mut console = Console::open(target)?;
    match command {
        VhostCommand::List => {
            let answer = console.call("query", about(""))?;
            Ok(match answer.get("results") {
                Some(Value::Map(hosts)) => table(hosts),
                _ => String::new(),
            })
        }
        VhostCommand::Add { name } => console.call("create", about(name)).map(|_| String::new()),
        VhostCommand::Delete { name } => console.call("delete", about(name)).map(|_| String::new()),
    }
}

/// The arguments of a method that is about a virtual host.
fn about(name: &str) -> FieldMap {
    let text = |text: &str| Value::Str16(text.to_owned());
    FieldMap::new().with("type", text("vhost")).with("name", text(name))
}

fn table(hosts: &FieldMap) -> String {
    let width = hosts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).max(4);
    let mut text = format!("{:width$}", "name");
    for column in COLUMNS {
        // Writing to a string does not fail.
        let _ = write!(text, "  {column:>11}");
    }
    text.push('\n');
    for (name, counts) in hosts.iter() {
        let _ = write!(text, "{name:width$}");
        for column in COLUMNS {
            let count = match counts {
                Value::Map(counts) => counts.get(column).and_then(Value::as_i64).unwrap_or(0),
                _ => 0,
            };
            let _ = write!(text, "  {count:>11}");
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_line_a_host_and_its_columns_under_each_other() {
        let counts = FieldMap::new()
            .with("queues", Value::Uint64(3))
            .with("messages", Value::Uint64(1_000_000));
        let hosts = FieldMap::new()
            .with("/", Value::Map(counts))
            .with("a-long-name", Value::Map(FieldMap::new()));
        let text = table(&hosts);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "name         connections       queues    exchanges     messages",
                "/                      0            3            0      1000000",
                "a-long-name            0            0            0            0",
            ]
        );
    }
}
