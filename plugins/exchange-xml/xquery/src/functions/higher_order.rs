//! Functions on functions (XPath Functions 3.1, chapter 16).

use super::Row;

pub(super) const TABLE: &[Row] = &[];
