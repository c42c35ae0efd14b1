//! Regular expressions: syntax, matches, and both ways to search.

use super::*;
use crate::error::ErrorCode;
use crate::limits::Limits;

fn compile(pattern: &str, flags: &str) -> Result<Regex> {
    let limits = Limits::default();
    Regex::new(&Meter::new(&limits), pattern, Flags::parse(flags)?)
}

fn is_match(text: &str, pattern: &str, flags: &str) -> bool {
    let limits = Limits::default();
    let meter = Meter::new(&limits);
    compile(pattern, flags).unwrap().is_match(&meter, text).unwrap()
}

fn found(text: &str, pattern: &str, flags: &str) -> Vec<String> {
    let limits = Limits::default();
    let meter = Meter::new(&limits);
    let regex = compile(pattern, flags).unwrap();
    let mut matches = regex.matches(text);
    let mut found = Vec::new();
    while matches.next(&meter).unwrap() {
        let groups = (0..=regex.groups()).map(|group| {
            matches.group(group).map_or("-", |range| text.get(range).unwrap()).to_owned()
        });
        found.push(groups.collect::<Vec<_>>().join("/"));
    }
    found
}

#[test]
fn other_dialects_are_refused() {
    for pattern in [
        "a}",
        "]",
        "a{",
        "a{,3}",
        "a{3,2}",
        "*a",
        "a**",
        "a???",
        "a{2}{3}",
        "(",
        ")",
        "(?=a)",
        "(?i:a)",
        "[]",
        "[^]",
        "[--a]",
        "[+--]",
        "[a--b]",
        "[[a]]",
        "[b-a]",
        "[a-\\d]",
        "[a-z-[aeiou]b]",
        "[a-c-[b]-d]",
        "[a",
        "\\",
        "\\b",
        "a\\ b",
        "\\p",
        "\\pL",
        "\\p{L",
        "\\p{IsFoo}",
        "\\p{Foo}",
        "\\p{isBasicLatin}",
        "\\P{^L}",
        "\\1(a)",
        "(a\\1)",
        "(a)\\2",
        "[\\1]",
        "a|*",
        "\\0",
        "\\x41",
        "\\u0041",
        "[a-\\",
        "[-[a]]",
    ] {
        let error = compile(pattern, "").unwrap_err();
        assert_eq!(error.code(), &ErrorCode::Standard("FORX0002"), "{pattern}");
    }
    assert_eq!(compile("a", "k").unwrap_err().code(), &ErrorCode::Standard("FORX0001"));
}

#[test]
fn patterns_match_by_the_rules_of_xpath() {
    for (text, pattern, flags, expected) in [
        ("", "", "", true),
        ("xabcy", "abc", "", true),
        ("x", "x||y", "", true),
        ("b-", "^[a-c-]+$", "", true),
        ("-", "^[a-c-e]$", "", true),
        ("d", "^[a-c-e]$", "", false),
        ("-", r"[\d-a]", "", true),
        ("-", r"^[a\-c]$", "", true),
        ("^", "^[a^]$", "", true),
        ("e", "[a-z-[aeiou]]", "", false),
        ("x", "[a-z-[aeiou]]", "", true),
        ("e", "[a-z-[a-z-[aeiou]]]", "", true),
        ("b", "[^a-[b]]", "", false),
        ("_", r"\w", "", false),
        ("+", r"\w", "", true),
        ("\u{A0}", r"\s", "", false),
        ("٣", r"^\d$", "", true),
        (":é-·", r"^\i\c*$", "", true),
        ("-", r"\i", "", false),
        ("λ", r"^\p{IsGreek}$", "", true),
        ("λ", r"^\P{IsGreek}$", "", false),
        ("λ", r"^\p{Ll}$", "", true),
        ("x", r"\p{IsHighSurrogates}", "", false),
        ("\r", ".", "", false),
        ("\n", ".", "", false),
        ("\n", ".", "s", true),
        ("b", r"(a)?b\1", "", true),
        ("aa2", r"(a)\12", "", true),
        ("abab", r"^(a(b))\1$", "", true),
        ("abAB", r"^(ab)\1$", "i", true),
        ("abAB", r"^(ab)\1$", "", false),
        ("aaab", r"^(a*)\1b$", "", false),
        ("aaaab", r"^(a*)\1b$", "", true),
        ("abcabc", r"([a-z]{3})\1", "", true),
        ("x", r"(x*)*\1y?", "", true),
        ("a", "A", "i", true),
        ("a", "[^A]", "i", false),
        ("o", "[A-Z-[OI]]", "i", false),
        ("b", "[A-Z-[OI]]", "i", true),
        ("a", r"\p{Lu}", "i", false),
        ("a", r"[\p{Lu}]", "i", false),
        ("ab", " a\nb ", "x", true),
        ("a b", "a[ ]b", "x", true),
        ("a.b", "a.b", "q", true),
        ("axb", "a.b", "q", false),
        ("xA.Bx", "a.b", "qi", true),
        ("a\n", "a$", "", false),
        ("a\nb", "^b", "", false),
        ("a\nb", "^b$", "m", true),
        ("a\n", "^$", "m", false),
        ("a\n", "a.$", "ms", false),
        ("a\n\n", "^$", "m", true),
        ("a\n", "a$", "m", true),
        ("", "^$", "m", true),
        ("\n", "^$", "m", true),
        ("x", "^*x", "", true),
    ] {
        assert_eq!(is_match(text, pattern, flags), expected, "{text:?} {pattern:?} {flags:?}");
    }
}

