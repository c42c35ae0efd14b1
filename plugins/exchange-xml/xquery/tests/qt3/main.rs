//! Runs the W3C's test suite for XQuery 3.1, QT3, where there is a copy of it.
//!
//! The suite's folder is `PHILTER_QT3`, or `../shared/qt3` beside the workspace; without either the
//! test says so and passes. For development:
//! - `PHILTER_QT3_ONLY=fn/abs,fn-sort-1` runs test sets (by the beginning of their file's path) and
//!   cases by name alone, and prints all about each failure;
//! - `PHILTER_QT3_UPDATE=1` rewrites the list of known failures;
//! - `PHILTER_QT3_REPORT=folder` writes the summary and all failures into that folder.
#![cfg(test)]

mod applicability;
mod assertion;
mod catalog;
mod engine;
mod environment;
mod known_failures;
mod parts;
mod report;
mod resources;
mod run;
mod verdict;
mod xml_comparison;

mod tests {
    use std::path::PathBuf;

    use super::known_failures::{self, KnownFailures};
    use super::report::{self, Outcome, Tried};
    use super::{catalog, run};

    /// Surprises in a message.
    const SHOWN_MAX: usize = 50;

    #[test]
    fn passes_the_suite_but_for_what_is_listed() {
        let Some(folder) = catalog::folder() else {
            println!("there is no copy of QT3 at PHILTER_QT3 or ../shared/qt3; nothing was run");
            return;
        };
        let only = std::env::var("PHILTER_QT3_ONLY").unwrap_or_default();
        let only: Vec<_> = only.split(',').filter(|name| !name.is_empty()).collect();
        let tried = run::all(&catalog::read(&folder), &only);
        if let Ok(folder) = std::env::var("PHILTER_QT3_REPORT") {
            report::write(&PathBuf::from(folder), &tried);
        }
        if !only.is_empty() {
            print_failures(&tried);
        }
        println!("{}", report::summary(&tried));
        let known = known_failures::read();
        if std::env::var_os("PHILTER_QT3_UPDATE").is_some() {
            known_failures::write(&updated(known, &tried));
            return;
        }
        let surprises = surprises(&known, &tried);
        let shown = surprises.iter().take(SHOWN_MAX).map(String::as_str).collect::<Vec<_>>();
        assert!(surprises.is_empty(), "{} surprises:\n{}", surprises.len(), shown.join("\n"));
    }

    fn print_failures(tried: &[Tried]) {
        for case in tried {
            if let Outcome::Failed { details, .. } = &case.outcome {
                println!("{details}\n----");
            }
        }
    }

    /// The list as it should be. What was not run stays on it.
    fn updated(mut known: KnownFailures, tried: &[Tried]) -> KnownFailures {
        for case in tried {
            match &case.outcome {
                Outcome::Failed { reason, .. } => {
                    known.entry(case.name.clone()).or_insert_with(|| reason.clone());
                }
                _ => drop(known.remove(&case.name)),
            }
        }
        known
    }

    /// What failed and is not listed, and what is listed and passed.
    fn surprises(known: &KnownFailures, tried: &[Tried]) -> Vec<String> {
        let surprise = |case: &Tried| match (&case.outcome, known.contains_key(&case.name)) {
            (Outcome::Failed { reason, .. }, false) => Some(format!("{}: {reason}", case.name)),
            (Outcome::Passed, true) => {
                Some(format!("{} passes: take it off known_failures.txt", case.name))
            }
            _ => None,
        };
        tried.iter().filter_map(surprise).collect()
    }
}
