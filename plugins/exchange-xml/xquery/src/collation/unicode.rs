//! A collation by the Unicode Collation Algorithm (XPath Functions 3.1, section 5.3.4).

use std::cmp::Ordering;

use icu_collator::CollatorBorrowed;

use super::parameters::Parameters;
use super::unknown;
use crate::atomic::quoted;
use crate::error::Result;

/// A collator with its parameters.
pub(crate) struct Unicode {
    collator: CollatorBorrowed<'static>,
    is_numeric: bool,
    /// The key of nothing, which is that of what counts on no level as well.
    empty_key: Vec<u8>,
}

impl Unicode {
    /// The collation with the parameters of a URI, without its `?`.
    pub(super) fn new(query: &str) -> Result<Self> {
        let parameters = Parameters::parse(query)?;
        let collator = parameters
            .collator()
            .ok_or_else(|| unknown(format!("no data for a collation with {}", quoted(query))))?;
        let empty_key = key(&collator, "");
        Ok(Self { collator, is_numeric: parameters.is_numeric(), empty_key })
    }

    pub(super) fn compare(&self, left: &str, right: &str) -> Ordering {
        self.collator.compare(left, right)
    }

    pub(super) fn key(&self, text: &str) -> Vec<u8> {
        key(&self.collator, text)
    }

    /// Whether runs of digits are one number.
    pub(super) fn is_numeric(&self) -> bool {
        self.is_numeric
    }

    /// Whether what has this key counts on no level.
    pub(super) fn is_ignorable(&self, key: &[u8]) -> bool {
        key == self.empty_key
    }
}

impl std::fmt::Debug for Unicode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.collator.resolved_options())
    }
}

fn key(collator: &CollatorBorrowed<'_>, text: &str) -> Vec<u8> {
    let mut key = Vec::new();
    // A vector takes whatever is written.
    let Ok(()) = collator.write_sort_key_to(text, &mut key);
    key
}
