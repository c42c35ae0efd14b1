//! The rules for stores.
//!
//! Invariant: each rule's instances have data directories of their own, which are removed behind
//! it.

mod atomicity;
mod bench;
mod borrowing;
mod creation;
mod durability;
mod entries;
mod fencing;
mod filling;
mod keeping;
mod keys;
mod killing;
mod limits;
mod meta;
mod ordering;
mod replaying;
mod telling;
mod threads;
mod victim;
mod volume;

use std::sync::atomic::AtomicU64;

use bench::Bench;
pub use victim::write_until_killed;

use crate::report::Report;
use crate::subject::Subject;

/// Runs a store through the rules.
pub(crate) fn check(name: &str, subject: Subject, report: &mut Report<'_>) {
    let bench = Bench { subject, appends: AtomicU64::new(0) };
    let rules = [
        creation::RULES,
        keeping::RULES,
        ordering::RULES,
        atomicity::RULES,
        replaying::RULES,
        volume::RULES,
        fencing::RULES,
        telling::RULES,
        meta::RULES,
        keys::RULES,
        entries::RULES,
        limits::RULES,
        filling::RULES,
        borrowing::RULES,
        threads::RULES,
        durability::RULES,
        killing::RULES,
    ];
    for rule in rules.into_iter().flatten() {
        report.run(name, &bench, &bench.subject.recorder, &[std::slice::from_ref(rule)]);
        bench.subject.sweep();
    }
}
