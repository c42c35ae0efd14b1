//! Finds in a body what is asked for, and passes over the rest many bytes at a time: most of what
//! bodies have is long texts, and most of those nobody asks for.
//!
//! Invariants:
//! - what it finds is what serde_json would have found; what it passes over is JSON as well;
//! - where it finds nothing, serde_json has to say what is there: the body may be no JSON, or
//!   deeper than [`DEPTH_MAX`].

use std::borrow::Cow;

use memchr::memchr2;
use serde::de::DeserializeSeed;
use serde_json::Deserializer;

use crate::json::{Json, Name, Part};
use crate::wanted::Wanted;

/// Levels of objects and arrays, as many as serde_json reads. Each has a frame on the stack.
const DEPTH_MAX: u32 = 127;

/// A body, with what is asked for where it is.
pub(crate) fn read<'b>(wanted: &Wanted, body: &'b [u8]) -> Option<Json<'b>> {
    // One look is enough for most bodies.
    let has_controls = !is_plain(body) && {
        simdutf8::basic::from_utf8(body).ok()?;
        has_controls(body)
    };
    let mut scan = Scan { body, at: 0, depth: 0, has_controls };
    let value = scan.value(wanted)?;
    scan.next();
    (scan.at == body.len()).then_some(value)
}

/// A place in a body.
struct Scan<'b> {
    /// UTF-8.
    body: &'b [u8],
    at: usize,
    depth: u32,
    /// Whether there are control characters: between values they may be, in texts they may not.
    has_controls: bool,
}

/// A text of a body.
struct Text<'b> {
    /// With its quotes.
    whole: &'b [u8],
    is_escaped: bool,
}

impl<'b> Scan<'b> {
    /// The next value, with what is asked for in it.
    fn value(&mut self, wanted: &Wanted) -> Option<Json<'b>> {
        match self.next() {
            b'{' => {
                let mut members = Vec::new();
                self.members(|scan, name| {
                    let name = name.bytes()?;
                    match wanted.member(&name) {
                        Some(wanted) => members.push((decoded(name)?, scan.value(wanted)?)),
                        None => scan.pass()?,
                    }
                    Some(())
                })?;
                Some(Json::Object(members))
            }
            b'[' => {
                let mut elements = Vec::new();
                self.list(b']', |scan| {
                    elements.push(match wanted.element(elements.len()) {
                        Some(wanted) => scan.value(wanted)?,
                        None => scan.pass().map(|()| Json::Null)?,
                    });
                    Some(())
                })?;
                Some(Json::Array(elements))
            }
            _ => {
                let start = self.at;
                self.pass()?;
                let scalar = self.body.get(start..self.at)?;
                Part::All.deserialize(&mut Deserializer::from_slice(scalar)).ok()
            }
        }
    }

    /// Passes over the next value.
    fn pass(&mut self) -> Option<()> {
        match self.next() {
            b'{' => self.members(|scan, _| scan.pass()),
            b'[' => self.list(b']', Self::pass),
            b'"' => self.text().map(drop),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => self.number(),
        }
    }

    /// The object here, of which `member` takes the values.
    fn members(&mut self, mut member: impl FnMut(&mut Self, Text<'b>) -> Option<()>) -> Option<()> {
        self.list(b'}', |scan| {
            scan.next();
            let name = scan.text()?;
            scan.next();
            scan.take(b':')?;
            member(scan, name)
        })
    }

    /// The array or object here up to the bracket that ends it, with commas between its items.
    fn list(&mut self, end: u8, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.at += 1;
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return None;
        }
        let mut has_more = self.next() != end;
        while has_more {
            item(self)?;
            has_more = self.next() == b',';
            self.at += usize::from(has_more);
        }
        self.depth -= 1;
        self.take(end)
    }

    fn text(&mut self) -> Option<Text<'b>> {
        let start = self.at;
        let mut is_escaped = false;
        self.take(b'"')?;
        loop {
            let bytes = self.rest();
            let plain = memchr2(b'"', b'\\', bytes)?;
            if self.has_controls && has_controls(bytes.get(..plain)?) {
                return None;
            }
            self.at += plain;
            if self.here() == b'"' {
                self.at += 1;
                return Some(Text { whole: self.body.get(start..self.at)?, is_escaped });
            }
            is_escaped = true;
            self.escape()?;
        }
    }

    fn escape(&mut self) -> Option<()> {
        match self.rest().get(1)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 2,
            b'u' => {
                let digits = self.rest().get(2..6)?;
                digits.iter().all(u8::is_ascii_hexdigit).then(|| self.at += 6)?;
            }
            _ => return None,
        }
        Some(())
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.rest().starts_with(word).then(|| self.at += word.len())
    }

    fn number(&mut self) -> Option<()> {
        if self.here() == b'-' {
            self.at += 1;
        }
        match self.here() {
            b'0' => self.at += 1,
            _ => self.digits()?,
        }
        if self.here() == b'.' {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.here(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.here(), b'+' | b'-') {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }

    /// One digit at least.
    fn digits(&mut self) -> Option<()> {
        let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += digits;
        (digits > 0).then_some(())
    }

    /// The next byte that is no space, which is here then.
    fn next(&mut self) -> u8 {
        while matches!(self.here(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
        self.here()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.here() == byte).then(|| self.at += 1)
    }

    /// The byte here; at the end 0, which nothing in JSON begins or ends with.
    fn here(&self) -> u8 {
        self.body.get(self.at).copied().unwrap_or_default()
    }

    fn rest(&self) -> &'b [u8] {
        self.body.get(self.at..).unwrap_or_default()
    }
}

impl<'b> Text<'b> {
    /// Without its quotes and escapes.
    fn bytes(&self) -> Option<Cow<'b, [u8]>> {
        if self.is_escaped {
            let name: Name<'_> = serde_json::from_slice(self.whole).ok()?;
            return Some(Cow::Owned(name.0.into_owned().into_bytes()));
        }
        self.whole.get(1..self.whole.len() - 1).map(Cow::Borrowed)
    }
}

fn decoded(text: Cow<'_, [u8]>) -> Option<Cow<'_, str>> {
    match text {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        Cow::Owned(bytes) => String::from_utf8(bytes).ok().map(Cow::Owned),
    }
}

/// Whether there are neither control characters nor any beyond ASCII: as a signed number a byte of
/// either is less than a space.
fn is_plain(bytes: &[u8]) -> bool {
    !has_any(bytes, |byte| byte.cast_signed() < b' '.cast_signed())
}

fn has_controls(bytes: &[u8]) -> bool {
    has_any(bytes, |byte| byte < b' ')
}

/// Looks at every byte of a chunk, whatever it finds, so that the compiler can make SIMD of it.
fn has_any(bytes: &[u8], is_one: impl Fn(u8) -> bool) -> bool {
    let any = |chunk: &[u8]| chunk.iter().fold(false, |found, byte| found | is_one(*byte));
    let (chunks, rest) = bytes.as_chunks::<64>();
    chunks.iter().any(|chunk| any(chunk)) || any(rest)
}

#[cfg(test)]
mod tests;
