//! Protocol, model and management read no clock, socket, file or environment: they are values.

use crate::rust_text::words;
use crate::source::Source;
use crate::violation::Violation;

const PURE: [&str; 3] = ["broker/protocol/src/", "broker/model/src/", "broker/management/src/"];
const FORBIDDEN_MODULES: [&str; 4] = ["net", "fs", "env", "process"];
const FORBIDDEN_WORDS: [&str; 3] = ["tokio", "Instant", "SystemTime"];

pub(crate) fn check(source: &Source) -> Vec<Violation> {
    if !PURE.iter().any(|place| source.path.starts_with(place)) {
        return Vec::new();
    }
    let code = &source.views.code;
    let impure = words(code).filter(|(at, word)| {
        FORBIDDEN_WORDS.contains(word)
            || (FORBIDDEN_MODULES.contains(word) && is_named_from_std(&code[..*at]))
    });
    let why =
        "protocol, model and management are values without clock, socket, file or environment";
    let found = impure.map(|(at, word)| (source.line_of(at), word));
    let found = found.filter(|(line, _)| !source.is_test_line(*line));
    found.map(|(line, word)| source.violation(line, format!("`{word}`"), why)).collect()
}

/// Whether the code before a name makes it `std::name`, also as `use std::{…, name`.
fn is_named_from_std(before: &str) -> bool {
    let statement = before.rsplit([';', '}']).next().unwrap_or(before);
    let direct = statement.trim_end().ends_with("std::");
    direct || statement.trim_start().starts_with("use std::{") || statement.contains("\nuse std::{")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> usize {
        check(&Source::new("broker/model/src/a.rs", text)).len()
    }

    #[test]
    fn finds_a_clock_a_socket_a_file_and_the_environment() {
        for bad in [
            "use std::time::Instant;",
            "fn f(now: SystemTime) {}",
            "use std::net::IpAddr;",
            "use std::{collections::HashMap, fs};",
            "fn f() { std::env::var(\"X\"); }",
            "use tokio::sync::Notify;",
        ] {
            assert_eq!(found(bad), 1, "{bad}");
        }
    }

    #[test]
    fn passes_values_and_other_crates() {
        assert_eq!(found("use std::time::Duration; // std::net\nfn f(env: u8) { fs(env) }"), 0);
        assert!(check(&Source::new("broker/src/a.rs", "use std::net::TcpStream;")).is_empty());
    }
}
