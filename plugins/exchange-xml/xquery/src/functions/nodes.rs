//! Functions and accessors on nodes (XPath Functions 3.1, chapters 2 and 13).

use super::Row;

pub(super) const TABLE: &[Row] = &[];
