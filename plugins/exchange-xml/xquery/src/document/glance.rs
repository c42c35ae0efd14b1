//! A look at a text that most documents pass, so that they need no survey.
//!
//! It looks for what the parser's time depends on, by counts over all of the text that hold for
//! any part of it: what passes is inside the limits but perhaps that of depth, which the parser's
//! time does not depend on and which is checked when the tree is made.
//!
//! Invariant: a text passes only if a survey would let it pass as well, depth aside.

use std::sync::LazyLock;

use memchr::memmem::{self, Finder};
use memchr::{memchr, memchr_iter, memchr2, memrchr};
use smallvec::SmallVec;

use crate::limits::DocumentLimits;

static XMLNS: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("xmlns"));

/// Where in a text the tags begin that may declare namespaces, ascending; no others do.
pub(super) type Declarations = SmallVec<[usize; 8]>;

/// Passes a text that has no DOCTYPE, so no entities, and few attributes and namespaces.
pub(super) fn passes(text: &str, limits: &DocumentLimits) -> Option<Declarations> {
    let text = text.as_bytes();
    let is_plain = !has_doctype(text) && has_few_attributes(text, limits.attributes_max);
    if is_plain { declarations(text, limits.namespaces_max) } else { None }
}

/// Whether something that may be a DOCTYPE stands before the root element, its only place.
fn has_doctype(text: &[u8]) -> bool {
    let mut rest = text;
    while let Some(markup) = memchr(b'<', rest).and_then(|at| rest.get(at..)) {
        let (inside, end): (&[u8], &[u8]) = match markup {
            [b'<', b'?', inside @ ..] => (inside, b"?>"),
            [b'<', b'!', b'-', b'-', inside @ ..] => (inside, b"-->"),
            [b'<', b'!', ..] => return true,
            _ => return false,
        };
        rest = memmem::find(inside, end).and_then(|at| inside.get(at..)).unwrap_or_default();
    }
    false
}

/// The declarations, where there are few in all, none of which takes a prefix away.
fn declarations(text: &[u8], namespaces_max: usize) -> Option<Declarations> {
    let mut declarations = Declarations::new();
    // The tag before, and the quote behind, of the last one: found once for all between them.
    let (mut tag, mut read, mut quote) = (0, 0, 0);
    for at in XMLNS.find_iter(text) {
        if quote < at {
            let rest = text.get(at..).unwrap_or_default();
            quote = memchr2(b'"', b'\'', rest).map_or(text.len(), |found| at + found);
        }
        let value = text.get(quote..).unwrap_or_default();
        let is_empty = matches!(value, [b'"', b'"', ..] | [b'\'', b'\'', ..]);
        if declarations.len() >= namespaces_max || is_empty {
            return None;
        }
        let before = text.get(read..at).unwrap_or_default();
        tag = memrchr(b'<', before).map_or(tag, |found| read + found);
        read = at;
        declarations.push(tag);
    }
    Some(declarations)
}

/// Whether between two `<`, which no value of an attribute may hold, never are many `=`.
fn has_few_attributes(text: &[u8], attributes_max: usize) -> bool {
    if memchr_iter(b'=', text).count() <= attributes_max {
        return true;
    }
    // From a `<` on, as far as one tag may not reach: then on from the last `<` before that.
    let mut rest = text;
    while let Some(many) = memchr_iter(b'=', rest).nth(attributes_max) {
        let last = rest.get(..many).and_then(|passed| memrchr(b'<', passed));
        match last.filter(|last| *last > 0).and_then(|last| rest.get(last..)) {
            Some(behind) => rest = behind,
            None => return false,
        }
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
            ("<a b='1'/><a b='1' c='2'/><a b='1' c='2' d='3'/>", false),
            ("= <a b='1' c='2'/><a/><a b='1' c='2'/> = ", false),
            ("= <a b='1'/><a c='2'/> = ", true),
            ("===", false),
            ("<a xmlns='u' xmlns:p='v'/>", true),
            ("<a xmlns='u'><b xmlns='v'/><c xmlns='w'/></a>", false),
            ("<p:a xmlns:p=''/>", false),
            ("<p:a xmlns:p = \"\"/>", false),
            ("<!DOCTYPE a><a/>", false),
            ("<?xml version='1.0'?> <!-- <a> --><?p <a?><!DOCTYPE a><a/>", false),
            ("<!--><!DOCTYPE a>--><a/>", true),
            ("<!---><!DOCTYPE a>--><a/>", true),
            ("<?p?><!----><a/>", true),
            ("<a><!DOCTYPE a></a>", true),
        ] {
            assert_eq!(passes(text, &limits).is_some(), expected, "{text}");
        }
    }
}
