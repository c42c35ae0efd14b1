//! The rules for exchanges.

mod batching;
mod bench;
mod binding;
mod borrowing;
mod creation;
mod description;
mod instances;
mod reading;
mod routing;
mod threads;

use bench::Bench;

use crate::report::Report;
use crate::subject::Subject;

/// Runs an exchange type through the rules.
pub(crate) fn check(name: &str, subject: Subject, report: &mut Report<'_>) {
    let bench = Bench { subject };
    let rules = [
        creation::RULES,
        binding::RULES,
        routing::RULES,
        batching::RULES,
        reading::RULES,
        borrowing::RULES,
        threads::RULES,
        instances::RULES,
        description::RULES,
    ];
    report.run(name, &bench, &bench.subject.recorder, &rules);
}
