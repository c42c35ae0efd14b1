//! The rules for stores.

mod bench;
mod borrowing;
mod creation;
mod fencing;
mod keeping;
mod limits;
mod meta;
mod threads;

use bench::Bench;

use crate::report::Report;
use crate::subject::Subject;

/// Runs a store through the rules.
pub(crate) fn check(name: &str, subject: Subject, report: &mut Report<'_>) {
    let bench = Bench { subject };
    let rules = [
        creation::RULES,
        keeping::RULES,
        fencing::RULES,
        meta::RULES,
        limits::RULES,
        borrowing::RULES,
        threads::RULES,
    ];
    report.run(name, &bench, &bench.subject.recorder, &rules);
}
