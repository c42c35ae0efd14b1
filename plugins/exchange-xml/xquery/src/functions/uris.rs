//! Functions on URIs (XPath Functions 3.1, chapter 6).

use super::Row;

pub(super) const TABLE: &[Row] = &[];
