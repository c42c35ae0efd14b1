//! The parser's place in the text, and what every production does with it: symbols, words,
//! whitespace, comments (XQuery 3.1, appendix A.2).
//!
//! Invariants: outside of what has whitespace of its own, [`Parser::at`] is at a token, the
//! whitespace and comments before it behind it; a parser is a copy of two numbers, and a copy looks
//! ahead over a bounded number of tokens only, so that parsing is linear in the text.

use super::ast::{Expr, ExprKind};
use crate::characters::{is_space, split_ncname};
use crate::error::{Error, Place};
use crate::error::{ErrorCode, Result, Span};
use crate::limits::Limits;
use crate::meter::limit;

/// Symbols of more than one character. The longest match is the token. The last two are none of
/// the language, so that whoever writes them is told so.
const LONG_SYMBOLS: [&str; 14] =
    ["::", ":=", "//", "..", "!=", "<=", ">=", "<<", ">>", "||", "=>", "(#", "==", "<>"];

/// A recursive-descent parser.
#[derive(Clone, Copy)]
pub(super) struct Parser<'s> {
    pub(super) source: &'s str,
    /// The byte that is looked at.
    pub(super) at: usize,
    /// The byte behind the last token.
    end: usize,
    depth: u32,
    depth_max: u32,
}

impl<'s> Parser<'s> {
    /// At the first token of a text.
    pub(super) fn new(source: &'s str, limits: &Limits) -> Self {
        let depth_max = u32::try_from(limits.nesting_max).unwrap_or(u32::MAX);
        Self { source, at: skip(source, 0), end: 0, depth: 0, depth_max }
    }

    /// What is still to be read.
    pub(super) fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or_default()
    }

    pub(super) fn next_char(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.source.len()
    }

    /// Goes on behind a token, and behind the whitespace and comments after it.
    pub(super) fn advance(&mut self, bytes: usize) {
        self.advance_raw(bytes);
        self.skip();
    }

    /// Goes on where whitespace means something.
    pub(super) fn advance_raw(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.source.len());
        self.end = self.at;
    }

    /// Goes on to the next token.
    pub(super) fn skip(&mut self) {
        self.at = skip(self.source, self.at);
    }

    /// Goes on behind whitespace, where no comments may stand; whether there was any.
    pub(super) fn skip_space(&mut self) -> bool {
        let rest = self.rest();
        let space = rest.len() - rest.trim_start_matches(is_space).len();
        self.advance_raw(space);
        space > 0
    }

    /// The symbol that is looked at; empty where there is none.
    pub(super) fn symbol(&self) -> &'s str {
        let rest = self.rest();
        let is_long = |symbol: &&&str| rest.starts_with(**symbol);
        let length = match rest.chars().next() {
            Some(first) if first.is_ascii_punctuation() && first != '_' => {
                LONG_SYMBOLS.iter().find(is_long).map_or(1, |symbol| symbol.len())
            }
            _ => 0,
        };
        // What still begins with `(:` is a comment that has no end.
        if rest.starts_with("(:") { "" } else { rest.get(..length).unwrap_or_default() }
    }

    pub(super) fn is(&self, symbol: &str) -> bool {
        self.symbol() == symbol
    }

    /// Reads a symbol if it comes next.
    pub(super) fn eat(&mut self, symbol: &str) -> bool {
        let found = self.is(symbol);
        if found {
            self.advance(symbol.len());
        }
        found
    }

    pub(super) fn expect(&mut self, symbol: &str) -> Result<()> {
        if self.eat(symbol) { Ok(()) } else { Err(self.expected(&format!("`{symbol}`"))) }
    }

    /// Reads what closes the bracket at the byte `open`.
    pub(super) fn close(&mut self, symbol: &str, open: usize) -> Result<()> {
        if self.eat(symbol) { Ok(()) } else { Err(self.unclosed(symbol, open)) }
    }

    /// The same for a brace inside of a constructor, behind which whitespace means something.
    pub(super) fn close_raw(&mut self, symbol: &str, open: usize) -> Result<()> {
        if !self.is(symbol) {
            return Err(self.unclosed(symbol, open));
        }
        self.advance_raw(symbol.len());
        Ok(())
    }

    /// The word (`NCName`) that is looked at; empty where there is none.
    pub(super) fn word(&self) -> &'s str {
        split_ncname(self.rest()).0
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        self.word() == word
    }

    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.advance(word.len());
        }
        found
    }

    pub(super) fn expect_word(&mut self, word: &'static str) -> Result<()> {
        if self.eat_word(word) { Ok(()) } else { Err(self.expected_word(&[word])) }
    }

    /// Behind the word that is looked at.
    pub(super) fn after_word(&self) -> Self {
        let mut ahead = *self;
        ahead.advance(self.word().len());
        ahead
    }

    /// From a byte to the end of the last token.
    pub(super) fn span(&self, start: usize) -> Span {
        span(start, self.end.max(start))
    }

    /// An expression from a byte to the end of the last token.
    pub(super) fn make(&self, kind: ExprKind, start: usize) -> Result<Expr> {
        let expr = Expr::new(kind, self.span(start));
        if expr.depth() > self.depth_max { Err(self.too_deep(expr.span)) } else { Ok(expr) }
    }

    /// Reads what may hold more of its own kind.
    pub(super) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= self.depth_max {
            return Err(self.too_deep(self.found().1));
        }
        self.depth += 1;
        let result = stacker::maybe_grow(64 * 1024, 1024 * 1024, || read(self));
        self.depth -= 1;
        result
    }

    fn too_deep(&self, span: Span) -> Error {
        let text = format!("more than {} expressions inside each other", self.depth_max);
        limit("nesting_max", text).at(span)
    }

    /// Line and column of a byte.
    pub(super) fn place(&self, at: usize) -> String {
        let place = Place::of(span(at, at), self.source);
        format!("line {}, column {}", place.line, place.column)
    }

    /// A syntax error.
    pub(super) fn error(&self, message: impl Into<String>, span: Span) -> Error {
        self.error_of("XPST0003", message, span)
    }

    pub(super) fn error_of(
        &self,
        code: &'static str,
        message: impl Into<String>,
        span: Span,
    ) -> Error {
        Error::new(ErrorCode::Standard(code), message).at(span)
    }
}

/// A span of a text whose length has been checked.
pub(super) fn span(start: usize, end: usize) -> Span {
    let number = |at| u32::try_from(at).unwrap_or(u32::MAX);
    Span { start: number(start), end: number(end) }
}

/// Behind whitespace and comments. A comment that has no end is not skipped.
fn skip(source: &str, mut at: usize) -> usize {
    loop {
        let rest = source.get(at..).unwrap_or_default();
        let spaces = rest.len() - rest.trim_start_matches(is_space).len();
        at += spaces;
        match rest.get(spaces..).and_then(comment) {
            Some(length) => at += length,
            None => return at,
        }
    }
}

/// The length of the `Comment` that a text begins with. Comments nest.
fn comment(text: &str) -> Option<usize> {
    if !text.starts_with("(:") {
        return None;
    }
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        at += text.get(at..)?.find(['(', ':'])?;
        let rest = text.get(at..)?;
        if rest.starts_with("(:") {
            depth += 1;
            at += 2;
        } else if rest.starts_with(":)") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += 1;
        }
    }
}
