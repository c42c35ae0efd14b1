//! Regular expressions that a query used before, kept for all its evaluations: most patterns are
//! constants.
//!
//! Invariant: it holds a few small ones, so that patterns made from messages neither fill memory
//! nor push anything out for long.

use std::sync::{Arc, PoisonError, RwLock};

use super::{Flags, Regex};
use crate::error::Result;
use crate::meter::Meter;

const ENTRIES_MAX: usize = 16;

/// Patterns that are longer, or cost more for each character, are compiled each time.
const PATTERN_BYTES_MAX: usize = 1024;
const PLACES_MAX: u64 = 1024;

/// The patterns of a query.
#[derive(Debug, Default)]
pub(crate) struct RegexCache {
    entries: RwLock<Vec<Entry>>,
}

#[derive(Debug)]
struct Entry {
    pattern: Box<str>,
    flags: Flags,
    regex: Arc<Regex>,
}

impl RegexCache {
    /// The compiled pattern.
    ///
    /// # Errors
    ///
    /// As [`Regex::new`].
    pub(crate) fn get(&self, meter: &Meter<'_>, pattern: &str, flags: Flags) -> Result<Arc<Regex>> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let is_same = |entry: &&Entry| entry.flags == flags && *entry.pattern == *pattern;
        if let Some(entry) = entries.iter().find(is_same) {
            return Ok(Arc::clone(&entry.regex));
        }
        drop(entries);
        let regex = Arc::new(Regex::new(meter, pattern, flags)?);
        if pattern.len() <= PATTERN_BYTES_MAX && regex.places() <= PLACES_MAX {
            let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
            if entries.len() >= ENTRIES_MAX {
                entries.clear();
            }
            entries.push(Entry { pattern: pattern.into(), flags, regex: Arc::clone(&regex) });
        }
        Ok(regex)
    }
}
