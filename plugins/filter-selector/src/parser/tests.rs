//! What is a selector and what is none, by rule.

use philter_plugin_api::testing::MockMessage;

use crate::error::{Fault, SelectorError};
use crate::limits::{LIST_MEMBERS_MAX, NESTING_MAX, NODES_MAX, SELECTOR_BYTES_MAX};
use crate::place::Place;
use crate::selector::Selector;

/// What [`NESTING_MAX`] says that the deepest selector takes at the most.
const STACK_BYTES_MAX: usize = 256 * 1024;

/// A selector as it is understood.
fn understood(text: &str) -> String {
    match text.parse::<Selector>() {
        Ok(selector) => selector.to_string(),
        Err(error) => panic!("{text}: {error}"),
    }
}

fn refusal(text: &str) -> SelectorError {
    text.parse::<Selector>().expect_err(text)
}

#[test]
fn an_empty_selector_is_true() {
    for empty in ["", " ", "\n\t"] {
        assert_eq!(understood(empty), "TRUE");
    }
}

#[test]
fn operators_hold_together_as_tightly_as_the_specification_says() {
    for (text, expected) in [
        ("a = 1 or b = 2 and c = 3", "a = 1 OR b = 2 AND c = 3"),
        ("(a = 1 or b = 2) and c = 3", "(a = 1 OR b = 2) AND c = 3"),
        ("((a = 1)) and (b = 2)", "a = 1 AND b = 2"),
        ("not a = 1 and b", "NOT a = 1 AND b"),
        ("not (a = 1 and b)", "NOT (a = 1 AND b)"),
        ("not not a", "NOT NOT a"),
        ("a+b*c-d/e>f", "a + b * c - d / e > f"),
        ("(a+b)*-(c-d)>f", "(a + b) * -(c - d) > f"),
        ("a-(b-c)=a-b-c", "a - (b - c) = a - b - c"),
        ("a/(b*c)=a/b/c", "a / (b * c) = a / b / c"),
        ("-a*b=-(a*b)", "-a * b = -(a * b)"),
        ("a between b+1 and c*2 and d", "a BETWEEN b + 1 AND c * 2 AND d"),
        ("(a between 1 and 2) is null", "(a BETWEEN 1 AND 2) IS NULL"),
        ("(a = b) = (c = d)", "(a = b) = (c = d)"),
        ("a is not null or a not in('x')", "a IS NOT NULL OR a NOT IN ('x')"),
        ("a in('z','x','z')", "a IN ('x', 'z')"),
        ("a in('z',1,b+2,-3)", "a IN ('z', 1, b + 2, -3)"),
        ("a not like'%''_'escape''''", "a NOT LIKE '%''_' ESCAPE ''''"),
        ("a like 'b!%' escape '!'", "a LIKE 'b!%' ESCAPE '!'"),
        ("\"and\" = \"a b\"", "\"and\" = \"a b\""),
        ("\"a.b\" = 'it''s'", "a.b = 'it''s'"),
    ] {
        assert_eq!(understood(text), expected, "{text}");
        assert_eq!(understood(expected), expected);
    }
}

