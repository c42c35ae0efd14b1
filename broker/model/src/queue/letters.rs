//! Dead letters that left a queue and wait until its owner moves them on.
//!
//! Invariant: the owner stores one under the id of its entry until he takes it; where the store
//! refused it, it is no letter any more, for it is still where it came from.

use std::sync::Arc;

use crate::message::Message;
use crate::queue::EntryId;

/// Why a message is a dead letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadLetterReason {
    /// A consumer refused it.
    Rejected,
    /// Its time was over.
    Expired,
    /// A limit of its queue dropped it, or did not let it in.
    MaxLength,
    /// It came back too often.
    DeliveryLimit,
}

impl DeadLetterReason {
    /// The word that headers have for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::MaxLength => "maxlen",
            Self::DeliveryLimit => "delivery_limit",
        }
    }
}

/// Dead letters in the order in which they left.
#[derive(Debug, Default)]
pub(super) struct Letters(Vec<Letter>);

#[derive(Debug)]
struct Letter {
    message: Arc<Message>,
    /// None where its owner does not store it.
    stored_as: Option<EntryId>,
}

impl Letters {
    pub(super) fn push(&mut self, message: Arc<Message>, stored_as: Option<EntryId>) {
        self.0.push(Letter { message, stored_as });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether one is stored under this id, or is about to be.
    pub(super) fn has(&self, id: EntryId) -> bool {
        self.0.iter().any(|letter| letter.stored_as == Some(id))
    }

    /// The store did not take the one with this id, if there is one.
    pub(super) fn not_stored(&mut self, id: EntryId) {
        self.0.retain(|letter| letter.stored_as != Some(id));
    }

    /// The owner takes them; ids of those that are gone from his store by that go to `gone`.
    pub(super) fn take(&mut self, gone: &mut Vec<EntryId>) -> Vec<Arc<Message>> {
        let letters = std::mem::take(&mut self.0);
        gone.extend(letters.iter().filter_map(|letter| letter.stored_as));
        letters.into_iter().map(|letter| letter.message).collect()
    }
}
