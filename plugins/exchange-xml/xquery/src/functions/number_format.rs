//! `fn:format-integer` and `fn:format-number` (XPath Functions 3.1, sections 4.6 and 4.7).

use super::Row;

pub(super) const TABLE: &[Row] = &[];
