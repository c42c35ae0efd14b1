//! A look at a text that most documents pass, so that they need no survey.
//!
//! It looks for what the parser's time depends on, by counts over all of the text that hold for
//! any part of it: what passes is inside the limits but perhaps that of depth, which the parser's
//! time does not depend on and which is checked when the tree is made.
//!
//! Invariant: a text passes only if a survey would let it pass as well, depth aside.

use memchr::{memchr, memchr_iter, memmem};

use crate::limits::DocumentLimits;

/// Whether a text has no DOCTYPE, so no entities, and few attributes and namespaces.
pub(super) fn passes(text: &str, limits: &DocumentLimits) -> bool {
    let text = text.as_bytes();
    memmem::find(text, b"<!DOCTYPE").is_none()
        && has_few_namespaces(text, limits.namespaces_max)
        && has_few_attributes(text, limits.attributes_max)
}

/// Whether there are few declarations in all, none of which takes a prefix away.
fn has_few_namespaces(text: &[u8], namespaces_max: usize) -> bool {
    let mut count = 0;
    for at in memmem::find_iter(text, b"xmlns") {
        count += 1;
        let rest = text.get(at..).unwrap_or_default();
        let value = rest.iter().position(|b| matches!(b, b'"' | b'\''));
        let value = value.and_then(|value| rest.get(value..)).unwrap_or_default();
        let is_empty = matches!(value, [b'"', b'"', ..] | [b'\'', b'\'', ..]);
        if count > namespaces_max || is_empty {
            return false;
        }
    }
    true
}

/// Whether between two `<`, which no value of an attribute may hold, never are many `=`.
fn has_few_attributes(text: &[u8], attributes_max: usize) -> bool {
    let (mut last, mut count) = (0, 0);
    for at in memchr_iter(b'=', text) {
        let between = text.get(last..at).unwrap_or_default();
        count = if memchr(b'<', between).is_some() { 1 } else { count + 1 };
        if count > attributes_max {
            return false;
        }
        last = at;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_hold_for_any_part_of_a_text() {
        let limits =
            DocumentLimits { namespaces_max: 2, attributes_max: 2, ..DocumentLimits::default() };
        for (text, expected) in [
            ("<a/>", true),
            ("<a b='1' c='2'><a b='1' c='2'/></a>", true),
            ("<a b='1' c='2' d='3'/>", false),
            ("<a b='=' c='2'/>", false),
            ("<a xmlns='u' xmlns:p='v'/>", true),
            ("<a xmlns='u'><b xmlns='v'/><c xmlns='w'/></a>", false),
            ("<p:a xmlns:p=''/>", false),
            ("<p:a xmlns:p = \"\"/>", false),
            ("<!DOCTYPE a><a/>", false),
        ] {
            assert_eq!(passes(text, &limits), expected, "{text}");
        }
    }
}
