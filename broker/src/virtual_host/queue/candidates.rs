//! Entries that a consumer's filter is asked about, and what it says of them.
//!
//! Invariants:
//! - what it fails on is put off, and the consumer is shown it again after a while: that a filter
//!   fails for a moment hides nothing;
//! - what it failed on before is asked about apart from the rest, so that others of a batch that
//!   could not be taken apart any further come out of it;
//! - it gives up on an entry that it failed on alone so often, each time while it decided others:
//!   that one stays in the queue for whoever else wants it.

use std::sync::Arc;

use foldhash::HashMap;
use philter_model::queue::{Decision, Delivery, EntryId};
use tracing::error;

use crate::virtual_host::limits::FILTER_TRIES_MAX;
use crate::virtual_host::{CompiledFilter, Said};

/// Entries, and the filter that is to be asked.
pub(super) struct Candidates {
    pub(super) filter: Arc<CompiledFilter>,
    pub(super) entries: Vec<Delivery>,
    /// How often it failed on those that it could not decide before, by their own fault.
    pub(super) failures: HashMap<EntryId, u32>,
}

impl Candidates {
    /// Asks, for a consumer of the queue of this name; never under a lock.
    pub(super) fn ask(&self, queue: &str) -> Vec<(EntryId, Decision)> {
        let said = self.ask_apart(queue);
        let is_decided = |said: &Said| !matches!(said, Said::Nothing { .. });
        let has_decided = said.iter().any(is_decided);
        let mut given_up = 0;
        let decide = |(entry, said): (&Delivery, Said)| {
            let failures = self.failures.get(&entry.id).copied().unwrap_or(0);
            let decision = match said {
                Said::Match => Decision::Match,
                Said::NoMatch => Decision::NoMatch,
                Said::Nothing { is_alone: true } if has_decided => {
                    let is_over = failures + 1 >= FILTER_TRIES_MAX;
                    given_up += usize::from(is_over);
                    if is_over { Decision::NoMatch } else { Decision::Failed }
                }
                Said::Nothing { .. } => Decision::PutOff,
            };
            (entry.id, decision)
        };
        let decided = self.entries.iter().zip(said).map(decide).collect();
        if given_up > 0
            && let Some(count) = self.filter.give_up(given_up)
        {
            error!(
                "queue '{queue}': a consumer's filter gives up on {count} messages, after \
                 {FILTER_TRIES_MAX} failures on each; they stay in the queue"
            );
        }
        decided
    }

    /// What the filter says of each, those apart that it failed on before.
    fn ask_apart(&self, queue: &str) -> Vec<Said> {
        let ask = |places: &[usize]| {
            let entries = places.iter().filter_map(|place| self.entries.get(*place));
            let messages: Vec<_> = entries.map(|entry| Arc::clone(&entry.message)).collect();
            let becomes = format_args!("queue '{queue}': a consumer's filter can't decide");
            self.filter.ask_each(&messages, becomes)
        };
        let has_failed = |place: &usize| {
            self.entries.get(*place).is_some_and(|entry| self.failures.contains_key(&entry.id))
        };
        let all = 0..self.entries.len();
        let (again, new): (Vec<usize>, Vec<usize>) = all.partition(has_failed);
        if again.is_empty() || new.is_empty() {
            return ask(if again.is_empty() { &new } else { &again });
        }
        let mut said = vec![Said::NoMatch; self.entries.len()];
        for places in [new, again] {
            for (place, answer) in places.iter().zip(ask(&places)) {
                if let Some(said) = said.get_mut(*place) {
                    *said = answer;
                }
            }
        }
        said
    }
}
