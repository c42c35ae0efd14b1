//! The rules for auth providers.

mod authorizing;
mod bench;
mod borrowing;
mod creation;
mod logins;
mod offering;

use bench::Bench;

use crate::report::Report;
use crate::subject::Subject;

/// Runs an auth provider through the rules.
pub(crate) fn check(name: &str, subject: Subject, report: &mut Report<'_>) {
    let bench = Bench::new(subject);
    let rules =
        [creation::RULES, offering::RULES, logins::RULES, borrowing::RULES, authorizing::RULES];
    report.run(name, &bench, &bench.subject.recorder, &rules);
}
