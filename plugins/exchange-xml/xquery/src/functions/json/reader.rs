//! Reads JSON (RFC 8259) and tells a sink what it finds.
//!
//! Invariants: a loop with a stack of its own, bounded by a limit; the text is a JSON text by the
//! standard or an error, even where a part of it is passed over.

use super::escapes;
use super::options::Options;
use crate::atomic::quoted;
use crate::characters::{is_space, is_xml_char};
use crate::error::{Error, Result};
use crate::functions::Call;
use crate::text::TextBuilder;
use crate::value::Item;

/// What is built of JSON.
pub(super) trait Sink {
    fn start_object(&mut self) -> Result<()>;
    fn start_array(&mut self) -> Result<()>;
    /// Ends what was started last.
    fn end(&mut self) -> Result<()>;
    /// A key, with whether it has escapes in it; the answer is whether its value is wanted.
    fn key(&mut self, key: &str, has_escapes: bool) -> Result<bool>;
    fn string(&mut self, text: &str, has_escapes: bool) -> Result<()>;
    /// A number as it is written.
    fn number(&mut self, text: &str) -> Result<()>;
    fn boolean(&mut self, value: bool) -> Result<()>;
    fn null(&mut self) -> Result<()>;
}

/// Reads one text.
pub(super) struct Reader<'c, 'r, 'a> {
    call: &'c Call<'c, 'a>,
    options: &'r Options<'a>,
    text: &'r str,
    rest: &'r str,
    open: Vec<Container>,
    /// How many containers were open where a value began that nobody wants.
    unwanted: Option<usize>,
    /// The text is deeper than a limit allows, which counts if it is JSON at all.
    too_deep: Option<Error>,
}

#[derive(Clone, Copy, PartialEq)]
enum Container {
    Object,
    Array,
}

impl<'c, 'r, 'a> Reader<'c, 'r, 'a> {
    pub(super) fn new(call: &'c Call<'c, 'a>, text: &'r str, options: &'r Options<'a>) -> Self {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        Self { call, options, text, rest: text, open: Vec::new(), unwanted: None, too_deep: None }
    }

    /// Reads the whole.
    ///
    /// # Errors
    ///
    /// `FOJS0001` where the text is not JSON, and what the sink says.
    pub(super) fn read(mut self, sink: &mut dyn Sink) -> Result<()> {
        loop {
            self.call.meter().step()?;
            self.space();
            let is_complete = self.value(sink)?;
            if is_complete && !self.behind_value(sink)? {
                return self.too_deep.map_or(Ok(()), Err);
            }
        }
    }

    /// A value, or the start of one with something in it: that is not complete.
    fn value(&mut self, sink: &mut dyn Sink) -> Result<bool> {
        match self.rest.chars().next() {
            Some('{') => self.start(Container::Object, sink),
            Some('[') => self.start(Container::Array, sink),
            Some('"') => {
                let (text, has_escapes) = self.string()?;
                self.tell(|| sink.string(&text, has_escapes))?;
                Ok(true)
            }
            Some('-' | '0'..='9') => {
                let number = self.number()?;
                self.tell(|| sink.number(number))?;
                Ok(true)
            }
            _ => self.word(sink),
        }
    }

    fn word(&mut self, sink: &mut dyn Sink) -> Result<bool> {
        if self.take("true") {
            self.tell(|| sink.boolean(true))?;
        } else if self.take("false") {
            self.tell(|| sink.boolean(false))?;
        } else if self.take("null") {
            self.tell(|| sink.null())?;
        } else {
            return Err(self.error("a value"));
        }
        Ok(true)
    }

    fn start(&mut self, container: Container, sink: &mut dyn Sink) -> Result<bool> {
        if let Err(error) = self.call.meter().value_depth(self.open.len() + 1) {
            self.too_deep.get_or_insert(error);
        }
        let is_object = container == Container::Object;
        self.tell(|| if is_object { sink.start_object() } else { sink.start_array() })?;
        self.take(if is_object { "{" } else { "[" });
        self.open.push(container);
        self.space();
        if self.take(if is_object { "}" } else { "]" }) {
            self.open.pop();
            self.tell(|| sink.end())?;
            return Ok(true);
        }
        if is_object {
            self.key(sink)?;
        }
        Ok(false)
    }

    /// What follows a value; false at the end of the text.
    fn behind_value(&mut self, sink: &mut dyn Sink) -> Result<bool> {
        loop {
            if self.unwanted == Some(self.open.len()) {
                self.unwanted = None;
            }
            self.space();
            let Some(container) = self.open.last().copied() else {
                return match self.rest.is_empty() {
                    true => Ok(false),
                    false => Err(self.error("the end")),
                };
            };
            let is_object = container == Container::Object;
            if self.take(",") {
                if is_object {
                    self.space();
                    self.key(sink)?;
                }
                return Ok(true);
            }
            if !self.take(if is_object { "}" } else { "]" }) {
                return Err(self.error(if is_object { "',' or '}'" } else { "',' or ']'" }));
            }
            self.call.meter().step()?;
            self.open.pop();
            self.tell(|| sink.end())?;
        }
    }

    fn key(&mut self, sink: &mut dyn Sink) -> Result<()> {
        if !self.rest.starts_with('"') {
            return Err(self.error("a key in quotation marks"));
        }
        let (key, has_escapes) = self.string()?;
        self.space();
        if !self.take(":") {
            return Err(self.error("':'"));
        }
        if self.unwanted.is_none() && self.too_deep.is_none() && !sink.key(&key, has_escapes)? {
            self.unwanted = Some(self.open.len());
        }
        Ok(())
    }

