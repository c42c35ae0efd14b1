//! The rules of JMS 3.1, sections 3.8.1.1 and 3.8.1.2, as tables.

use philter_plugin_api::Value;
use philter_plugin_api::testing::MockMessage;

use crate::selector::Selector;
use crate::value::Truth;

use Truth::{False, True, Unknown};

/// A message with a value of each type; no `none`.
fn message() -> MockMessage {
    MockMessage::new("k")
        .header("yes", true)
        .header("no", false)
        .header("five", 5_i64)
        .header("half", Value::Double(0.5))
        .header("float", Value::Float(0.1))
        .header("nan", Value::Double(f64::NAN))
        .header("least", i64::MIN)
        .header("uk", "UK")
        .header("digit", "5")
        .header("empty", "")
        .header("list", Value::List(Vec::new()))
}

fn check(table: &[(&str, Truth)]) {
    let message = message();
    for (text, expected) in table {
        let selector: Selector = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(selector.answer(&message), *expected, "{text}");
        let again: Selector = selector.to_string().parse().unwrap();
        assert_eq!(again, selector, "{text}");
    }
}

#[test]
fn and_or_and_not_have_three_values() {
    check(&[
        ("yes AND yes", True),
        ("yes AND no", False),
        ("yes AND none", Unknown),
        ("no AND yes", False),
        ("no AND no", False),
        ("no AND none", False),
        ("none AND yes", Unknown),
        ("none AND no", False),
        ("none AND none", Unknown),
        ("yes OR yes", True),
        ("yes OR no", True),
        ("yes OR none", True),
        ("no OR yes", True),
        ("no OR no", False),
        ("no OR none", Unknown),
        ("none OR yes", True),
        ("none OR no", Unknown),
        ("none OR none", Unknown),
        ("NOT yes", False),
        ("NOT no", True),
        ("NOT none", Unknown),
        ("NOT NOT none", Unknown),
    ]);
}

#[test]
fn null_is_the_test_for_what_is_missing() {
    check(&[
        ("none IS NULL", True),
        ("none IS NOT NULL", False),
        ("list IS NULL", True),
        ("five IS NULL", False),
        ("empty IS NOT NULL", True),
        ("no IS NOT NULL", True),
        ("(none = 1) IS NULL", True),
        ("(none + 1) IS NULL", True),
        ("(uk + 1) IS NULL", True),
        ("none = none", Unknown),
        ("none <> none", Unknown),
        ("Five IS NULL", True),
    ]);
}

#[test]
fn numbers_compare_whatever_their_types() {
    check(&[
        ("five = 5", True),
        ("five = 5.0", True),
        ("5 = five", True),
        ("five <> 5", False),
        ("five < 5", False),
        ("five <= 5", True),
        ("five > 4.9", True),
        ("five >= 5.1", False),
        ("half < 1", True),
        ("half = 0.5", True),
        ("float = 0.1", False),
        ("float = 0.1F", True),
        ("five = 0x5 AND five = 05 AND five = 0b101 AND five = 5L AND five = 5D", True),
        ("five = none", Unknown),
        ("none < 5", Unknown),
        ("five < none", Unknown),
        ("nan = nan", False),
        ("nan <> nan", True),
        ("nan < 1 OR nan >= 1", False),
        // Java compares an exact with an approximate number as two approximate ones.
        ("9007199254740993 = 9007199254740992.0", True),
    ]);
}

#[test]
fn text_and_booleans_are_only_equal_or_not() {
    check(&[
        ("uk = 'UK'", True),
        ("uk = 'uk'", False),
        ("uk = 'UK '", False),
        ("uk <> 'US'", True),
        ("uk < 'US'", False),
        ("uk >= 'UK'", False),
        ("yes = TRUE", True),
        ("yes <> FALSE", True),
        ("yes = no", False),
        ("yes > no", False),
        ("yes = (five = 5)", True),
        ("empty = ''", True),
        ("TRUE", True),
        ("false", False),
        ("yes", True),
    ]);
}

#[test]
fn values_of_different_types_compare_as_false_and_are_never_converted() {
    check(&[
        ("digit = 5", False),
        ("digit <> 5", False),
        ("digit < 6", False),
        ("five = '5'", False),
        ("five <> '5'", False),
        ("yes = 'TRUE'", False),
        ("yes = 1", False),
        ("yes <> 0", False),
        ("NOT five = '5'", True),
        ("uk = none", Unknown),
    ]);
}

#[test]
fn what_is_no_condition_is_unknown_as_one() {
    check(&[
        ("five", Unknown),
        ("uk", Unknown),
        ("5 + 1", Unknown),
        ("-five", Unknown),
        ("'x' OR yes", True),
        ("5 AND no", False),
        ("NOT uk", Unknown),
    ]);
}

