//! Numbers, strings, references (XQuery 3.1, sections 3.1.1 and A.2.1).
//!
//! Invariant: line ends are those of section A.2.3, wherever they come into a value.

use rust_decimal::Decimal;

use super::ast::{Argument, Expr, ExprKind, Name};
use super::parser::{Parser, span};
use crate::atomic::{Atomic, AtomicType};
use crate::characters::{collapse, is_name_start, is_xml_char};
use crate::error::Result;
use crate::name::namespace;

impl<'s> Parser<'s> {
    /// Whether a `Literal` comes next.
    pub(super) fn is_literal(&self) -> bool {
        let mut chars = self.rest().chars();
        match chars.next() {
            Some('"' | '\'' | '0'..='9') => true,
            Some('.') => chars.next().is_some_and(|c| c.is_ascii_digit()),
            _ => false,
        }
    }

    /// `Literal` where it is no expression.
    pub(super) fn literal(&mut self) -> Result<Atomic> {
        let start = self.at;
        if !self.is_literal() {
            return Err(self.expected("a string or a number"));
        }
        self.number_or_text()?.map_err(|text| {
            let span = span(start, start + text.len());
            self.error_of("FOAR0002", too_large_text(text), span)
        })
    }

    /// `Literal`. A number that is too large is a call of `fn:error`, as it fails when it is
    /// evaluated and not before.
    pub(super) fn literal_expr(&mut self) -> Result<Expr> {
        let start = self.at;
        let literal = match self.number_or_text()? {
            Ok(literal) => literal,
            Err(text) => return self.too_large(text, start),
        };
        self.make(ExprKind::Literal(literal), start)
    }