    fn tell(&self, tell: impl FnOnce() -> Result<()>) -> Result<()> {
        if self.unwanted.is_some() || self.too_deep.is_some() { Ok(()) } else { tell() }
    }

    fn number(&mut self) -> Result<&'r str> {
        let start = self.rest;
        self.take("-");
        if !self.take("0") {
            self.digits()?;
        }
        if self.take(".") {
            self.digits()?;
        }
        if self.take("e") || self.take("E") {
            let _ = self.take("+") || self.take("-");
            self.digits()?;
        }
        if self.rest.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return Err(self.error("the end of a number"));
        }
        let length = start.len() - self.rest.len();
        Ok(start.get(..length).unwrap_or_default())
    }

    fn digits(&mut self) -> Result<()> {
        let rest = self.rest.trim_start_matches(|c: char| c.is_ascii_digit());
        if rest.len() == self.rest.len() {
            return Err(self.error("a digit"));
        }
        self.rest = rest;
        Ok(())
    }

    /// A string without its marks, and whether it has escapes in it as it is now.
    fn string(&mut self) -> Result<(String, bool)> {
        self.take("\"");
        let call = self.call;
        let mut text = TextBuilder::new(call.meter());
        loop {
            let plain = |c: char| {
                !matches!(c, '"' | '\\') && !escapes::is_control(c.into()) && is_xml_char(c)
            };
            let end = self.rest.find(|c| !plain(c)).unwrap_or(self.rest.len());
            let (run, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
            call.meter().steps(run.len() as u64 / 64 + 1)?;
            text.push_str(run)?;
            self.rest = rest;
            match rest.chars().next() {
                Some('"') => break,
                Some('\\') => self.escape(&mut text)?,
                Some(c) if c >= ' ' => {
                    self.advance(c.len_utf8());
                    self.character(&mut text, Ok(c), &format!("\\u{:04X}", u32::from(c)))?;
                }
                _ => return Err(self.error("a character of a string")),
            }
        }
        self.take("\"");
        let has_escapes = self.options.escape && text.as_str().contains('\\');
        Ok((text.finish(), has_escapes))
    }

    fn escape(&mut self, text: &mut TextBuilder<'_, '_>) -> Result<()> {
        let start = self.rest;
        self.take("\\");
        let letter = self.rest.chars().next();
        if let Some(c) = letter.and_then(escapes::character) {
            self.advance(1);
            return self.character(text, Ok(c), start.get(..2).unwrap_or_default());
        }
        let Some(unit) = self.unit() else {
            return Err(self.error("one of the letters \"\\/bfnrt, or 'u' and four digits"));
        };
        let behind = self.rest;
        if self.take("\\") {
            let low = self.unit();
            if let Some(c) = low.and_then(|low| escapes::pair(unit, low)) {
                return self.character(text, Ok(c), "");
            }
            self.rest = behind;
        }
        let length = start.len() - self.rest.len();
        let written = start.get(..length).unwrap_or_default();
        self.character(text, char::from_u32(unit).ok_or(unit), written)
    }

    /// `u` and four digits.
    fn unit(&mut self) -> Option<u32> {
        let unit = self.rest.strip_prefix('u').and_then(|rest| rest.get(..4)).map(escapes::unit)?;
        self.advance(5);
        unit
    }

    /// Adds a character, or half of one, which has no place in XML; `written` is how it stood in
    /// the text, where that was an escape.
    fn character(
        &self,
        text: &mut TextBuilder<'_, '_>,
        character: Result<char, u32>,
        written: &str,
    ) -> Result<()> {
        let (code, allowed) = match character {
            Ok(c) => (c.into(), Some(c).filter(|c| is_xml_char(*c))),
            Err(unit) => (unit, None),
        };
        match allowed {
            _ if self.options.escape => self.escaped(text, code, allowed),
            Some(c) => text.push(c),
            None => text.push_str(&self.replaced(written)?),
        }
    }

    fn escaped(
        &self,
        text: &mut TextBuilder<'_, '_>,
        code: u32,
        allowed: Option<char>,
    ) -> Result<()> {
        let letter = char::from_u32(code).and_then(escapes::letter);
        match (letter, allowed) {
            (Some(c @ ('"' | '/')), _) => text.push(c),
            (Some(letter), _) => {
                text.push('\\')?;
                text.push(letter)
            }
            (None, Some(c)) if !escapes::is_control(code) => text.push(c),
            _ => escapes::push_code(text, code),
        }
    }

    /// What stands for a character that XML does not allow.
    fn replaced(&self, written: &str) -> Result<String> {
        let Some(fallback) = &self.options.fallback else {
            return Ok(char::REPLACEMENT_CHARACTER.to_string());
        };
        let result = self.call.evaluator.call(fallback, vec![Item::string(written).into()])?;
        let text = result.first().map(|item| self.call.string_value(item)).transpose()?;
        Ok(text.unwrap_or_default().into_owned())
    }

    fn space(&mut self) {
        self.rest = self.rest.trim_start_matches(is_space);
    }

    fn take(&mut self, token: &str) -> bool {
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn error(&self, expected: &str) -> Error {
        let place = self.text.len() - self.rest.len();
        let before = self.text.get(..place).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let found = match self.rest.chars().next() {
            Some(_) => quoted(self.rest),
            None => "the end".to_owned(),
        };
        self.call.error(
            "FOJS0001",
            format!(
                "line {line}, column {column} of the JSON: {expected} was expected, found {found}"
            ),
        )
    }
}
