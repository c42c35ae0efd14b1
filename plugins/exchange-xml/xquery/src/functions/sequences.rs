//! Functions on sequences (XPath Functions 3.1, sections 14.1 and 14.2).

use super::Row;

pub(super) const TABLE: &[Row] = &[];
