//! Finds in a body what is asked for, and passes over the rest many bytes at a time: most of what
//! bodies have is long texts, and most of those nobody asks for.
//!
//! Invariants:
//! - what it finds is what serde_json would have found; what it passes over is JSON as well;
//! - where it fails and does not say why, the body is no JSON.

use serde::de::IgnoredAny;
use serde_json::Deserializer;
use wide::i8x16;

use crate::path::STEPS_MAX;
use crate::value::Scalar;
use crate::wanted::{Found, Place};

/// Why a body is not read.
pub(crate) enum Fault {
    /// It is no JSON.
    Syntax,
    /// The number here, which is asked for, is more than there is.
    Number { at: usize },
    /// The text here, which is asked for or a name beside what is, has half of a surrogate pair.
    Text { at: usize },
}

/// Finds what is at the places in a body.
pub(crate) fn read<'b>(root: &Place, body: &'b [u8], found: &mut Found<'b>) -> Result<(), Fault> {
    let mut scan =
        Scan { body, at: 0, depth: 0, is_utf8: false, escaped_at: None, fault: Fault::Syntax };
    let end = scan.value(root, found).map(|()| scan.next());
    if end.is_some() && scan.at == body.len() { Ok(()) } else { Err(scan.fault) }
}

/// A place in a body.
struct Scan<'b> {
    body: &'b [u8],
    at: usize,
    /// Levels of objects and arrays around it; each has a frame on the stack.
    depth: usize,
    /// Whether all of it was seen to be UTF-8, which the first character beyond ASCII asks for.
    is_utf8: bool,
    /// Where the last text is, if there is a backslash in it.
    escaped_at: Option<usize>,
    /// What it is if something fails.
    fault: Fault,
}

impl<'b> Scan<'b> {
    /// Notes the next value, and what is asked for in it.
    fn value(&mut self, place: &Place, found: &mut Found<'b>) -> Option<()> {
        match self.next() {
            b'{' | b'[' if place.is_last() => {
                place.note(Scalar::Other, found);
                return self.pass();
            }
            b'{' => {
                place.note(Scalar::Other, found);
                return self.members(|scan, name| {
                    let place = match scan.unescaped(name)? {
                        Some(name) => place.member(name.as_bytes()),
                        None => place.member(name),
                    };
                    match place {
                        Some(place) => scan.value(place, found),
                        None => scan.pass(),
                    }
                });
            }
            b'[' => {
                place.note(Scalar::Other, found);
                let mut index = 0;
                return self.list(b']', |scan| {
                    let place = place.element(index);
                    index += 1;
                    match place {
                        Some(place) => scan.value(place, found),
                        None => scan.pass(),
                    }
                });
            }
            b'"' => {
                let text = self.text()?;
                match self.unescaped(text)? {
                    Some(text) => place.note_unescaped(text, found),
                    None => place.note(Scalar::Text(std::str::from_utf8(text).ok()?), found),
                }
            }
            b't' => self.word(b"true").map(|()| place.note(Scalar::Bool(true), found))?,
            b'f' => self.word(b"false").map(|()| place.note(Scalar::Bool(false), found))?,
            b'n' => self.word(b"null").map(|()| place.note(Scalar::Null, found))?,
            _ => {
                let start = self.at;
                self.number()?;
                let number = self.body.get(start..self.at)?;
                let Some(number) = decimal(number) else {
                    self.fault = Fault::Number { at: start };
                    return None;
                };
                place.note(Scalar::Number(number), found);
            }
        }
        Some(())
    }

    /// Passes over the next value.
    fn pass(&mut self) -> Option<()> {
        match self.next() {
            b'"' => self.text().map(drop),
            b'{' | b'[' if self.depth >= STEPS_MAX => self.pass_deep(),
            b'{' => self.members(|scan, _| scan.pass()),
            b'[' => self.list(b']', Self::pass),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => self.number(),
        }
    }

    /// Passes over the next value as serde_json does, which needs no stack for what is nested.
    fn pass_deep(&mut self) -> Option<()> {
        self.check_utf8()?;
        let mut values = Deserializer::from_slice(self.rest()).into_iter::<IgnoredAny>();
        values.next()?.ok()?;
        self.at += values.byte_offset();
        Some(())
    }

    fn check_utf8(&mut self) -> Option<()> {
        if !self.is_utf8 {
            simdutf8::basic::from_utf8(self.body).ok()?;
            self.is_utf8 = true;
        }
        Some(())
    }