    /// A literal, or the text of a number that is too large.
    fn number_or_text(&mut self) -> Result<Result<Atomic, &'s str>> {
        if self.is_string() {
            return Ok(Ok(Atomic::string(&self.string("a string")?)));
        }
        let (text, kind) = self.number()?;
        Ok(number(text, kind).ok_or(text))
    }

    fn too_large(&self, text: &str, start: usize) -> Result<Expr> {
        let literal = |text: &str| self.make(ExprKind::Literal(Atomic::string(text)), start);
        let call = |local: &str, arguments: [Expr; 2]| {
            let (namespace, local) = (Some(namespace::FN.into()), local.into());
            let name = Name { prefix: None, namespace, local, span: self.span(start) };
            let arguments = arguments.into_iter().map(Argument::Expr).collect();
            self.make(ExprKind::Call { name, arguments }, start)
        };
        let code = call("QName", [literal(namespace::ERR)?, literal("FOAR0002")?])?;
        call("error", [code, literal(&too_large_text(text))?])
    }

    /// `NumericLiteral`, as it is written and with its type.
    fn number(&mut self) -> Result<(&'s str, AtomicType)> {
        let (whole, mut length) = (self.digits(0), self.digits(0));
        if self.byte(length) == Some(b'.') {
            length += 1 + self.digits(length + 1);
        }
        let mantissa = length;
        if matches!(self.byte(length), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.byte(length + 1), Some(b'+' | b'-')));
            match self.digits(length + 1 + sign) {
                0 => {}
                digits => length += 1 + sign + digits,
            }
        }
        let text = self.rest().get(..length).unwrap_or_default();
        self.advance_raw(length);
        if self.next_char().is_some_and(is_name_start) {
            let what = format!("a space or an operator behind the number `{text}`");
            return Err(self.expected(&what));
        }
        self.skip();
        let kind = if length > mantissa {
            AtomicType::Double
        } else if mantissa > whole {
            AtomicType::Decimal
        } else {
            AtomicType::Integer
        };
        Ok((text, kind))
    }

    /// `IntegerLiteral`.
    pub(super) fn integer(&mut self, what: &str) -> Result<i128> {
        match self.digits(0) {
            0 => Err(self.expected(what)),
            length => {
                let start = self.at;
                let text = self.rest().get(..length).unwrap_or_default();
                self.advance_raw(length);
                if self.next_char().is_some_and(is_name_start) {
                    return Err(self.expected(&format!("a space behind the number `{text}`")));
                }
                self.skip();
                let error = || self.error_of("FOAR0002", "too large a number", self.span(start));
                text.parse().map_err(|_| error())
            }
        }
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.rest().as_bytes().get(ahead).copied()
    }

    /// How many digits stand so many bytes ahead.
    fn digits(&self, ahead: usize) -> usize {
        let bytes = self.rest().as_bytes().get(ahead..).unwrap_or_default();
        bytes.iter().take_while(|byte| byte.is_ascii_digit()).count()
    }

    /// Whether a `StringLiteral` comes next.
    pub(super) fn is_string(&self) -> bool {
        matches!(self.next_char(), Some('"' | '\''))
    }

    /// `StringLiteral`.
    pub(super) fn string(&mut self, what: &str) -> Result<String> {
        let Some(quote @ ('"' | '\'')) = self.next_char() else {
            return Err(self.expected(what));
        };
        let start = self.at;
        self.advance_raw(1);
        let mut value = String::new();
        loop {
            value.push_str(&self.text_until(&[quote])?);
            if self.is_at_end() {
                let message = format!("expected `{quote}`, found the end of the query");
                return Err(self.error(message, span(start, start + 1)));
            }
            self.advance_raw(1);
            if self.next_char() != Some(quote) {
                self.skip();
                return Ok(value);
            }
            value.push(quote);
            self.advance_raw(1);
        }
    }

    /// `URILiteral`, whitespace collapsed.
    pub(super) fn uri(&mut self) -> Result<Box<str>> {
        self.string("a URI in quotes").map(|uri| collapse(&uri).into())
    }

    /// Characters before one of `ends`, or the end of the query; references are resolved.
    pub(super) fn text_until(&mut self, ends: &[char]) -> Result<String> {
        let mut value = String::new();
        loop {
            let rest = self.rest();
            let stop = rest.find(|c| c == '&' || ends.contains(&c)).unwrap_or(rest.len());
            push_lines(&mut value, rest.get(..stop).unwrap_or_default());
            self.advance_raw(stop);
            if !self.rest().starts_with('&') {
                return Ok(value);
            }
            value.push(self.reference()?);
        }
    }

    /// `PredefinedEntityRef` or `CharRef`.
    pub(super) fn reference(&mut self) -> Result<char> {
        let start = self.at;
        let body = self.rest().strip_prefix('&').unwrap_or_default();
        let end = body.find(|c: char| c != '#' && !c.is_ascii_alphanumeric());
        let name = end.and_then(|end| body.get(..end)).unwrap_or(body);
        let length = 1 + name.len();
        if !body.get(name.len()..).unwrap_or_default().starts_with(';') {
            let message = "expected a reference such as `&amp;`, found `&`; a literal `&` is \
                           written `&amp;`";
            return Err(self.error(message, span(start, start + 1)));
        }
        self.advance_raw(length + 1);
        let here = self.span(start);
        match name.strip_prefix('#') {
            Some(number) => self.character(number, here),
            None => predefined(name).ok_or_else(|| {
                let known = "`lt`, `gt`, `amp`, `quot` and `apos`";
                self.error(format!("there is no entity `{name}`; there are {known}"), here)
            }),
        }
    }

    /// The character of a `CharRef` whose number this is.
    fn character(&self, number: &str, here: crate::error::Span) -> Result<char> {
        let (digits, radix) = match number.strip_prefix('x') {
            Some(digits) => (digits, 16),
            None => (number, 10),
        };
        if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
            let message = format!("expected a number in a character reference, found `{number}`");
            return Err(self.error(message, here));
        }
        let code = u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
        code.filter(|c| is_xml_char(*c)).ok_or_else(|| {
            let message = format!("`&#{number};` is no character of XML");
            self.error_of("XQST0090", message, here)
        })
    }
}

fn too_large_text(number: &str) -> String {
    format!("the number `{number}` is too large")
}

fn predefined(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

/// A `NumericLiteral`'s value, if it has one: a double is infinite at worst, and digits that do not
/// fit behind a decimal's point are rounded.
fn number(text: &str, kind: AtomicType) -> Option<Atomic> {
    match kind {
        AtomicType::Double => text.parse().ok().map(Atomic::Double),
        AtomicType::Decimal => {
            let text = text.strip_suffix('.').unwrap_or(text);
            text.parse().ok().map(|number: Decimal| Atomic::Decimal(number.normalize()))
        }
        _ => text.parse().ok().map(|number| Atomic::Integer(number, AtomicType::Integer)),
    }
}

/// Adds a text, its line ends made one.
pub(super) fn push_lines(value: &mut String, text: &str) {
    let mut lines = text.split('\r');
    value.push_str(lines.next().unwrap_or_default());
    for line in lines {
        value.push('\n');
        value.push_str(line.strip_prefix('\n').unwrap_or(line));
    }
}
