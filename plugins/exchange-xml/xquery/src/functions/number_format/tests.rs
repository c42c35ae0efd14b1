//! Numbers in pictures and in words.

use std::collections::HashMap;

use super::*;

fn number(value: &Atomic, picture: &str) -> String {
    let picture = picture::Picture::parse(picture, &DEFAULT).unwrap();
    picture.format(value, &DEFAULT)
}

fn decimal(text: &str) -> Atomic {
    Atomic::Decimal(text.parse().unwrap())
}

#[test]
fn numbers_follow_their_picture() {
    for (value, picture, expected) in [
        (decimal("12345.6"), "#,###.00", "12,345.60"),
        (decimal("12345678.9"), "9,999.99", "12,345,678.90"),
        (decimal("123.9"), "9999", "0124"),
        (decimal("0.14"), "01%", "14%"),
        (decimal("-6"), "000", "-006"),
        (decimal("-6"), "0;(0)", "(6)"),
        (decimal("1234.5678"), "00.000e0", "12.346e2"),
        (decimal("0.234"), "#.0e0", "0.2e0"),
        (decimal("0.2"), ".#e9", ".2e0"),
        (decimal("0.5"), "#", "0"),
        (decimal("1.5"), "#", "2"),
        (decimal("2.5"), "#", "2"),
        (decimal("999.96"), "#.#", "1000.0"),
        (Atomic::Double(1e25), "#,######", "10,000000,000000,000000,000000"),
        (Atomic::Double(f64::INFINITY), "(#)", "(Infinity)"),
        (Atomic::Double(f64::NAN), "(#)", "NaN"),
        (Atomic::Double(-0.0), "0", "-0"),
        (Atomic::integer(987_654_321), "###,##0,00.00", "9876,543,21.00"),
        (decimal("0.00012"), "0.0000####", "0.00012"),
        (decimal("12345.678"), "9.9999eDog", "12345.6780eDog"),
    ] {
        assert_eq!(number(&value, picture), expected, "{value:?} {picture}");
    }
}

#[test]
fn pictures_that_are_none_are_refused() {
    for picture in
        ["", "a", "0.0.0", "0#", "0.#0", "#,", "#,,0", "0;0;0", "0e,", "0%%", "0e0%", "0a0", "0,.0"]
    {
        assert!(picture::Picture::parse(picture, &DEFAULT).is_err(), "{picture}");
    }
}

#[test]
fn integers_follow_their_picture() {
    for (value, picture, expected) in [
        (123, "0000", "0123"),
        (123, "w", "one hundred and twenty-three"),
        (21, "1;o", "21st"),
        (112, "1;o", "112th"),
        (14, "Ww;o(-e)", "Fourteenth"),
        (121, "Ww", "One Hundred and Twenty-One"),
        (1_001, "w;o", "one thousand and first"),
        (7, "a", "g"),
        (703, "A", "AAA"),
        (57, "I", "LVII"),
        (0, "i", "0"),
        (1_234, "#,##0", "1,234"),
        (-1_234_567, "#,##0", "-1,234,567"),
        (1_234_567, "#.##0,000", "1.234,567"),
        (12, "\u{2460}", "\u{246B}"),
        (21, "\u{2460}", "21"),
        (5, "xyz", "5"),
        (15, "\u{661}", "\u{661}\u{665}"),
    ] {
        let picture = IntegerPicture::parse(picture).unwrap();
        assert_eq!(picture.format(value), expected, "{value}");
    }
    for picture in ["", ";o", "1;z", "1#", ",1", "1,,1", "a1", "1\u{661}", "1;(x)"] {
        assert!(IntegerPicture::parse(picture).is_err(), "{picture}");
    }
}

#[test]
fn families_of_digits_are_in_order() {
    let families: HashMap<char, char> =
        ['0', '9', '\u{664}', '\u{1D7D3}', '\u{1D7FF}'].map(|c| (c, family_of(c).unwrap())).into();
    assert_eq!(families.get(&'\u{664}'), Some(&'\u{660}'));
    assert_eq!(families.get(&'\u{1D7FF}'), Some(&'\u{1D7F6}'));
    assert_eq!(family_of(':'), None);
    assert_eq!(family_of('a'), None);
}

#[test]
fn a_picture_may_ask_for_more_digits_than_a_machine_counts() {
    let zeros = "0".repeat(70_000);
    let picture = IntegerPicture::parse(&zeros).unwrap();
    assert_eq!(picture.format(1).len(), 70_000);
    let exponent = number(&Atomic::integer(1), &format!("0e{zeros}"));
    assert_eq!(exponent.len(), 70_002);
}

#[test]
fn separators_of_a_long_picture_are_found_at_once() {
    let text = format!("{}0", "0,0.".repeat(50_000));
    let picture = IntegerPicture::parse(&text).unwrap();
    assert_eq!(picture.format(0), text);
}
