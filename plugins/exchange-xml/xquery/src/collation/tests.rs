//! Collations: which exist, and how they compare, find and cut.

use super::*;
use crate::limits::Limits;

fn uca(query: &str) -> Collation {
    Collation::named(&format!("{UNICODE}?{query}"), None).unwrap()
}

#[test]
fn a_relative_uri_is_resolved_and_an_unknown_one_refused() {
    let base: Arc<str> = "http://www.w3.org/2005/xpath-functions/".into();
    assert!(matches!(
        Collation::named("collation/codepoint", Some(&base)),
        Ok(Collation::Codepoint)
    ));
    for (uri, base) in [
        ("collation/codepoint", None),
        ("http://www.w3.org/2013/collation/UCA2", None),
        ("http://example.org/", Some(&base)),
        ("http://www.w3.org/2013/collation/UCA?fallback=no;strength=6", None),
        ("http://www.w3.org/2013/collation/UCA?reorder=digit;fallback=no", None),
        ("http://www.w3.org/2013/collation/UCA?version=96.5;fallback=no", None),
    ] {
        let error = Collation::named(uri, base).unwrap_err();
        assert_eq!(error.code(), &ErrorCode::Standard("FOCH0002"), "{uri}");
    }
}

#[test]
fn comparison_and_keys_agree() {
    let ascii = || Collation::AsciiCaseInsensitive;
    let cases = [
        (Collation::Codepoint, "a", "B", Ordering::Greater),
        (Collation::Codepoint, "\u{FFFF}", "\u{10000}", Ordering::Less),
        (ascii(), "aBc", "AbC", Ordering::Equal),
        (ascii(), "_", "a", Ordering::Greater),
        (ascii(), "é", "É", Ordering::Greater),
        (uca(""), "a", "B", Ordering::Less),
        (uca("strength=primary"), "Epee", "épée", Ordering::Equal),
        (uca("strength=secondary"), "Epee", "épée", Ordering::Less),
        (uca("numeric=yes"), "a9", "a10", Ordering::Less),
        (uca("numeric=no"), "a9", "a10", Ordering::Greater),
        (uca("caseFirst=upper"), "ab", "Ab", Ordering::Greater),
        (uca("alternate=shifted;strength=quaternary"), "a-b", "ab", Ordering::Less),
        (uca("alternate=blanked;strength=quaternary"), "a-b", "ab", Ordering::Equal),
        (uca("lang=sv"), "z", "ö", Ordering::Less),
        (uca("unknown=1;strength=x"), "a", "A", Ordering::Less),
    ];
    for (collation, left, right, expected) in cases {
        assert_eq!(collation.compare(left, right), expected, "{left} {right} {collation:?}");
        assert_eq!(collation.key(left).cmp(&collation.key(right)), expected, "{left} {right}");
        assert_eq!(collation.equal(left, right), expected.is_eq(), "{left} {right}");
    }
}

#[test]
fn parts_match_by_units() {
    let limits = Limits::default();
    let meter = Meter::new(&limits);
    let cases = [
        (Collation::Codepoint, "weather", "the", Some(3..6)),
        (Collation::Codepoint, "weather", "THE", None),
        (Collation::AsciiCaseInsensitive, "éWEATHER", "the", Some(5..8)),
        (uca("strength=primary"), "xéÈx", "ee", Some(1..5)),
        (uca("alternate=shifted"), "-a-b-c", "bc", Some(3..6)),
        (uca("alternate=shifted"), "a-b", "-", Some(0..0)),
        (uca("numeric=yes"), "a012", "12", Some(1..4)),
        (uca("numeric=yes"), "a012", "1", None),
        (uca(""), "e\u{301}", "e", None),
        (uca(""), "", "", Some(0..0)),
    ];
    for (collation, text, part, expected) in cases {
        let found = collation.find(&meter, text, part).unwrap();
        assert_eq!(found, expected, "{text} {part} {collation:?}");
    }
    let primary = uca("strength=primary");
    assert!(primary.starts_with(&meter, "Éa", "e").unwrap());
    assert!(!primary.starts_with(&meter, "É", "ea").unwrap());
    assert!(primary.ends_with(&meter, "aÉ", "AE").unwrap());
    assert!(!primary.ends_with(&meter, "É", "ae").unwrap());
    let ascii = Collation::AsciiCaseInsensitive;
    assert!(ascii.starts_with(&meter, "Ab", "aB").unwrap());
    assert!(ascii.ends_with(&meter, "éAb", "aB").unwrap());
    assert!(!ascii.starts_with(&meter, "é", "e").unwrap());
}