#[test]
fn a_sign_belongs_to_the_number_behind_it() {
    for (text, expected) in [
        ("- 957", "-957"),
        ("+62", "62"),
        ("-5.5", "-5.5"),
        ("--5", "--5"),
        ("-(5)", "-(5)"),
        ("+(5)", "+(5)"),
        ("+-5", "+-5"),
        ("a - -5 = 0", "a - -5 = 0"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("-0x8000_0000_0000_0000", "-9223372036854775808"),
        ("0xffff_ffff_ffff_ffff", "-1"),
    ] {
        assert_eq!(understood(text), expected, "{text}");
        assert_eq!(understood(expected), expected);
    }
    let error = refusal("a = 9223372036854775808");
    assert_eq!(error.place, Place { line: 1, column: 5 });
    assert!(matches!(error.fault, Fault::IntegerOutOfRange { .. }));
}

#[test]
fn an_error_says_what_was_expected_what_was_found_and_where() {
    refuses(&[
        (
            "a =",
            "a literal, an identifier or '(', found the end of the selector (line 1, column 4)",
        ),
        ("= 1", "a literal, an identifier or '(', found '=' (line 1, column 1)"),
        (
            "a b",
            "an operator or the end of the selector, found the identifier b (line 1, column 3)",
        ),
        ("a = 1 = 2", "an operator or the end of the selector, found '=' (line 1, column 7)"),
        ("(a = 1", "an operator or ')', found the end of the selector (line 1, column 7)"),
        ("a = 1)", "an operator or the end of the selector, found ')' (line 1, column 6)"),
        ("a is 1", "NULL or NOT NULL after IS, found the number 1 (line 1, column 6)"),
        ("a is not 'x'", "NULL or NOT NULL after IS, found the text 'x' (line 1, column 10)"),
        ("a not 1", "BETWEEN, IN or LIKE after NOT, found the number 1 (line 1, column 7)"),
        ("a between 1 or 2", "AND and the upper bound of BETWEEN, found OR (line 1, column 13)"),
        ("a between and 2", "a literal, an identifier or '(', found AND (line 1, column 11)"),
        ("a in 'x'", "'(' and the members of the list, found the text 'x' (line 1, column 6)"),
        ("a in ()", "a literal, an identifier or '(', found ')' (line 1, column 7)"),
        (
            "a in ('x' 'y')",
            "',' or ')' after a list's member, found the text 'y' \
                            (line 1, column 11)",
        ),
        ("a in (NULL)", "a literal, an identifier or '(', found NULL (line 1, column 7)"),
        (
            "a =\n\n  'ü' and\nin = 1",
            "a literal, an identifier or '(', found IN (line 4, column 1)",
        ),
        ("a != 1", "a literal, an identifier or an operator, found '!' (line 1, column 3)"),
        ("a = 'x", "a closing ', found the end of the selector (line 1, column 5)"),
        (
            "JMSFoo = 1",
            "a name that a message has a value for, found 'JMSFoo'; names that begin \
                        with JMS are those of the fields of a message (line 1, column 1)",
        ),
    ]);
}

#[test]
fn a_pattern_and_its_escape_character_are_text() {
    refuses(&[
        (
            "a like b",
            "a pattern in single quotes after LIKE, found the identifier b \
                      (line 1, column 8)",
        ),
        (
            "a like 'b' escape c",
            "a character in single quotes after ESCAPE, found the identifier c \
                                 (line 1, column 19)",
        ),
        (
            "a like 'b' escape 'cd'",
            "one character other than % and _ after ESCAPE, found 'cd' \
                                    (line 1, column 19)",
        ),
        (
            "a like 'b' escape ''",
            "one character other than % and _ after ESCAPE, found '' \
                                  (line 1, column 19)",
        ),
        (
            "a like 'b' escape '%'",
            "one character other than % and _ after ESCAPE, found '%' \
                                   (line 1, column 19)",
        ),
        (
            "a like 'b!' escape '!'",
            "a character behind the escape character !, found the \
                                    pattern's end (line 1, column 8)",
        ),
    ]);
}

fn refuses(table: &[(&str, &str)]) {
    for (text, expected) in table {
        assert_eq!(refusal(text).to_string(), format!("expected {expected}"), "{text}");
    }
}

#[test]
fn an_error_quotes_no_more_than_some_characters() {
    let text = format!("a {}", "ü".repeat(1000));
    assert!(refusal(&text).to_string().chars().count() < 200);
    assert!(refusal(&format!("a = 1{}", "x".repeat(1000))).to_string().len() < 200);
    assert!(refusal("a 'b\n\0'").to_string().contains(r"found the text 'b\n\0' (line 1"));
}

#[test]
fn keywords_are_no_identifiers() {
    for word in
        ["and", "between", "escape", "in", "is", "like", "not", "null", "or", "AND", "Null", "nOt"]
    {
        assert!(
            matches!(refusal(&format!("{word} = 1")).fault, Fault::Unexpected { .. }),
            "{word}"
        );
        assert_eq!(understood(&format!("\"{word}\" = 1")), format!("\"{word}\" = 1"));
    }
}

#[test]
fn a_selector_may_have_so_many_bytes() {
    let at_limit = format!("{:width$}", "a", width = SELECTOR_BYTES_MAX);
    assert_eq!(understood(&at_limit), "a");
    let fault = refusal(&format!("{at_limit} ")).fault;
    assert_eq!(fault, Fault::TooLong { bytes: SELECTOR_BYTES_MAX + 1 });
}

#[test]
fn parentheses_not_and_signs_go_so_deep() {
    for (open, close) in [("(", ")"), ("NOT ", ""), ("-", "")] {
        let nested = |levels| format!("{}a{}", open.repeat(levels), close.repeat(levels));
        assert!(nested(NESTING_MAX).parse::<Selector>().is_ok(), "{open}");
        assert_eq!(refusal(&nested(NESTING_MAX + 1)).fault, Fault::TooDeep, "{open}");
        assert_eq!(refusal(&open.repeat(4000)).fault, Fault::TooDeep, "{open}");
    }
}

#[test]
fn the_deepest_selector_takes_little_of_the_stack() {
    let deepest = || {
        for (open, close) in [
            ("(", ")"),
            ("NOT ", ""),
            ("-", ""),
            ("a OR a AND a = a + a * (", ")"),
            ("a IN (a, (", "))"),
            ("a BETWEEN a AND (", ")"),
        ] {
            let text = format!("{}a{}", open.repeat(NESTING_MAX), close.repeat(NESTING_MAX));
            let selector: Selector = text.parse().unwrap();
            assert!(!selector.selects(&MockMessage::new("k")), "{text}");
            assert_eq!(selector.to_string().parse().as_ref(), Ok(&selector));
        }
    };
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES_MAX).spawn(deepest);
    thread.unwrap().join().unwrap();
}

#[test]
fn a_selector_may_have_so_many_nodes() {
    let chain = |identifiers: usize| vec!["a"; identifiers].join("+");
    assert!(chain(NODES_MAX - 1).parse::<Selector>().is_ok());
    assert_eq!(refusal(&chain(NODES_MAX)).fault, Fault::TooManyNodes);
    for between in [" OR ", " AND ", "*", "="] {
        let text = vec!["a"; 2500].join(between);
        assert!(text.parse::<Selector>().is_err(), "{between}");
    }
}

#[test]
fn a_list_may_have_so_many_members() {
    let list = |members: usize| format!("a IN ({})", vec!["'x'"; members].join(","));
    assert_eq!(understood(&list(LIST_MEMBERS_MAX)), "a IN ('x')");
    assert_eq!(refusal(&list(LIST_MEMBERS_MAX + 1)).fault, Fault::ListTooLong);
}
