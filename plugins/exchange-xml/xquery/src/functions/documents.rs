//! What reads documents, texts and the environment (XPath Functions 3.1, section 14.6).

use super::Row;

pub(super) const TABLE: &[Row] = &[];
