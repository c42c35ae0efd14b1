//! Output, and what becomes of characters on their way to it (section 4): character maps, Unicode
//! normalization, escapes.
//!
//! Invariants: what a character map gives is neither normalized nor escaped; runs of characters
//! that need nothing are copied whole.

use std::fmt::Write as _;

use unicode_normalization::UnicodeNormalization as _;

use super::error;
use super::parameters::{Normalization, Parameters};
use crate::error::Result;
use crate::meter::Meter;

/// Bytes of a text that are gone over for one step.
const BYTES_PER_STEP: usize = 64;

/// Where characters stand, which says what must be escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escape {
    /// Text of XML.
    Text,
    /// An attribute of XML.
    Attribute,
    /// Text of HTML.
    HtmlText,
    /// An attribute of HTML.
    HtmlAttribute,
    /// A string of JSON.
    Json,
    /// Where nothing can be escaped, and what an encoding can't hold is an error: names, comments,
    /// the method text.
    Plain,
}

/// What stands for a character.
enum Replacement {
    Itself,
    Text(&'static str),
    CharacterReference,
    JsonEscape,
}

/// The text so far.
pub(super) struct Output<'p, 'l> {
    text: String,
    parameters: &'p Parameters,
    meter: &'p Meter<'l>,
}

impl<'p, 'l> Output<'p, 'l> {
    pub(super) fn new(parameters: &'p Parameters, meter: &'p Meter<'l>) -> Self {
        Self { text: String::new(), parameters, meter }
    }

    /// What counts this output.
    pub(super) fn meter(&self) -> &'p Meter<'l> {
        self.meter
    }

    /// The text.
    pub(super) fn finish(self) -> String {
        self.text
    }

    /// Appends a text as it is.
    pub(super) fn push(&mut self, text: &str) -> Result<()> {
        self.meter.build(text.len())?;
        self.text.push_str(text);
        Ok(())
    }

    /// Appends the start of a line at a depth.
    pub(super) fn line(&mut self, depth: usize) -> Result<()> {
        self.meter.build(1 + 2 * depth)?;
        self.text.push('\n');
        (0..depth).for_each(|_| self.text.push_str("  "));
        Ok(())
    }

    /// Appends character data: character maps, normalization, escapes.
    pub(super) fn characters(&mut self, text: &str, escape: Escape) -> Result<()> {
        let parameters = self.parameters;
        if parameters.character_map.is_empty() {
            return self.normalized(text, escape);
        }
        let mut rest = text;
        let mapped = |c: char| parameters.character_map.get(&c);
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| mapped(*c).is_some()) {
            let (before, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
            self.normalized(before, escape)?;
            self.push(mapped(c).map_or("", |text| text))?;
            rest = after.get(c.len_utf8()..).unwrap_or_default();
        }
        self.normalized(rest, escape)
    }

    /// Appends character data that no character map applies to.
    pub(super) fn normalized(&mut self, text: &str, escape: Escape) -> Result<()> {
        let Some(form) = self.parameters.normalization.filter(|_| !text.is_ascii()) else {
            return self.escaped(text, escape);
        };
        let normalized: Box<dyn Iterator<Item = char>> = match form {
            Normalization::Nfc => Box::new(text.nfc()),
            Normalization::Nfd => Box::new(text.nfd()),
            Normalization::Nfkc => Box::new(text.nfkc()),
            Normalization::Nfkd => Box::new(text.nfkd()),
        };
        let mut text = String::new();
        for c in normalized {
            self.meter.build(c.len_utf8())?;
            text.push(c);
        }
        self.escaped(&text, escape)
    }

    /// Appends text with escapes alone.
    pub(super) fn escaped(&mut self, text: &str, escape: Escape) -> Result<()> {
        let char_max = self.parameters.encoding.char_max;
        let is_narrow = char_max < u32::from(char::MAX);
        let mut rest = text;
        let mut plain_bytes = 0;
        loop {
            let (before, after) = rest.split_at_checked(plain_bytes).unwrap_or((rest, ""));
            let found = after.bytes().position(|byte| escape.looks_at(byte, is_narrow));
            let Some(found) = found else { break };
            let (plain, special) = after.split_at_checked(found).unwrap_or((after, ""));
            let mut chars = special.chars();
            let Some(c) = chars.next() else { break };
            match escape.replacement(c, chars.clone().next(), char_max)? {
                Replacement::Itself => {
                    plain_bytes = before.len() + plain.len() + c.len_utf8();
                    continue;
                }
                replacement => {
                    self.push(before)?;
                    self.push(plain)?;
                    self.replace(c, &replacement)?;
                }
            }
            rest = chars.as_str();
            plain_bytes = 0;
        }
        self.push(rest)
    }

    fn replace(&mut self, c: char, replacement: &Replacement) -> Result<()> {
        match replacement {
            Replacement::Itself => self.push(c.encode_utf8(&mut [0; 4])),
            Replacement::Text(text) => self.push(text),
            Replacement::CharacterReference => {
                let mut reference = String::new();
                // Writing to a string does not fail.
                let _ = write!(reference, "&#x{:X};", u32::from(c));
                self.push(&reference)
            }
            Replacement::JsonEscape => {
                let mut escaped = String::new();
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(escaped, "\\u{unit:04X}");
                }
                self.push(&escaped)
            }
        }
    }

