//! The page about configuration says what the broker does.

use std::collections::BTreeMap;

use super::super::{missing, table};

const PAGE: &str = include_str!("../../../docs/configuration.md");

/// The rows of the table of options: the default by name.
fn rows() -> BTreeMap<String, String> {
    let options = PAGE.split("\n## ").find(|part| part.starts_with("Options\n")).unwrap();
    let rows = options.lines().filter_map(|line| line.strip_prefix("| `"));
    let row = |line: &str| {
        let (name, rest) = line.split_once('`')?;
        let default = rest.split('|').nth(1)?.trim().replace('`', "");
        Some((name.to_owned(), default))
    };
    rows.filter_map(row).collect()
}

#[test]
fn every_option_stands_on_the_page_with_its_default() {
    let rows = rows();
    for entry in table::entries() {
        let default = rows.get(entry.text).unwrap_or_else(|| panic!("{} has no row", entry.text));
        assert_eq!(default, entry.default, "{}", entry.text);
    }
    for name in rows.keys() {
        assert!(table::entries().any(|entry| entry.text == name), "{name} is no option");
    }
}

#[test]
fn every_option_that_is_missing_stands_on_the_page() {
    for name in missing::names() {
        assert!(PAGE.contains(&format!("`{name}`")), "{name}");
    }
}
