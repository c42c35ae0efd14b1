//! What exchanges on a message's way do with it: they count it, or hold it until it is due.
//!
//! Invariant: that is written down while a message's way is looked for, and done when it is
//! published; so what a plugin fails on somewhere on its way waits nowhere, and nobody's look at
//! where messages would go leaves a trace.

use std::ops::Range;
use std::sync::Arc;

use philter_model::message::Message;

use crate::virtual_host::publish::Way;
use crate::virtual_host::reach::Batch;
use crate::virtual_host::route::Route;
use crate::virtual_host::transform::Tally;
use crate::virtual_host::{Exchange, Undecided, VirtualHost};

/// What is done with the messages of a batch on their way.
#[derive(Default)]
pub(super) struct Passage {
    /// By the place of the message in its batch, which ascends once it is [`Passage::in_order`].
    steps: Vec<(usize, Step)>,
}

/// What an exchange does.
#[derive(Clone)]
pub(super) enum Step {
    /// It counts a message of this many bytes that took a route, and what transformations did.
    Count { exchange: Arc<Exchange>, route: Arc<Route>, tally: Tally, bytes: u64 },
    /// It holds a message, or a form of it.
    Hold { exchange: Arc<Exchange>, message: Arc<Message> },
}

impl Passage {
    /// A step with what was made of the message at a place.
    pub(super) fn add(&mut self, place: usize, step: Step) {
        self.steps.push((place, step));
    }

    /// All steps of a message one after the other. Of one that a plugin failed on, which `why`
    /// tells of, is counted that it came, and nothing else is done.
    pub(super) fn in_order<'w>(
        mut self,
        why: impl Fn(usize) -> Option<&'w Arc<Undecided>>,
    ) -> Self {
        self.steps.retain_mut(|(place, step)| match (why(*place), step) {
            (None, _) => true,
            (Some(_), Step::Hold { .. }) => false,
            (Some(why), Step::Count { route, .. }) => {
                *route = Arc::new(Route::undecided(why));
                true
            }
        });
        self.steps.sort_by_key(|(place, _)| *place);
        self
    }

    /// The same with the steps of messages at `places` as they are in another one.
    pub(super) fn with_places_of(self, other: &Self, places: &[usize]) -> Self {
        let is_other = |place: usize| places.binary_search(&place).is_ok();
        let own = self.steps.into_iter().filter(|(place, _)| !is_other(*place));
        let others = other.steps.iter().filter(|(place, _)| is_other(*place)).cloned();
        let mut steps: Vec<_> = own.chain(others).collect();
        steps.sort_by_key(|(place, _)| *place);
        Self { steps }
    }

    fn of(&self, places: Range<usize>) -> &[(usize, Step)] {
        let at = |place| self.steps.partition_point(|(step, _)| *step < place);
        self.steps.get(at(places.start)..at(places.end)).unwrap_or(&[])
    }
}

impl VirtualHost {
    /// Does what is to be done on their way with the messages of a batch at these places.
    pub(super) fn pass(&self, passage: &Passage, batch: Batch<'_>, places: Range<usize>, way: Way) {
        for (place, step) in passage.of(places) {
            match step {
                Step::Count { exchange, route, tally, bytes } => {
                    exchange.count(route, *tally, 1, *bytes);
                }
                // There was room just before. One that was deleted since takes it along.
                Step::Hold { exchange, message } => {
                    self.hold(exchange, message, batch.keys_at(*place), way.granted());
                }
            }
        }
    }
}