    /// Appends the content of an element as CDATA sections.
    pub(super) fn cdata(&mut self, text: &str) -> Result<()> {
        self.meter.steps((text.len() / BYTES_PER_STEP) as u64)?;
        self.push("<![CDATA[")?;
        for (index, part) in text.split("]]>").enumerate() {
            if index > 0 {
                self.push("]]]]><![CDATA[>")?;
            }
            self.cdata_part(part)?;
        }
        self.push("]]>")
    }

    /// What ends no section; characters that the encoding does not have stand outside of it.
    fn cdata_part(&mut self, text: &str) -> Result<()> {
        let char_max = self.parameters.encoding.char_max;
        let mut rest = text;
        while let Some(at) = rest.find(|c| u32::from(c) > char_max) {
            let (before, special) = rest.split_at_checked(at).unwrap_or((rest, ""));
            let mut chars = special.chars();
            let Some(c) = chars.next() else { break };
            self.push(before)?;
            self.push("]]>")?;
            self.replace(c, &Replacement::CharacterReference)?;
            self.push("<![CDATA[")?;
            rest = chars.as_str();
        }
        self.push(rest)
    }
}

impl Escape {
    /// Whether a character that begins with this byte may need something else to stand for it.
    #[inline]
    fn looks_at(self, byte: u8, is_narrow: bool) -> bool {
        if byte >= 0x80 {
            // 0xC2 begins U+0080 to U+00BF, 0xE2 begins U+2028.
            let is_special = match self {
                Self::Text | Self::Attribute => byte == 0xC2 || byte == 0xE2,
                Self::HtmlText | Self::HtmlAttribute | Self::Json => byte == 0xC2,
                Self::Plain => false,
            };
            return is_special || (is_narrow && byte >= 0xC0);
        }
        match self {
            Self::Text | Self::HtmlText => {
                matches!(byte, b'&' | b'<' | b'>' | b'\r' | 0x7F) || is_control(byte)
            }
            Self::Attribute | Self::HtmlAttribute => {
                matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\t' | b'\n' | b'\r' | 0x7F)
                    || is_control(byte)
            }
            Self::Json => byte < 0x20 || matches!(byte, b'"' | b'\\' | b'/' | 0x7F),
            Self::Plain => false,
        }
    }

    fn replacement(self, c: char, next: Option<char>, char_max: u32) -> Result<Replacement> {
        let is_encodable = u32::from(c) <= char_max;
        Ok(match self {
            Self::Json => json(c, is_encodable),
            Self::Plain if !is_encodable => {
                let text = format!("the encoding has no {c:?}, and no reference can stand here");
                return Err(error("SERE0008", text));
            }
            Self::Plain => Replacement::Itself,
            _ if !is_encodable => Replacement::CharacterReference,
            Self::Text => xml(c).unwrap_or(Replacement::Itself),
            Self::Attribute => attribute(c).or_else(|| xml(c)).unwrap_or(Replacement::Itself),
            Self::HtmlText => html(c)?,
            Self::HtmlAttribute => match (c, next) {
                ('<', _) => Replacement::Itself,
                ('&', Some('{')) => Replacement::Itself,
                ('"', _) => Replacement::Text("&quot;"),
                _ => html(c)?,
            },
        })
    }
}

fn is_control(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')
}

fn xml(c: char) -> Option<Replacement> {
    match c {
        '&' => Some(Replacement::Text("&amp;")),
        '<' => Some(Replacement::Text("&lt;")),
        '>' => Some(Replacement::Text("&gt;")),
        '\t' | '\n' => None,
        '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}' | '\u{2028}' => Some(Replacement::CharacterReference),
        _ => None,
    }
}

fn attribute(c: char) -> Option<Replacement> {
    match c {
        '"' => Some(Replacement::Text("&quot;")),
        '\t' | '\n' => Some(Replacement::CharacterReference),
        _ => None,
    }
}

fn html(c: char) -> Result<Replacement> {
    match c {
        '\u{A0}' => Ok(Replacement::Text("&nbsp;")),
        '\u{7F}'..='\u{9F}' => {
            Err(error("SERE0014", format!("HTML has no control character {c:?}")))
        }
        _ => Ok(xml(c).unwrap_or(Replacement::Itself)),
    }
}

fn json(c: char, is_encodable: bool) -> Replacement {
    match c {
        '"' => Replacement::Text("\\\""),
        '\\' => Replacement::Text("\\\\"),
        '/' => Replacement::Text("\\/"),
        '\u{8}' => Replacement::Text("\\b"),
        '\u{C}' => Replacement::Text("\\f"),
        '\n' => Replacement::Text("\\n"),
        '\r' => Replacement::Text("\\r"),
        '\t' => Replacement::Text("\\t"),
        '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}' => Replacement::JsonEscape,
        _ if !is_encodable => Replacement::JsonEscape,
        _ => Replacement::Itself,
    }
}
