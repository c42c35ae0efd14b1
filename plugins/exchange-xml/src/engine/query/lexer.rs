//! Cuts a query into tokens (XQuery 3.1, appendix A.2): enough to read a prolog, to count nesting
//! and to say what is not supported.
//!
//! Invariants: tokens are in order and do not overlap; whitespace and comments are none; nothing
//! recurses, whatever the text says.

use crate::engine::limits::Limits;
use crate::engine::static_error::{Located, StaticFault};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// An NCName; it may hold dots and hyphens.
    Name,
    /// A number.
    Number,
    /// A string with its quotes.
    String,
    /// `Q{…}`.
    BracedUri,
    /// `:=`.
    Assign,
    /// Any other character.
    Symbol(char),
}

/// A token and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: TokenKind,
    pub(super) text: &'a str,
    pub(super) start: usize,
}

impl Token<'_> {
    /// The offset behind it.
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether it is this name.
    pub(super) fn is_name(&self, name: &str) -> bool {
        self.kind == TokenKind::Name && self.text == name
    }

    /// Whether it is this character.
    pub(super) fn is_symbol(&self, symbol: char) -> bool {
        self.kind == TokenKind::Symbol(symbol)
    }
}

/// Cuts the whole text, inside the limits of length and nesting.
pub(super) fn lex<'a>(text: &'a str, limits: &Limits) -> Result<Vec<Token<'a>>, Located> {
    let query_bytes_max = limits.query_bytes_max;
    if text.len() > query_bytes_max {
        let fault = StaticFault::TooLong { bytes: text.len(), query_bytes_max };
        return Err(Located::new(fault, query_bytes_max));
    }
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    let mut depth = 0_usize;
    while let Some(token) = lexer.next_token()? {
        match token.kind {
            TokenKind::Symbol('(' | '[' | '{') => depth += 1,
            TokenKind::Symbol(')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limits.nesting_max {
            let fault = StaticFault::TooDeep { nesting_max: limits.nesting_max };
            return Err(Located::new(fault, token.start));
        }
        tokens.push(token);
    }
    Ok(tokens)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    fn next_token(&mut self) -> Result<Option<Token<'a>>, Located> {
        self.skip_ignorable()?;
        let start = self.at;
        let Some(first) = self.rest().chars().next() else { return Ok(None) };
        let kind = match first {
            '"' | '\'' => self.string(first)?,
            'Q' if self.rest().starts_with("Q{") => self.braced_uri()?,
            _ if is_name_start(first) => self.run(is_name_part, TokenKind::Name),
            _ if self.begins_number() => self.number(),
            ':' if self.rest().starts_with(":=") => {
                self.at += 2;
                TokenKind::Assign
            }
            _ => {
                self.at += first.len_utf8();
                TokenKind::Symbol(first)
            }
        };
        let text = self.text.get(start..self.at).unwrap_or_default();
        Ok(Some(Token { kind, text, start }))
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_ignorable(&mut self) -> Result<(), Located> {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
            if !self.rest().starts_with("(:") {
                return Ok(());
            }
            self.comment()?;
        }
    }

    fn comment(&mut self) -> Result<(), Located> {
        let start = self.at;
        let mut open = 0_usize;
        loop {
            let rest = self.rest();
            if rest.starts_with("(:") {
                open += 1;
                self.at += 2;
            } else if rest.starts_with(":)") {
                open -= 1;
                self.at += 2;
                if open == 0 {
                    return Ok(());
                }
            } else if let Some(other) = rest.chars().next() {
                self.at += other.len_utf8();
            } else {
                return Err(Located::new(StaticFault::Unclosed("a comment"), start));
            }
        }
    }

    /// A quote is doubled to stand in its own string.
    fn string(&mut self, quote: char) -> Result<TokenKind, Located> {
        let start = self.at;
        self.at += 1;
        loop {
            let Some(length) = self.rest().find(quote) else {
                return Err(Located::new(StaticFault::Unclosed("a string"), start));
            };
            self.at += length + 1;
            if !self.rest().starts_with(quote) {
                return Ok(TokenKind::String);
            }
            self.at += 1;
        }
    }

    fn braced_uri(&mut self) -> Result<TokenKind, Located> {
        let Some(length) = self.rest().find('}') else {
            return Err(Located::new(StaticFault::Unclosed("a name in braces"), self.at));
        };
        self.at += length + 1;
        Ok(TokenKind::BracedUri)
    }

    fn begins_number(&self) -> bool {
        let digits = self.rest().strip_prefix('.').unwrap_or(self.rest());
        digits.starts_with(|first: char| first.is_ascii_digit())
    }

    fn number(&mut self) -> TokenKind {
        self.run(|c| c.is_ascii_digit() || c == '.', TokenKind::Number);
        let exponent = self.rest().strip_prefix(['e', 'E']);
        if let Some(exponent) = exponent {
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if digits.starts_with(|first: char| first.is_ascii_digit()) {
                self.at += self.rest().len() - digits.len();
                self.run(|c| c.is_ascii_digit(), TokenKind::Number);
            }
        }
        TokenKind::Number
    }

    fn run(&mut self, belongs: fn(char) -> bool, kind: TokenKind) -> TokenKind {
        let rest = self.rest();
        self.at += rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        kind
    }
}

