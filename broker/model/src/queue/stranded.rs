//! Dead letters that are stranded: nobody could say where they go, so they wait here until the
//! owner tries again.
//!
//! Invariants:
//! - a letter has its turn when it comes, and once it was tried in vain behind all others;
//! - the owner stores one under its id until it went on; where the store did not take that, it is
//!   no letter any more, for it is still where it came from;
//! - there are at most [`STRANDED_MAX`], those included that the owner is trying.

use std::collections::VecDeque;
use std::sync::Arc;

use foldhash::HashSet;

use crate::limits::STRANDED_MAX;
use crate::message::Message;
use crate::queue::{DeadLetterReason, EntryId, Queue};

/// A dead letter that could not go on.
#[derive(Clone, Debug)]
pub struct StrandedLetter {
    /// Under which the owner stores it, if he does; no entry has it.
    pub id: EntryId,
    /// It, as it was when it died.
    pub message: Arc<Message>,
    /// Why it died.
    pub reason: DeadLetterReason,
}

/// Stranded letters in the order in which they are tried.
#[derive(Debug, Default)]
pub(super) struct Stranded {
    letters: VecDeque<StrandedLetter>,
    /// All of them, and those that the owner is trying.
    ids: HashSet<EntryId>,
}

impl Stranded {
    /// Whether one has this id.
    pub(super) fn has(&self, id: EntryId) -> bool {
        self.ids.contains(&id)
    }

    /// The store did not take the one with this id, if there is one.
    pub(super) fn not_stored(&mut self, id: EntryId) {
        if self.ids.remove(&id) {
            self.letters.retain(|letter| letter.id != id);
        }
    }
}

impl Queue {
    /// A dead letter of this queue can't go on. Answers the id under which it is to be stored; none
    /// where there are too many, and it is lost.
    pub fn strand(&mut self, message: &Arc<Message>, reason: DeadLetterReason) -> Option<EntryId> {
        if self.stranded.ids.len() >= STRANDED_MAX {
            return None;
        }
        let id = self.entries.next_id();
        self.entries.skip_to(id.next());
        self.stranded.ids.insert(id);
        let message = Arc::clone(message);
        self.stranded.letters.push_back(StrandedLetter { id, message, reason });
        Some(id)
    }

    /// How many are stranded, but for those that were taken to be tried.
    pub fn stranded(&self) -> usize {
        self.stranded.letters.len()
    }

    /// Takes the next letters to be tried, at most `count`, all of one reason. Each comes back by
    /// [`Queue::strand_again`], or has gone on by [`Queue::went_on`].
    pub fn take_stranded(&mut self, count: usize) -> Vec<StrandedLetter> {
        let letters = &mut self.stranded.letters;
        let Some(reason) = letters.front().map(|first| first.reason) else { return Vec::new() };
        let alike = letters.iter().take(count).take_while(|letter| letter.reason == reason).count();
        letters.drain(..alike).collect()
    }

    /// Letters were tried in vain.
    pub fn strand_again(&mut self, letters: impl IntoIterator<Item = StrandedLetter>) {
        let Stranded { letters: all, ids } = &mut self.stranded;
        all.extend(letters.into_iter().filter(|letter| ids.contains(&letter.id)));
    }

    /// Letters went on: see [`Queue::take_changes`].
    pub fn went_on(&mut self, letters: &[StrandedLetter]) {
        for StrandedLetter { id, message, .. } in letters {
            if self.stranded.ids.remove(id) && self.keeping.keeps(message) {
                self.keeping.gone().push(*id);
            }
        }
    }
}
