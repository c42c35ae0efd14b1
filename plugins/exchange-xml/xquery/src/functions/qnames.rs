//! Functions on names (XPath Functions 3.1, chapter 10).

use super::Row;

pub(super) const TABLE: &[Row] = &[];
