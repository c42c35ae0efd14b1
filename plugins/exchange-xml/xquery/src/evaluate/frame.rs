//! The variables of one call of a function, or of the query's body.
//!
//! Invariant: a slot belongs to one variable, so that expressions whose items are under way do not
//! disturb each other.

use std::cell::{OnceCell, RefCell};

use crate::collation::{self, Collation};
use crate::error::Result;
use crate::expression::{Slot, StaticContext};
use crate::value::Sequence;

/// The variables of one call, by slot.
pub(crate) struct Frame<'a> {
    slots: Vec<RefCell<Sequence<'a>>>,
    /// Of the module that the code stands in.
    pub(crate) context: &'a StaticContext,
    collation: OnceCell<Collation>,
}

impl<'a> Frame<'a> {
    /// Bytes that a slot takes.
    pub(crate) const SLOT_BYTES: usize = size_of::<RefCell<Sequence<'_>>>();

    /// Variables without values.
    pub(crate) fn new(slots: usize, context: &'a StaticContext) -> Self {
        let slots = (0..slots).map(|_| RefCell::default()).collect();
        Self { slots, context, collation: OnceCell::new() }
    }

    /// The value of a variable.
    #[inline]
    pub(crate) fn get(&self, slot: Slot) -> Sequence<'a> {
        self.slots.get(slot).map(|slot| slot.borrow().clone()).unwrap_or_default()
    }

    /// Gives a variable its value.
    #[inline]
    pub(crate) fn set(&self, slot: Slot, value: impl Into<Sequence<'a>>) {
        if let Some(slot) = self.slots.get(slot) {
            // The former value goes only when the slot is free again.
            let _former = slot.replace(value.into());
        }
    }

    /// The default collation.
    ///
    /// # Errors
    ///
    /// `FOCH0002` where there is no such collation.
    pub(crate) fn collation(&self) -> Result<&Collation> {
        static CODEPOINT: Collation = Collation::Codepoint;
        let uri = &*self.context.default_collation;
        if uri.is_empty() || uri == collation::CODEPOINT {
            return Ok(&CODEPOINT);
        }
        if let Some(collation) = self.collation.get() {
            return Ok(collation);
        }
        let named = Collation::named(uri, self.context.base_uri.as_ref())?;
        Ok(self.collation.get_or_init(|| named))
    }
}
