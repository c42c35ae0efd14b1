//! Functions on JSON (XPath Functions 3.1, section 17.5).

use super::Row;

pub(super) const TABLE: &[Row] = &[];