#[test]
fn matches_come_one_behind_the_other_with_their_groups() {
    for (text, pattern, flags, expected) in [
        ("abab", "a", "", vec!["a", "a"]),
        ("abcd", "(a(b))|(c)", "", vec!["ab/ab/b/-", "c/-/-/c"]),
        ("aab", "a*?", "", vec!["", "", "", ""]),
        ("aéa", "x*", "", vec!["", "", "", ""]),
        ("1122", r"(\d)\1", "", vec!["11/1", "22/2"]),
        ("a\nb\n", "^.", "m", vec!["a", "b"]),
        ("a\nb\n", "(.)\n^", "m", vec!["a\n/a"]),
        ("aXbxc", "x", "i", vec!["X", "x"]),
    ] {
        assert_eq!(found(text, pattern, flags), expected, "{text:?} {pattern:?} {flags:?}");
    }
}

#[test]
fn groups_know_the_group_they_lie_in() {
    let regex = compile("(a(?:(b)|(c(d))))(e)", "").unwrap();
    let parents: Vec<_> = (0..=5).map(|group| regex.parent(group)).collect();
    assert_eq!(parents, [0, 0, 1, 1, 3, 0]);
}

#[test]
fn limits_end_what_explodes() {
    let limits = Limits { steps_max: 100_000, ..Limits::default() };
    let meter = Meter::new(&limits);
    let bomb = Regex::new(&meter, r"^(a*)*(a*)*\1x$", Flags::default()).unwrap();
    assert!(bomb.is_match(&meter, &"a".repeat(40)).unwrap_err().is_limit());
    let wide = Regex::new(&Meter::new(&limits), "(a?){300}a{300}", Flags::default()).unwrap();
    assert!(wide.is_match(&Meter::new(&limits), &"a".repeat(1 << 20)).unwrap_err().is_limit());
    let deep = format!("{}a{}", "(".repeat(100_000), ")".repeat(100_000));
    let closed = format!("{}a{}", "(".repeat(500), ")".repeat(500));
    for pattern in ["a{99999999999}", r"\p{L}{1000}{0}|(\p{L}{5000}){5000}", &deep] {
        let error = compile(pattern, "");
        assert!(error.is_err_and(|error| error.is_limit() || pattern.contains("{0}")), "{pattern}");
    }
    assert!(compile(&closed, "").is_ok());
    assert!(compile(&format!("{closed}\\1*"), "").is_ok());
}

