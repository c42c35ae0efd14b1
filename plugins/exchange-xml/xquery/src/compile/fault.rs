//! Static errors (XQuery 3.1, section 2.3.1), and the names that may have been meant.

use crate::error::{Error, ErrorCode, Span};

/// Names that differ in more than this many places are not alike.
const EDITS_MAX: usize = 2;

/// Longer names are not compared.
const COMPARED_CHARACTERS_MAX: usize = 64;

/// A static error at a place.
pub(super) fn fault(code: &'static str, text: impl Into<String>, span: Span) -> Error {
    Error::new(ErrorCode::Standard(code), text).at(span)
}

/// The name most like `name` that is like it at all.
pub(super) fn nearest<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let edits_max = EDITS_MAX.min(name.chars().count() / 3);
    names
        .into_iter()
        .filter(|other| *other != name)
        .filter_map(|other| Some((edits(name, other)?, other)))
        .filter(|(edits, _)| *edits <= edits_max)
        .min()
        .map(|(_, other)| other)
}

/// How many characters must be put in, left out or changed to make one of the other.
fn edits(left: &str, right: &str) -> Option<usize> {
    let right: Vec<char> = right.chars().collect();
    let left_count = left.chars().count();
    if left_count.max(right.len()) > COMPARED_CHARACTERS_MAX
        || left_count.abs_diff(right.len()) > EDITS_MAX
    {
        return None;
    }
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, here) in left.chars().enumerate() {
        let mut diagonal = index;
        let mut before = index + 1;
        let mut next = vec![before];
        for (there, above) in right.iter().zip(row.iter().skip(1)) {
            let changed = diagonal + usize::from(here != *there);
            before = changed.min(above + 1).min(before + 1);
            diagonal = *above;
            next.push(before);
        }
        row = next;
    }
    row.last().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_no_far_one() {
        let names = ["substring", "string", "string-join", "subsequence"];
        assert_eq!(nearest("substrng", names), Some("substring"));
        assert_eq!(nearest("strings", names), Some("string"));
        assert_eq!(nearest("string_join", names), Some("string-join"));
        assert_eq!(nearest("concat", names), None);
        assert_eq!(nearest("a", ["b"]), None);
    }
}
