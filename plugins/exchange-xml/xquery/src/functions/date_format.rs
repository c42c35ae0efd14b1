//! `fn:format-dateTime` and its kin, `fn:parse-ietf-date` (XPath Functions 3.1, sections 9.8 and 9.9).

use super::Row;

pub(super) const TABLE: &[Row] = &[];
