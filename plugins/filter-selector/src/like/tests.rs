//! What a pattern matches, by rule, and as a naive matcher says.

use proptest::prelude::*;

use super::*;

fn is_like(text: &str, pattern: &str, escape: Option<char>) -> bool {
    LikePattern::compile(pattern, escape).unwrap().matches(text)
}

#[test]
fn underscore_is_one_character_and_percent_is_any_number() {
    for (text, pattern, expected) in [
        ("123", "12%3", true),
        ("12993", "12%3", true),
        ("1234", "12%3", false),
        ("lose", "l_se", true),
        ("loose", "l_se", false),
        ("", "", true),
        ("", "%", true),
        ("", "_", false),
        ("a", "", false),
        ("abc", "%%", true),
        ("abc", "_%_%_", true),
        ("ab", "_%_%_", false),
        ("aba", "aba%aba", false),
        ("ababa", "aba%aba", false),
        ("abaaba", "aba%aba", true),
        ("xaxbx", "%a%b%", true),
        ("xbxax", "%a%b%", false),
        ("mississippi", "%s_s%ppi", true),
        ("mississippi", "%is_sis%", false),
        ("über", "_ber", true),
        ("\u{1f980}", "_", true),
        ("a\nb", "a%b", true),
        ("A", "a", false),
        ("a.c", "a.c", true),
        ("abc", "a.c", false),
        ("a*", "a*", true),
    ] {
        assert_eq!(is_like(text, pattern, None), expected, "'{text}' LIKE '{pattern}'");
    }
}

#[test]
fn an_escape_character_takes_the_meaning_of_the_next_one() {
    for (text, pattern, expected) in [
        ("_foo", "\\_%", true),
        ("bar", "\\_%", false),
        ("100%", "100\\%", true),
        ("100a", "100\\%", false),
        ("a\\b", "a\\\\b", true),
        ("ab", "\\a\\b", true),
    ] {
        assert_eq!(is_like(text, pattern, Some('\\')), expected, "'{text}' LIKE '{pattern}'");
    }
    let odd = "'{}[]<>,.!\"$z%^&*()z_-+=?/|\\";
    assert!(is_like("'{}[]<>,.!\"$%^&*()_-+=?/|\\", odd, Some('z')));
    let nothing = LikePattern::compile("a\\", Some('\\'));
    assert_eq!(nothing, Err(Fault::NothingEscaped { escape: '\\' }));
}

#[test]
fn long_pieces_are_refused_only_where_they_are_sought_and_wild() {
    let at_limit = "_".repeat(LIKE_PIECE_CHARACTERS_MAX);
    let past_limit = format!("{at_limit}a");
    assert!(is_like(&past_limit, &format!("%{at_limit}%"), None));
    let refused = LikePattern::compile(&format!("%{past_limit}%"), None);
    assert_eq!(refused, Err(Fault::PieceTooLong { characters: 65 }));
    assert!(is_like(&past_limit, &past_limit, None));
    assert!(is_like(&past_limit, &format!("{past_limit}%"), None));
    assert!(is_like(&format!("{at_limit}{past_limit}"), &format!("%{past_limit}"), None));
    assert!(is_like(&"x".repeat(99), &format!("%{}%", "x".repeat(99)), None));
}

#[test]
fn a_pattern_made_to_backtrack_ends_at_once() {
    let text = "a".repeat(1 << 20);
    let pattern = "%a_a".repeat(1000) + "%b_";
    assert!(!is_like(&text, &pattern, None));
    let piece = format!("%{}_{}b%", "a".repeat(31), "a".repeat(31));
    assert!(!is_like(&text, &piece, None));
}

/// By trying everything.
fn naive(text: &[char], pattern: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, _) => text.is_empty(),
        (Some(('%', rest)), _) => (0..=text.len()).any(|skipped| naive(&text[skipped..], rest)),
        (Some((one, rest)), Some((found, text))) => {
            (*one == '_' || one == found) && naive(text, rest)
        }
        (Some(_), None) => false,
    }
}

proptest! {
    #[test]
    fn matches_as_a_naive_matcher_does(text in "[ab]{0,12}", pattern in "[ab_%]{0,8}") {
        let characters: Vec<char> = text.chars().collect();
        let expected = naive(&characters, &pattern.chars().collect::<Vec<_>>());
        prop_assert_eq!(is_like(&text, &pattern, None), expected);
    }

    #[test]
    fn escaped_text_is_like_itself_alone(text in "[ab%_!]{0,8}", other in "[ab%_!]{0,8}") {
        let pattern: String = text.chars().flat_map(|c| ['!', c]).collect();
        prop_assert!(is_like(&text, &pattern, Some('!')));
        prop_assert_eq!(is_like(&other, &pattern, Some('!')), other == text);
    }
}
