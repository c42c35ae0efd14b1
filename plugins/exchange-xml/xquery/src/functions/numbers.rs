//! Functions on numbers, and the mathematical ones (XPath Functions 3.1, sections 4.3, 4.4 and 4.8).

use super::Row;

pub(super) const TABLE: &[Row] = &[];
