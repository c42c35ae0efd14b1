//! The list of cases that are known to fail, each with its reason. It may only shrink.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

const HEAD: &str = "\
# Cases of the suite that fail, and why. A case that fails and is not here fails the test, and so
# does one that is here and passes.
";

/// Names, as `set/case`, and reasons.
pub(crate) type KnownFailures = BTreeMap<String, String>;

/// Reads the list.
pub(crate) fn read() -> KnownFailures {
    let text = std::fs::read_to_string(path()).unwrap_or_default();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let split = |line: &str| {
        let (name, reason) = line.split_once(' ').unwrap_or((line, ""));
        (name.to_owned(), reason.trim().to_owned())
    };
    lines.map(split).collect()
}

/// Writes the list: what was on it keeps its reason.
pub(crate) fn write(failures: &KnownFailures) {
    let mut text = HEAD.to_owned();
    for (name, reason) in failures {
        let _ = writeln!(text, "{name} {reason}");
    }
    std::fs::write(path(), text).expect("the list can be written");
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/qt3/known_failures.txt")
}
