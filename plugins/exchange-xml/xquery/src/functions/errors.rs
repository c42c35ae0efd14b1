//! Errors and diagnostics (XPath Functions 3.1, chapter 3).

use super::Row;

pub(super) const TABLE: &[Row] = &[];
