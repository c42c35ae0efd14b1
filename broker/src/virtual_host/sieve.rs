//! Filters on bindings, asked about a batch: each once about all messages that come to it, and
//! those of one language that face the same messages in one call.
//!
//! Invariants:
//! - a route without filters does not come here;
//! - an answer that was not given, because a filter failed, is what the operator wants instead.

use std::cmp::Ordering;
use std::ptr;
use std::sync::Arc;

use foldhash::HashMap;
use philter_plugin_api::MessageView;
use smallvec::SmallVec;

use crate::virtual_host::CompiledFilter;
use crate::virtual_host::exchange::Target;
use crate::virtual_host::routing::Failed;
use crate::virtual_host::undecided::PluginFailure;

/// What one filter is asked.
struct Asked<'t> {
    filter: &'t CompiledFilter,
    /// The messages that it faces, by their places in the batch.
    messages: SmallVec<[usize; 1]>,
    /// Where each answer goes.
    answers: SmallVec<[usize; 1]>,
}

/// All filters that are asked, in the order in which messages come to them.
#[derive(Default)]
struct Sieve<'t> {
    asked: SmallVec<[Asked<'t>; 1]>,
    /// Places among them, by address; nothing where there is but one message.
    known: Option<HashMap<usize, usize>>,
    questions: usize,
}

/// Takes out the targets whose filters do not let the message through for which they stand: those
/// of each message of a batch. Says where a filter failed.
pub(super) fn sift(
    targets: &mut [Vec<Target>],
    batch: &[&dyn MessageView],
    failed: &mut Vec<Failed>,
) {
    let mut sieve = Sieve::default();
    for (message, targets) in targets.iter().enumerate() {
        let mut guess = 0;
        for filter in targets.iter().filter_map(|target| target.filter.as_deref()) {
            guess = sieve.add(filter, message, batch.len(), guess) + 1;
        }
    }
    let mut answers = sieve.ask(batch, failed).into_iter();
    for targets in targets {
        targets.retain(|target| target.filter.is_none() || answers.next().unwrap_or(false));
    }
}

impl<'t> Sieve<'t> {
    /// A message of a batch comes to a filter, which is likely the one at `guess`: neighbours have
    /// the same ones. Answers its place.
    fn add(
        &mut self,
        filter: &'t CompiledFilter,
        message: usize,
        batch: usize,
        guess: usize,
    ) -> usize {
        let is_guessed = self.asked.get(guess).is_some_and(|asked| ptr::eq(asked.filter, filter));
        let place = if is_guessed { guess } else { self.place(filter, batch) };
        if self.asked.len() == place {
            let room = || SmallVec::with_capacity(batch - message);
            self.asked.push(Asked { filter, messages: room(), answers: room() });
        }
        if let Some(asked) = self.asked.get_mut(place) {
            asked.messages.push(message);
            asked.answers.push(self.questions);
            self.questions += 1;
        }
        place
    }

    fn place(&mut self, filter: &CompiledFilter, batch: usize) -> usize {
        let next = self.asked.len();
        match batch {
            // A message comes to each filter once.
            1 => next,
            _ => {
                let known = self.known.get_or_insert_default();
                *known.entry(ptr::from_ref(filter).addr()).or_insert(next)
            }
        }
    }

    /// The answers to all questions, in the order in which they were added.
    fn ask(mut self, batch: &[&dyn MessageView], failed: &mut Vec<Failed>) -> SmallVec<[bool; 64]> {
        let mut answers = SmallVec::from_elem(false, self.questions);
        self.asked.sort_by(Asked::order);
        for together in self.asked.chunk_by(|one, next| one.order(next).is_eq()) {
            ask_together(together, batch, &mut answers, failed);
        }
        answers
    }
}

impl Asked<'_> {
    /// By language and the messages that are faced: equal ones are asked together.
    fn order(&self, other: &Self) -> Ordering {
        let language = |asked: &Self| Arc::as_ptr(asked.filter.language()).addr();
        language(self).cmp(&language(other)).then_with(|| self.messages.cmp(&other.messages))
    }
}

fn ask_together(
    together: &[Asked<'_>],
    batch: &[&dyn MessageView],
    answers: &mut [bool],
    failed: &mut Vec<Failed>,
) {
    let Some(Asked { filter, messages, .. }) = together.first() else { return };
    let language = filter.language();
    let handles: SmallVec<[_; 4]> = together.iter().map(|asked| asked.filter.handle()).collect();
    let some: SmallVec<[&dyn MessageView; 8]>;
    let views = if messages.len() == batch.len() {
        batch
    } else {
        some = messages.iter().filter_map(|message| batch.get(*message).copied()).collect();
        &some
    };
    let left = language.ask(views, &handles, |message, handle, is_match| {
        let place = together.get(handle).and_then(|asked| asked.answers.get(message));
        if let Some(answer) = place.and_then(|place| answers.get_mut(*place)) {
            *answer = is_match;
        }
    });
    failed.extend(left.into_iter().map(|(part, error)| {
        let places = messages.get(part).unwrap_or(&[]).to_vec();
        let failure = PluginFailure::new(language.plugin_name(), &error);
        Failed { places, failure, becomes: language.on_failure() }
    }));
}
