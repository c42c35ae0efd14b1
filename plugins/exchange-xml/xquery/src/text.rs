//! Strings under construction.
//!
//! Invariants: what a string takes is counted before it grows; so are steps for what is added.

use crate::error::Result;
use crate::meter::Meter;

/// Bytes to begin with.
const CAPACITY_MIN: usize = 64;

/// Bytes added between two times that steps are counted, and for one step.
const BYTES_PER_COUNT: usize = 4096;
const BYTES_PER_STEP: usize = 64;

/// A string that grows.
pub(crate) struct TextBuilder<'m, 'l> {
    meter: &'m Meter<'l>,
    text: String,
    /// Bytes added that no step was counted for yet.
    uncounted: usize,
}

impl<'m, 'l> TextBuilder<'m, 'l> {
    pub(crate) fn new(meter: &'m Meter<'l>) -> Self {
        Self { meter, text: String::new(), uncounted: 0 }
    }

    pub(crate) fn push(&mut self, c: char) -> Result<()> {
        self.grow(c.len_utf8())?;
        self.text.push(c);
        Ok(())
    }

    pub(crate) fn push_str(&mut self, text: &str) -> Result<()> {
        self.grow(text.len())?;
        self.text.push_str(text);
        Ok(())
    }

    pub(crate) fn extend(&mut self, characters: impl Iterator<Item = char>) -> Result<()> {
        for c in characters {
            self.push(c)?;
        }
        Ok(())
    }

    fn grow(&mut self, more: usize) -> Result<()> {
        self.uncounted += more;
        if self.uncounted >= BYTES_PER_COUNT {
            let steps = std::mem::take(&mut self.uncounted) / BYTES_PER_STEP;
            self.meter.steps(steps as u64)?;
        }
        let (length, before) = (self.text.len().saturating_add(more), self.text.capacity());
        if length > before {
            let capacity = length.max(before.saturating_mul(2)).max(CAPACITY_MIN);
            self.meter.build(capacity - before)?;
            self.text.reserve_exact(capacity - self.text.len());
        }
        Ok(())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }
}
