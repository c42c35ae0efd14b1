//! The words of an expression, each with the place where it begins.

use philter_plugin_api::{Error, Result};

/// A word of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    /// A header's name, or one of the language's own words.
    Word(String),
    /// A header's name in back-quotes.
    Quoted(String),
    Text(String),
    Number(f64),
    /// One of [`SYMBOLS`].
    Symbol(&'static str),
    End,
}

/// Longer ones first, for the first that fits is taken.
const SYMBOLS: [&str; 14] =
    ["!=", "<=", ">=", "=", "<", ">", "(", ")", "[", "]", "$", ".", ",", "-"];

/// Reads words off an expression.
#[derive(Clone, Debug)]
pub(crate) struct Tokens<'a> {
    whole: &'a str,
    rest: &'a str,
    /// Where the last word began.
    start: usize,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(expression: &'a str) -> Self {
        Self { whole: expression, rest: expression, start: 0 }
    }

    /// The next word.
    pub(crate) fn next(&mut self) -> Result<Token> {
        self.rest = self.rest.trim_start();
        self.start = self.whole.len() - self.rest.len();
        let Some(first) = self.rest.chars().next() else { return Ok(Token::End) };
        if first == '"' {
            return self.text();
        }
        if first == '`' {
            return self.quoted();
        }
        if first.is_ascii_digit() {
            return self.number();
        }
        if begins_word(first) {
            return Ok(Token::Word(self.take_while(is_of_word).to_owned()));
        }
        for symbol in SYMBOLS {
            if let Some(rest) = self.rest.strip_prefix(symbol) {
                self.rest = rest;
                return Ok(Token::Symbol(symbol));
            }
        }
        Err(self.error(format!("'{first}' begins nothing that this language has")))
    }

    /// An error at the last word.
    pub(crate) fn error(&self, text: impl Into<String>) -> Error {
        let before = self.whole.get(..self.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        let number = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        Error::invalid(text).at(number(line), number(column))
    }

    /// A text in double quotes, as JSON has it.
    fn text(&mut self) -> Result<Token> {
        let mut escaped = false;
        let end = self.rest.char_indices().skip(1).find(|(_, c)| {
            let ends = *c == '"' && !escaped;
            escaped = *c == '\\' && !escaped;
            ends
        });
        let Some((end, _)) = end else { return Err(self.error("a text without its end")) };
        let (text, rest) = self.rest.split_at_checked(end + 1).unwrap_or((self.rest, ""));
        let text = serde_json::from_str(text);
        let text = text.map_err(|error| self.error(format!("a text that is no JSON: {error}")))?;
        self.rest = rest;
        Ok(Token::Text(text))
    }

    fn quoted(&mut self) -> Result<Token> {
        let inside = self.rest.strip_prefix('`').and_then(|rest| rest.split_once('`'));
        let Some((name, rest)) = inside else { return Err(self.error("a name without its end")) };
        self.rest = rest;
        Ok(Token::Quoted(name.to_owned()))
    }

    fn number(&mut self) -> Result<Token> {
        let start = self.rest;
        self.take_while(|c| c.is_ascii_digit());
        let mut ahead = self.clone();
        if ahead.rest.starts_with('.') {
            ahead.rest = ahead.rest.strip_prefix('.').unwrap_or_default();
            if !ahead.take_while(|c| c.is_ascii_digit()).is_empty() {
                self.rest = ahead.rest;
            }
        }
        if let Some(rest) = self.rest.strip_prefix(['e', 'E']) {
            self.rest = rest.strip_prefix(['+', '-']).unwrap_or(rest);
            self.take_while(|c| c.is_ascii_digit());
        }
        let number = start.strip_suffix(self.rest).and_then(|number| number.parse().ok());
        number.map(Token::Number).ok_or_else(|| self.error("a number that is none"))
    }

    fn take_while(&mut self, is_part: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or(("", self.rest));
        self.rest = rest;
        taken
    }
}

/// Whether a name stands without quotes.
pub(crate) fn is_word(name: &str) -> bool {
    name.starts_with(begins_word) && name.chars().all(is_of_word)
}

fn begins_word(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

/// Names may have a minus inside, as many headers do, and no dot, which is a path's.
fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(expression: &str) -> Vec<Token> {
        let mut tokens = Tokens::new(expression);
        let next = || tokens.next().unwrap();
        std::iter::repeat_with(next).take_while(|token| *token != Token::End).collect()
    }

    #[test]
    fn words_are_told_apart() {
        let word = |word: &str| Token::Word(word.to_owned());
        let found = tokens("x-site !=\"a\\\"b\" and\n`a b`<= 1.5e3");
        let wanted = [
            word("x-site"),
            Token::Symbol("!="),
            Token::Text("a\"b".to_owned()),
            word("and"),
            Token::Quoted("a b".to_owned()),
            Token::Symbol("<="),
            Token::Number(1500.0),
        ];
        assert_eq!(found, wanted);
        assert_eq!(tokens("$.a")[1..], [Token::Symbol("."), word("a")]);
    }

    #[test]
    fn errors_have_the_place_of_their_word() {
        for (expression, place) in [
            ("a = \"b", (1, 5)),
            ("é = ~", (1, 5)),
            ("a =\n  `b", (2, 3)),
            ("\n\n1e", (3, 1)),
            ("\"\\q\"", (1, 1)),
        ] {
            let mut tokens = Tokens::new(expression);
            let error = std::iter::repeat_with(|| tokens.next()).find_map(Result::err).unwrap();
            assert_eq!(error.place(), Some(place), "{expression}: {error}");
        }
    }
}