#[test]
fn arithmetic_is_javas_and_division_by_zero_is_unknown() {
    check(&[
        ("five + 1 = 6", True),
        ("five - 10 = -5", True),
        ("five * 2 + 1 = 11", True),
        ("1 + five * 2 = 11", True),
        ("17 / 4 = 4", True),
        ("-17 / 4 = -4", True),
        ("17 / 4.0 = 4.25", True),
        ("10 - 4 - 3 = 3", True),
        ("100 / 10 / 2 = 5", True),
        ("half * 4 = 2", True),
        ("-five = -5", True),
        ("+five = 5", True),
        ("- -five = 5", True),
        ("-(five - 6) = 1", True),
        ("five / 0 = 0", Unknown),
        ("five / 0.0 > 1", Unknown),
        ("(five / 0) IS NULL", True),
        ("none + 1 = 1", Unknown),
        ("1 + none = 1", Unknown),
        ("-none = 1", Unknown),
        ("uk + 1 = 1", Unknown),
        ("digit + 1 = 6", Unknown),
        ("-uk = 'UK'", Unknown),
        ("+uk = 'UK'", Unknown),
        ("yes + 1 = 2", Unknown),
        ("9223372036854775807 + 1 = least", True),
        ("least - 1 = 9223372036854775807", True),
        ("least / -1 = least", True),
        ("-least = least", True),
        ("least * -1 = least", True),
    ]);
}

#[test]
fn between_includes_its_bounds_and_is_two_comparisons() {
    check(&[
        ("five BETWEEN 5 AND 6", True),
        ("five BETWEEN 4 AND 5", True),
        ("five BETWEEN 6 AND 4", False),
        ("five BETWEEN 4.5 AND 5.5", True),
        ("five NOT BETWEEN 4 AND 6", False),
        ("five NOT BETWEEN 6 AND 9", True),
        ("five NOT BETWEEN 1 AND 4", True),
        ("none BETWEEN 1 AND 2", Unknown),
        ("none NOT BETWEEN 1 AND 2", Unknown),
        ("five BETWEEN none AND 6", Unknown),
        ("five BETWEEN none AND 4", False),
        ("five BETWEEN 6 AND none", False),
        ("five NOT BETWEEN none AND 4", True),
        ("five NOT BETWEEN 6 AND none", True),
        ("five NOT BETWEEN none AND 6", Unknown),
        ("uk BETWEEN 1 AND 2", False),
        ("uk NOT BETWEEN 1 AND 2", False),
        ("uk BETWEEN 'A' AND 'Z'", False),
        ("five BETWEEN half * 2 AND five + 1", True),
        ("five BETWEEN 4 AND 6 AND no", False),
    ]);
}

#[test]
fn in_is_a_chain_of_equals() {
    check(&[
        ("uk IN ('UK', 'US', 'France')", True),
        ("uk IN ('US')", False),
        ("uk NOT IN ('UK', 'US')", False),
        ("uk NOT IN ('US')", True),
        ("none IN ('UK')", Unknown),
        ("none NOT IN ('UK')", Unknown),
        ("five IN ('5')", False),
        ("five NOT IN ('5')", True),
        ("five IN (4, 5.0)", True),
        ("five IN ('x', 2 + 3)", True),
        ("five IN (none, 5)", True),
        ("five IN (5, none)", True),
        ("five IN (none, 4)", Unknown),
        ("five NOT IN (none, 5)", False),
        ("five NOT IN (none, 4)", Unknown),
        ("yes IN (TRUE)", True),
        ("uk IN (digit, uk)", True),
        ("five + 1 IN (6)", True),
        ("empty IN ('')", True),
    ]);
}

#[test]
fn like_compares_text_alone() {
    check(&[
        ("uk LIKE 'U%'", True),
        ("uk LIKE '_K'", True),
        ("uk LIKE 'u%'", False),
        ("uk NOT LIKE 'U%'", False),
        ("uk NOT LIKE 'F%'", True),
        ("none LIKE '%'", Unknown),
        ("none NOT LIKE '%'", Unknown),
        ("five LIKE '5'", Unknown),
        ("five NOT LIKE '5'", Unknown),
        ("digit LIKE '5'", True),
        ("'100%' LIKE '100!%' ESCAPE '!'", True),
        ("'100x' LIKE '100!%' ESCAPE '!'", False),
    ]);
}

#[test]
fn the_specifications_own_examples() {
    let message = MockMessage::new("k")
        .header("JMS_vendor", 1_i64)
        .header("age", 17_i64)
        .header("Country", "Peru")
        .header("phone", "12993")
        .header("word", "lose")
        .header("underscored", "_foo")
        .header("color", "blue")
        .header("weight", 2501_i64);
    for text in [
        "age BETWEEN 15 AND 19",
        "NOT (age NOT BETWEEN 15 AND 19)",
        "Country NOT IN (' UK', 'US', 'France')",
        "phone LIKE '12%3'",
        "word LIKE 'l_se'",
        "underscored LIKE '\\_%' ESCAPE '\\'",
        "phone NOT LIKE '1234'",
        "prop_name IS NULL",
        "age IS NOT NULL",
        "color = 'blue' AND weight > 2500",
    ] {
        assert!(text.parse::<Selector>().unwrap().selects(&message), "{text}");
    }
}
