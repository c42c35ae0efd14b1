//! What a token is, by rule.

use super::*;
use crate::token::Number;

fn tokens(text: &str) -> Result<Vec<Token<'_>>, Located> {
    let mut lexer = Lexer::new(text);
    let mut tokens = Vec::new();
    loop {
        match lexer.next()?.token {
            Token::End => return Ok(tokens),
            token => tokens.push(token),
        }
    }
}

fn one(text: &str) -> Token<'_> {
    let mut tokens = tokens(text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    assert_eq!(tokens.len(), 1, "{text}: {tokens:?}");
    tokens.remove(0)
}

fn fault(text: &str) -> Fault {
    tokens(text).expect_err(text).fault
}

#[test]
fn white_space_is_space_tab_form_feed_and_line_ends() {
    let found = tokens(" \ta\x0c\r\nb ").unwrap();
    assert_eq!(found, [Token::Identifier("a".into()), Token::Identifier("b".into())]);
    assert!(tokens("a\u{a0}b").is_err());
}

#[test]
fn a_quote_in_text_is_written_twice() {
    for (written, text) in [
        ("''", ""),
        ("'literal'", "literal"),
        ("'literal''s'", "literal's"),
        ("''''", "'"),
        ("'a''''b'", "a''b"),
        ("'\"\n%'", "\"\n%"),
    ] {
        assert_eq!(one(written), Token::Text(text.into()), "{written}");
    }
    for unclosed in ["'", "'a", "'a''", "a = 'b"] {
        assert_eq!(fault(unclosed), Fault::Unclosed { quote: '\'' }, "{unclosed}");
    }
    assert_eq!(tokens("'a''b' 'c'").unwrap().len(), 2);
}

#[test]
fn identifiers_are_those_of_java_with_dots() {
    for name in ["a", "_a", "$a", "a1", "a.b", "naïve", "NULL_1", "Nota", "a$b", "€", "x_"] {
        assert_eq!(one(name), Token::Identifier(name.into()), "{name}");
    }
    assert_eq!(tokens("a-b").unwrap().len(), 3);
}

#[test]
fn identifiers_in_double_quotes_are_any_text() {
    for (written, name) in
        [("\"a.b\"", "a.b"), ("\"and\"", "and"), ("\"an \"\"odd\"\" one\"", "an \"odd\" one")]
    {
        assert_eq!(one(written), Token::Identifier(name.into()), "{written}");
    }
    assert_eq!(fault("\"a"), Fault::Unclosed { quote: '"' });
    assert!(matches!(fault("\"\""), Fault::Unexpected { .. }));
}

#[test]
fn keywords_have_any_case() {
    for (word, keyword) in [
        ("AND", Keyword::And),
        ("between", Keyword::Between),
        ("Escape", Keyword::Escape),
        ("fAlSe", Keyword::False),
        ("IN", Keyword::In),
        ("is", Keyword::Is),
        ("like", Keyword::Like),
        ("Not", Keyword::Not),
        ("null", Keyword::Null),
        ("or", Keyword::Or),
        ("TRUE", Keyword::True),
    ] {
        assert_eq!(one(word), Token::Keyword(keyword), "{word}");
    }
}

#[test]
fn operators_need_no_space() {
    let found = tokens("(a<>1,b<=2)>=c=d<e>f+g-h*i/j").unwrap();
    let symbols: Vec<_> = found.iter().filter(|t| matches!(t, Token::Symbol(_))).collect();
    assert_eq!(symbols.len(), 13);
    for wrong in ["!=", "a == b ; c", "&&", "#", "?", "\u{1f980}", ".", "\\"] {
        assert!(matches!(fault(wrong), Fault::Unexpected { .. }), "{wrong}");
    }
}

#[test]
fn exact_numbers_are_javas_integers() {
    for (literal, value) in [("0", 0), ("57", 57), ("62L", 62), ("1_000", 1000), ("5__0l", 50)] {
        assert_eq!(one(literal), Token::Number(Number::Decimal(value)), "{literal}");
    }
    let greatest = Token::Number(Number::Decimal(9_223_372_036_854_775_808));
    assert_eq!(one("9223372036854775808"), greatest);
    for (literal, value) in [
        ("0x1F", 31),
        ("0Xff_ffL", 65_535),
        ("0xdead_beef", 0xdead_beef),
        ("017", 15),
        ("0_7L", 7),
        ("00", 0),
        ("0b101", 5),
        ("0B1_1L", 3),
        ("0x8000_0000_0000_0001", i64::MIN + 1),
        ("0xffffffffffffffff", -1),
        ("01777777777777777777777", -1),
    ] {
        assert_eq!(one(literal), Token::Number(Number::Bits(value)), "{literal}");
    }
}

#[test]
fn approximate_numbers_are_javas_floating_point_numbers() {
    for (literal, value) in [
        ("7.", 7.0),
        (".5", 0.5),
        ("95.7", 95.7),
        ("7E3", 7000.0),
        ("57.9e2", 5790.0),
        ("1.5E+3", 1500.0),
        ("1.5e-3", 0.0015),
        ("7D", 7.0),
        ("6F", 6.0),
        ("0.1F", f64::from(0.1_f32)),
        ("0.1d", 0.1),
        ("1_0.2_5", 10.25),
        ("017D", 17.0),
        ("09.5", 9.5),
        ("0e0", 0.0),
        ("0.0f", 0.0),
        ("1e-310", 1e-310),
        ("0x1.8p3", 12.0),
        ("0x.8p0", 0.5),
        ("0X800P-3", 256.0),
        ("0x1p-1074", f64::from_bits(1)),
        ("0x1.fffffffffffffp1023", f64::MAX),
        ("0x0p0", 0.0),
        ("0x1.0000000000000000000000000000000000p4F", 16.0),
        ("0x10000000000000000000000000000000p-124", 1.0),
    ] {
        assert_eq!(one(literal), Token::Number(Number::Double(value)), "{literal}");
    }
}

#[test]
fn what_only_begins_like_a_number_is_refused_as_a_whole() {
    for literal in [
        "12ab", "1_", "0x", "0x_1", "0b", "0b2", "019", "08", "1__", "34e", "1e+", "1.e.5", "5LL",
        "1e5L", "0x1.8", "0x1p", "0xp1", "1.2.3", "7DD", "1f.", "1_.5", "1._5", "1e_5", "5AND",
    ] {
        assert_eq!(fault(literal), Fault::NotANumber { found: literal.into() }, "{literal}");
    }
    // A sign is part of a number in an exponent alone.
    assert_eq!(tokens("5-3").unwrap().len(), 3);
    assert_eq!(tokens("0xE-1").unwrap().len(), 3);
}

#[test]
fn numbers_out_of_range_are_refused() {
    for literal in ["9223372036854775809", "0x10000000000000000", "99999999999999999999L"] {
        assert!(matches!(fault(literal), Fault::IntegerOutOfRange { .. }), "{literal}");
    }
    for literal in ["1e309", "1e-400", "1e39F", "1e-50f", "0x1p1024", "0x1p-1080", "0x1p999999999"]
    {
        assert!(matches!(fault(literal), Fault::FloatOutOfRange { .. }), "{literal}");
    }
}
