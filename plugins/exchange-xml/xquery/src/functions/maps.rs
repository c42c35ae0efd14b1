//! Functions on maps (XPath Functions 3.1, section 17.1).

use super::Row;

pub(super) const TABLE: &[Row] = &[];