#[test]
fn a_set_is_read_once_and_counts_towards_the_limit() {
    let limits = Limits { regex_bytes_max: 64 * 1024, ..Limits::default() };
    let compile = |pattern: &str, flags: &str| {
        let (meter, flags) = (Meter::new(&limits), Flags::parse(flags).unwrap());
        Program::compile(&meter, &Parser::new(&meter, pattern, flags).parse().unwrap(), flags)
    };
    for (pattern, flags) in [(r"(a)\1\w{2000}", ""), (r"(a)\1(?:\wA\W[b-d]){500}", "i")] {
        let program = compile(pattern, flags).unwrap();
        assert!(program.instructions.len() > 2000 && program.classes.len() < 6, "{pattern}");
    }
    let many: String = ('a'..='z').map(|c| format!(r"[\w-[{c}]]")).collect();
    let error = compile(&format!(r"(a)\1{many}"), "").unwrap_err();
    assert_eq!(error.code(), &ErrorCode::Limit("regex_bytes_max"));
}

#[test]
fn what_patterns_say_in_a_few_bytes_is_counted() {
    let limits = Limits { steps_max: 200_000, ..Limits::default() };
    for (pattern, flags, expected) in [
        (r"\w".repeat(100_000), "", "steps_max"),
        (format!("[{}]", r"\w".repeat(100_000)), "", "steps_max"),
        (".".repeat(100_000), "", "steps_max"),
        ("a".repeat(200_000), "i", "built_bytes_max"),
        ("[B-\u{10FFFE}]".repeat(10_000), "i", "steps_max"),
        (format!("(a)\\1({}a){{20000}}", "(?:)".repeat(10_000)), "", "steps_max"),
    ] {
        let error = Regex::new(&Meter::new(&limits), &pattern, Flags::parse(flags).unwrap());
        assert_eq!(error.unwrap_err().code(), &ErrorCode::Limit(expected), "{flags} {expected}");
    }
}

#[test]
fn replacement_strings_name_groups() {
    use replacement::{Part, parse};
    let text = |text: &str| Part::Text(text.to_owned());
    for (given, groups, expected) in [
        ("a", 0, vec![text("a")]),
        (r"\$\\", 0, vec![text(r"$\")]),
        ("[$0]", 0, vec![text("["), Part::Group(0), text("]")]),
        ("$1", 0, vec![]),
        ("$12", 1, vec![Part::Group(1), text("2")]),
        ("$12", 12, vec![Part::Group(12)]),
    ] {
        assert_eq!(parse(given, groups).unwrap(), expected, "{given}");
    }
    for given in ["$", "$a", "\\", "\\n", "a$"] {
        let error = parse(given, 1).unwrap_err();
        assert_eq!(error.code(), &ErrorCode::Standard("FORX0004"), "{given}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 512, ..Default::default() })]

    /// Any text is a pattern or refused, and both ways to search find the same.
    #[test]
    fn searching_in_linear_time_and_by_trying_agree(
        pattern in concat!(
            r"([ab.^$|()]|[ab)]([*+?]|\{[012]\}|\{1,2\}|\{1,\})\??",
            r"|\[\^?[ab-]{1,3}\]|\\[dn]|x){0,9}",
        ),
        text in "[ab1\n-]{0,8}",
        flags in "[smi]{0,2}",
    ) {
        let limits = Limits::default();
        let meter = Meter::new(&limits);
        let flags = Flags::parse(&flags).unwrap();
        if let Ok(syntax) = Parser::new(&meter, &pattern, flags).parse() {
            let program = Program::compile(&meter, &syntax, flags).unwrap();
            let regex = Regex::new(&meter, &pattern, flags).unwrap();
            let mut slots = Vec::new();
            let is_found = program.search(&meter, &text, 0, &mut slots).unwrap();
            let mut matches = regex.matches(&text);
            proptest::prop_assert_eq!(is_found, matches.next(&meter).unwrap());
            proptest::prop_assert_eq!(is_found, regex.is_match(&meter, &text).unwrap());
            if is_found {
                let range = matches.range();
                let expected = (Some(range.start), Some(range.end));
                proptest::prop_assert_eq!((slots[0], slots[1]), expected);
            }
        }
    }
}
