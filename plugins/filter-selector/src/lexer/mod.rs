//! Text to tokens (JMS 3.1, section 3.8.1.1: literals, identifiers, white space).
//!
//! Invariant: each call takes at least one byte, or answers with the end or an error.

mod hexadecimal_float;
mod number;

use std::borrow::Cow;

use crate::error::{Fault, Located, quoted};
use crate::identifier::{is_part, is_start};
use crate::token::{Keyword, Lexeme, Symbol, Token};

/// Reads a selector token by token.
#[derive(Clone, Debug)]
pub(crate) struct Lexer<'s> {
    rest: &'s str,
    offset: usize,
}

impl<'s> Lexer<'s> {
    /// At the beginning of a selector.
    pub(crate) fn new(text: &'s str) -> Self {
        Self { rest: text, offset: 0 }
    }

    /// The next token; at the end, the end again and again.
    pub(crate) fn next(&mut self) -> Result<Lexeme<'s>, Located> {
        let blank = self.rest.find(|c: char| !c.is_ascii_whitespace());
        self.take(blank.unwrap_or(self.rest.len()));
        let offset = self.offset;
        let token = self.token().map_err(|fault| Located::new(fault, offset))?;
        Ok(Lexeme { token, offset })
    }

    fn token(&mut self) -> Result<Token<'s>, Fault> {
        let mut characters = self.rest.chars();
        let Some(first) = characters.next() else { return Ok(Token::End) };
        let second = characters.next();
        match first {
            '\'' => self.quoted('\'').map(Token::Text),
            '"' => self.quoted_identifier(),
            '0'..='9' => self.number(),
            '.' if second.is_some_and(|c| c.is_ascii_digit()) => self.number(),
            _ if is_start(first) => Ok(self.word()),
            _ => self.symbol(first),
        }
    }

    /// An identifier or a keyword.
    fn word(&mut self) -> Token<'s> {
        let end = self.rest.find(|c| !is_part(c) && !is_start(c)).unwrap_or(self.rest.len());
        let word = self.take(end);
        match Keyword::of(word) {
            Some(keyword) => Token::Keyword(keyword),
            None => Token::Identifier(Cow::Borrowed(word)),
        }
    }

    fn number(&mut self) -> Result<Token<'s>, Fault> {
        let literal = self.take(number::length(self.rest));
        number::read(literal).map(Token::Number)
    }

    fn symbol(&mut self, first: char) -> Result<Token<'s>, Fault> {
        for (spelling, symbol) in Symbol::ALL {
            if self.rest.starts_with(spelling) {
                self.take(spelling.len());
                return Ok(Token::Symbol(symbol));
            }
        }
        let found = format!("{first:?}");
        Err(Fault::Unexpected { expected: "a literal, an identifier or an operator", found })
    }

    /// In double quotes, any text is an identifier.
    fn quoted_identifier(&mut self) -> Result<Token<'s>, Fault> {
        let name = self.quoted('"')?;
        if name.is_empty() {
            let found = "nothing".to_owned();
            return Err(Fault::Unexpected { expected: "an identifier in the quotes", found });
        }
        Ok(Token::Identifier(name))
    }

    /// Text in quotes, where the quote itself is written twice.
    fn quoted(&mut self, quote: char) -> Result<Cow<'s, str>, Fault> {
        let inside = self.rest.get(quote.len_utf8()..).unwrap_or("");
        let mut after_quote = false;
        let mut doubled = false;
        let mut end = None;
        for (at, character) in inside.char_indices() {
            match (after_quote, character == quote) {
                (true, true) => (after_quote, doubled) = (false, true),
                (true, false) => break,
                (false, true) => (after_quote, end) = (true, Some(at)),
                (false, false) => {}
            }
        }
        let Some(end) = end.filter(|_| after_quote) else { return Err(Fault::Unclosed { quote }) };
        let text = inside.get(..end).unwrap_or("");
        self.take(end + 2 * quote.len_utf8());
        if !doubled {
            return Ok(Cow::Borrowed(text));
        }
        let (twice, once) = (String::from_iter([quote, quote]), String::from(quote));
        Ok(Cow::Owned(text.replace(&twice, &once)))
    }

    fn take(&mut self, bytes: usize) -> &'s str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        self.offset += taken.len();
        taken
    }
}

/// What is no number, as an error quotes it.
fn not_a_number(literal: &str) -> Fault {
    Fault::NotANumber { found: quoted(literal) }
}

#[cfg(test)]
mod tests;
