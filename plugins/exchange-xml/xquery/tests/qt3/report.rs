//! What a run has to say: counts by folder and by what filters use, and why cases failed.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use crate::parts::{FILTER_PARTS, filter_part, folder};

/// What became of a case.
pub(crate) enum Outcome {
    Passed,
    /// Why, and all that helps to see it.
    Failed {
        reason: String,
        details: String,
    },
    Skipped(String),
}

/// A case that was looked at.
pub(crate) struct Tried {
    /// The test set's file.
    pub(crate) file: String,
    /// `set/case`.
    pub(crate) name: String,
    pub(crate) outcome: Outcome,
}

#[derive(Default)]
struct Count {
    passed: usize,
    failed: usize,
    skipped: usize,
}

impl Count {
    fn add(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Passed => self.passed += 1,
            Outcome::Failed { .. } => self.failed += 1,
            Outcome::Skipped(_) => self.skipped += 1,
        }
    }

    fn line(&self, name: &str) -> String {
        let run = self.passed + self.failed;
        let percent = 100.0 * self.passed as f64 / run.max(1) as f64;
        let Self { passed, failed, skipped } = self;
        format!("{name:<24}{passed:>8}{failed:>8}{skipped:>8}{percent:>9.2} %\n")
    }
}

/// The tables of a run.
pub(crate) fn summary(tried: &[Tried]) -> String {
    let mut folders: BTreeMap<&str, Count> = BTreeMap::new();
    let mut parts: BTreeMap<&str, Count> = BTreeMap::new();
    let (mut all, mut filters) = (Count::default(), Count::default());
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for case in tried {
        all.add(&case.outcome);
        folders.entry(folder(&case.file)).or_default().add(&case.outcome);
        if let Some(part) = filter_part(&case.file) {
            parts.entry(part).or_default().add(&case.outcome);
            filters.add(&case.outcome);
        }
        if let Outcome::Skipped(reason) = &case.outcome {
            *reasons.entry(reason).or_default() += 1;
        }
    }
    let mut text = format!("{:<24}{:>8}{:>8}{:>8}\n", "folder", "passed", "failed", "skipped");
    text.extend(folders.iter().map(|(name, count)| count.line(name)));
    text.push_str(&all.line("all"));
    text.push_str("\nwhat filters use\n");
    let part = |name: &&str| parts.get(*name).map(|count| count.line(name));
    text.extend(FILTER_PARTS.iter().filter_map(part));
    text.push_str(&filters.line("all"));
    text.push_str("\nskipped, as they need\n");
    text.extend(reasons.iter().map(|(reason, count)| format!("{count:>8}  {reason}\n")));
    text
}

/// Writes the summary and, a file a test set, the failures into a folder.
pub(crate) fn write(to: &Path, tried: &[Tried]) {
    let folder = to.join("qt3-failures");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("the folder of the report can be made");
    let mut text = summary(tried);
    let mut failures: BTreeMap<&str, (usize, String)> = BTreeMap::new();
    for case in tried {
        let Outcome::Failed { details, .. } = &case.outcome else { continue };
        let (count, all) = failures.entry(&case.file).or_default();
        *count += 1;
        let _ = write!(all, "{details}\n----\n");
    }
    text.push_str("\nfailed, by test set\n");
    for (file, (count, all)) in failures {
        let _ = writeln!(text, "{count:>8}  {file}");
        let name = file.trim_end_matches(".xml").replace('/', "-");
        std::fs::write(folder.join(format!("{name}.txt")), all).expect("a report is written");
    }
    std::fs::write(to.join("qt3-report.txt"), text).expect("a report is written");
}
