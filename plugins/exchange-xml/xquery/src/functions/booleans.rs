//! Functions on booleans (XPath Functions 3.1, chapter 7).

use super::Row;

pub(super) const TABLE: &[Row] = &[];