    /// The object here, of which `member` takes the values.
    fn members(&mut self, mut member: impl FnMut(&mut Self, &'b [u8]) -> Option<()>) -> Option<()> {
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
        let mut has_more = self.next() != end;
        while has_more {
            item(self)?;
            has_more = self.next() == b',';
            self.at += usize::from(has_more);
        }
        self.depth -= 1;
        self.take(end)
    }

    /// The text here as it stands, without its quotes.
    fn text(&mut self) -> Option<&'b [u8]> {
        let start = self.at;
        self.take(b'"')?;
        self.escaped_at = None;
        self.at += plain(self.rest(), self.is_utf8);
        if self.here() != b'"' {
            self.find_quote(start)?;
        }
        self.at += 1;
        self.body.get(start + 1..self.at - 1)
    }

    /// Goes on to the quote that ends the text which is at `start`. Apart, so that the way of texts
    /// that are plain up to there is short.
    #[inline(never)]
    fn find_quote(&mut self, start: usize) -> Option<()> {
        loop {
            match self.here() {
                b'"' => return Some(()),
                b'\\' => {
                    self.escaped_at = Some(start);
                    self.escape()?;
                }
                0x80.. if !self.is_utf8 => self.check_utf8()?,
                // A control character, or the end.
                _ => return None,
            }
            self.at += plain(self.rest(), self.is_utf8);
        }
    }

    /// The last text, if it does not stand in the body as it is.
    fn unescaped(&mut self, text: &[u8]) -> Option<Option<String>> {
        let Some(at) = self.escaped_at else { return Some(None) };
        let unescaped = unescaped(text);
        if unescaped.is_none() {
            self.fault = Fault::Text { at };
        }
        unescaped.map(Some)
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
        let here = self.here();
        // Mostly there is no space.
        if here > b' ' { here } else { self.after_spaces() }
    }

    #[inline(never)]
    fn after_spaces(&mut self) -> u8 {
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

/// The number that a text is.
fn decimal(text: &[u8]) -> Option<f64> {
    let digit = |number: u64, byte: &u8| {
        byte.is_ascii_digit().then(|| number * 10 + u64::from(byte - b'0'))
    };
    // Most are whole, and with so few digits exact.
    if text.len() < 16
        && let Some(whole) = text.iter().try_fold(0, digit)
    {
        return Some(whole as f64);
    }
    serde_json::from_slice(text).ok()
}

#[inline(never)]
fn unescaped(text: &[u8]) -> Option<String> {
    serde_json::from_slice(&[b"\"", text, b"\""].concat()).ok()
}

/// How many bytes from the first on are a text's, as they are: up to a quote, a backslash, a
/// control character, or one beyond ASCII where the text is not known to be UTF-8.
fn plain(text: &[u8], is_utf8: bool) -> usize {
    if is_utf8 { plain_by::<0x80>(text) } else { plain_by::<0>(text) }
}

fn plain_by<const FLIP: u8>(text: &[u8]) -> usize {
    // Most texts are short.
    let Some((first, text)) = text.split_first_chunk() else {
        return plain_in_rest::<FLIP>(text);
    };
    let first = ends::<FLIP>(first).to_bitmask();
    if first != 0 {
        return first.trailing_zeros() as usize;
    }
    // One test for four of them at a time, as long as none has an end.
    let (fours, _) = text.as_chunks::<64>();
    let has_end = |four: &[u8; 64]| {
        let (chunks, _) = four.as_chunks();
        chunks.iter().fold(i8x16::ZERO, |all, chunk| all | ends::<FLIP>(chunk)).any()
    };
    let before = fours.iter().position(has_end).unwrap_or(fours.len()) * 64;
    let (chunks, rest) = text.get(before..).unwrap_or_default().as_chunks();
    for (index, chunk) in chunks.iter().enumerate() {
        let ends = ends::<FLIP>(chunk).to_bitmask();
        if ends != 0 {
            return 16 + before + index * 16 + ends.trailing_zeros() as usize;
        }
    }
    16 + before + chunks.len() * 16 + plain_in_rest::<FLIP>(rest)
}

/// The same for less than 16 bytes, whose end ends the text as well.
fn plain_in_rest<const FLIP: u8>(rest: &[u8]) -> usize {
    let last = std::array::from_fn(|index| rest.get(index).copied().unwrap_or_default());
    ends::<FLIP>(&last).to_bitmask().trailing_zeros() as usize
}

/// Not 0 at each byte that ends a text. As signed numbers those beyond ASCII are less than a space,
/// and with the highest bit flipped none of them is.
fn ends<const FLIP: u8>(bytes: &[u8; 16]) -> i8x16 {
    // A quote then is what a space was: of what was less than that nothing else is not less still.
    const QUOTE_TO_SPACE: u8 = b'"' ^ b' ';
    let all = |byte: u8| i8x16::splat((byte ^ FLIP).cast_signed());
    let bytes = i8x16::new(bytes.map(|byte| (byte ^ QUOTE_TO_SPACE ^ FLIP).cast_signed()));
    bytes.simd_lt(all(b' ' + 1)) | bytes.simd_eq(all(b'\\' ^ QUOTE_TO_SPACE))
}

#[cfg(test)]
mod tests;
