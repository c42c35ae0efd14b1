//! Functions on strings (XPath Functions 3.1, chapter 5 but for regular expressions).

use super::Row;

pub(super) const TABLE: &[Row] = &[];
