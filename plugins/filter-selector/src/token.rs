//! The words of a selector.

use std::borrow::Cow;
use std::fmt;

use crate::error::quoted;

/// A token and the byte offset where it begins.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Lexeme<'s> {
    pub(crate) token: Token<'s>,
    pub(crate) offset: usize,
}

/// A word of a selector.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token<'s> {
    /// Quotes are taken off.
    Identifier(Cow<'s, str>),
    Keyword(Keyword),
    Symbol(Symbol),
    /// A string literal; quotes are taken off.
    Text(Cow<'s, str>),
    Number(Number),
    End,
}

/// A numeric literal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    /// A decimal integer, at most 2^63: the greatest is the smallest one's magnitude.
    Decimal(u64),
    /// A hexadecimal, octal or binary integer; its 64 bits are read as Java reads them.
    Bits(i64),
    Double(f64),
}

/// Words that are no identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keyword {
    And,
    Between,
    Escape,
    False,
    In,
    Is,
    Like,
    Not,
    Null,
    Or,
    True,
}

impl Keyword {
    const ALL: [(&'static str, Keyword); 11] = [
        ("AND", Keyword::And),
        ("BETWEEN", Keyword::Between),
        ("ESCAPE", Keyword::Escape),
        ("FALSE", Keyword::False),
        ("IN", Keyword::In),
        ("IS", Keyword::Is),
        ("LIKE", Keyword::Like),
        ("NOT", Keyword::Not),
        ("NULL", Keyword::Null),
        ("OR", Keyword::Or),
        ("TRUE", Keyword::True),
    ];

    /// The keyword of this spelling, in any case.
    pub(crate) fn of(word: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(spelling, _)| spelling.eq_ignore_ascii_case(word));
        found.map(|(_, keyword)| *keyword)
    }

    fn spelling(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, keyword)| *keyword == self);
        found.map_or("", |(spelling, _)| spelling)
    }
}

/// Operators and punctuation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Symbol {
    OpenParenthesis,
    CloseParenthesis,
    Comma,
    Plus,
    Minus,
    Star,
    Slash,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl Symbol {
    /// Those of two characters first: they begin like those of one.
    pub(crate) const ALL: [(&'static str, Symbol); 13] = [
        ("<>", Symbol::NotEqual),
        ("<=", Symbol::LessEqual),
        (">=", Symbol::GreaterEqual),
        ("(", Symbol::OpenParenthesis),
        (")", Symbol::CloseParenthesis),
        (",", Symbol::Comma),
        ("+", Symbol::Plus),
        ("-", Symbol::Minus),
        ("*", Symbol::Star),
        ("/", Symbol::Slash),
        ("=", Symbol::Equal),
        ("<", Symbol::Less),
        (">", Symbol::Greater),
    ];

    fn spelling(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, symbol)| *symbol == self);
        found.map_or("", |(spelling, _)| spelling)
    }
}

/// As an error names it.
impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identifier(name) => write!(f, "the identifier {}", quoted(name)),
            Self::Keyword(keyword) => f.write_str(keyword.spelling()),
            Self::Symbol(symbol) => write!(f, "'{}'", symbol.spelling()),
            Self::Text(text) => write!(f, "the text '{}'", quoted(text)),
            Self::Number(Number::Decimal(number)) => write!(f, "the number {number}"),
            Self::Number(Number::Bits(number)) => write!(f, "the number {number}"),
            Self::Number(Number::Double(number)) => write!(f, "the number {number:?}"),
            Self::End => f.write_str("the end of the selector"),
        }
    }
}