fn is_name_start(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

fn is_name_part(c: char) -> bool {
    matches!(c, '_' | '-' | '.' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
        || c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(query: &str) -> Vec<&str> {
        lex(query, &Limits::default()).unwrap().iter().map(|token| token.text).collect()
    }

    fn fault(query: &str) -> StaticFault {
        lex(query, &Limits::default()).unwrap_err().fault
    }

    #[test]
    fn names_hold_dots_and_hyphens() {
        assert_eq!(texts("$qpid.subject = a-b"), ["$", "qpid.subject", "=", "a-b"]);
    }

    #[test]
    fn comments_nest_and_are_no_tokens() {
        assert_eq!(texts("1(: a (: b :) ' :)+ 2"), ["1", "+", "2"]);
    }

    #[test]
    fn a_doubled_quote_does_not_end_a_string() {
        assert_eq!(texts("'it''s' \"(\""), ["'it''s'", "\"(\""]);
    }

    #[test]
    fn numbers_take_their_exponent_and_nothing_else() {
        assert_eq!(texts("1.5e-3 .5 2 eq 3"), ["1.5e-3", ".5", "2", "eq", "3"]);
        assert_eq!(texts("./a"), [".", "/", "a"]);
    }

    #[test]
    fn a_braced_uri_is_one_token() {
        assert_eq!(texts("Q{urn:((}a"), ["Q{urn:((}", "a"]);
    }

    #[test]
    fn refuses_what_the_text_ends_in() {
        assert_eq!(fault("1 (: a (: b :)"), StaticFault::Unclosed("a comment"));
        assert_eq!(fault("'it''s"), StaticFault::Unclosed("a string"));
        assert_eq!(fault("Q{urn:a"), StaticFault::Unclosed("a name in braces"));
    }

    #[test]
    fn refuses_a_query_beyond_its_bytes() {
        let query = " ".repeat(4097);
        assert_eq!(fault(&query), StaticFault::TooLong { bytes: 4097, query_bytes_max: 4096 });
        assert!(lex(&" ".repeat(4096), &Limits::default()).is_ok());
    }

    #[test]
    fn refuses_the_ninth_level_of_nesting() {
        let nested = |levels: usize| format!("{}1{}", "([{".repeat(levels), "}])".repeat(levels));
        assert!(lex(&nested(2), &Limits::default()).is_ok());
        assert_eq!(fault(&nested(3)), StaticFault::TooDeep { nesting_max: 8 });
        assert!(lex("'(((((((((' (: ((((((((( :)", &Limits::default()).is_ok());
    }
}
