//! Gathers items into a sequence and counts them.
//!
//! Invariant: what is kept is counted before memory is asked for; one item needs none.

use super::{Item, Sequence};
use crate::error::Result;
use crate::meter::Meter;

/// A sequence under construction.
#[derive(Debug)]
pub(crate) struct SequenceBuilder<'m, 'a> {
    meter: &'m Meter<'a>,
    first: Option<Item<'a>>,
    /// All of them, the first one too, from the second one on.
    items: Vec<Item<'a>>,
}

impl<'m, 'a> SequenceBuilder<'m, 'a> {
    /// Nothing so far.
    pub(crate) fn new(meter: &'m Meter<'a>) -> Self {
        Self { meter, first: None, items: Vec::new() }
    }

    /// Adds an item.
    ///
    /// # Errors
    ///
    /// A limit's.
    #[inline]
    pub(crate) fn push(&mut self, item: Item<'a>) -> Result<()> {
        if self.items.is_empty() {
            let Some(first) = self.first.take() else {
                self.first = Some(item);
                return self.meter.step();
            };
            self.grow(2)?;
            self.items.push(first);
        } else if self.items.len() == self.items.capacity() {
            self.grow(1)?;
        }
        self.items.push(item);
        self.meter.step()
    }

    /// Adds the items of a sequence.
    ///
    /// # Errors
    ///
    /// A limit's.
    pub(crate) fn extend(&mut self, items: Sequence<'a>) -> Result<()> {
        if self.is_empty() && matches!(items, Sequence::Many { .. }) {
            // Most often nothing follows; then nothing is copied.
            self.meter.items(items.len())?;
            self.meter.build(items.len() * size_of::<Item<'_>>())?;
            self.items = items.into_vec();
            return Ok(());
        }
        items.into_iter().try_for_each(|item| self.push(item))
    }

    /// How many items there are so far.
    pub(crate) fn len(&self) -> usize {
        if self.first.is_some() { 1 } else { self.items.len() }
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sequence.
    pub(crate) fn finish(self) -> Sequence<'a> {
        self.first.map_or_else(|| self.items.into(), Sequence::One)
    }

    #[cold]
    fn grow(&mut self, more: usize) -> Result<()> {
        let length = self.items.len();
        self.meter.items(length + more)?;
        let room = length.max(4);
        self.meter.build(room * size_of::<Item<'_>>())?;
        self.items.reserve_exact(room);
        Ok(())
    }
}
