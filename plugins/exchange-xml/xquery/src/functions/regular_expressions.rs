//! Functions that use regular expressions (XPath Functions 3.1, section 5.6).

use super::Row;

pub(super) const TABLE: &[Row] = &[];
