//! The rules for filters.

mod bench;
mod borrowing;
mod compiling;
mod description;
mod instances;
mod matching;

use bench::Bench;

use crate::report::Report;
use crate::subject::Subject;

/// Runs a filter language through the rules.
pub(crate) fn check(name: &str, subject: Subject, report: &mut Report<'_>) {
    let bench = Bench { subject };
    let rules =
        [compiling::RULES, matching::RULES, borrowing::RULES, instances::RULES, description::RULES];
    report.run(name, &bench, &bench.subject.recorder, &rules);
}
