//! The job of finding out whether a query compiles, and what it reads.

use super::bench::Bench;
use super::pool::{Job, Ran};
use super::watch::{Step, Watch};
use crate::engine::{Analysis, StaticError};

/// One query to compile.
#[derive(Debug)]
pub(super) struct Compiling {
    text: String,
    watch: Watch<Result<Analysis, StaticError>>,
}

impl Compiling {
    /// The job for a query.
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), watch: Watch::new() }
    }

    /// Where its one outcome arrives.
    pub(super) fn watch(&self) -> &Watch<Result<Analysis, StaticError>> {
        &self.watch
    }
}

impl Job for Compiling {
    fn run(&self, bench: &mut Bench) -> Ran {
        if !self.watch.begin(Step::Evaluating) {
            return Ran::Done;
        }
        let is_wanted = self.watch.record(bench.analyse(&self.text));
        self.watch.finish();
        if is_wanted { Ran::Done } else { Ran::Lost }
    }
}
