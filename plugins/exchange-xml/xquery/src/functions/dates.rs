//! Functions on durations, dates and times (XPath Functions 3.1, chapters 8 and 9 but for formatting).

use super::Row;

pub(super) const TABLE: &[Row] = &[];
