//! Sets of characters (XML Schema 1.1 part 2, section G.4.1 and G.4.2), read and at once written
//! as the crate `regex` writes them.
//!
//! Invariant: the flag `i` counts for single characters and ranges alone, in each set by itself
//! before one is taken from the other (XPath Functions 3.1, section 5.6.2).

use std::fmt::Write as _;

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use super::blocks;
use super::parser::Parser;
use crate::error::Result;

/// `\i`, what a name of XML may begin with.
const NAME_START: &str = concat!(
    r":A-Z_a-z\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{2FF}\x{370}-\x{37D}\x{37F}-\x{1FFF}",
    r"\x{200C}-\x{200D}\x{2070}-\x{218F}\x{2C00}-\x{2FEF}\x{3001}-\x{D7FF}",
    r"\x{F900}-\x{FDCF}\x{FDF0}-\x{FFFD}\x{10000}-\x{EFFFF}",
);

/// What `\c` has beyond `\i`.
const NAME_REST: &str = r"\-.0-9\x{B7}\x{300}-\x{36F}\x{203F}-\x{2040}";

/// Categories of Unicode that `\p{…}` takes.
const CATEGORIES: [&str; 36] = [
    "C", "Cc", "Cf", "Cn", "Co", "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn", "N",
    "Nd", "Nl", "No", "P", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm", "So",
    "Z", "Zl", "Zp", "Zs",
];

/// What reading a set of characters builds and takes, by itself: the crate `regex` holds it twice.
const SET_BYTES: usize = 1024;
const SET_STEPS: u64 = 16;

/// What a set costs that one escape stands for: `\w` has 700 ranges.
const ESCAPE_BYTES: usize = 8 * 1024;
const ESCAPE_STEPS: u64 = 1024;

/// Characters of which the other case is looked up for one step.
const FOLDED_PER_STEP: u64 = 64;

/// What stands behind a backslash.
pub(super) enum Escape {
    Character(char),
    Class(String),
}

/// A character or set by its escape, the backslash taken.
pub(super) fn escape(parser: &mut Parser<'_, '_>) -> Result<Escape> {
    let Some(c) = parser.take() else {
        return Err(parser.error("a '\\' with nothing behind it"));
    };
    Ok(match c {
        'n' => Escape::Character('\n'),
        'r' => Escape::Character('\r'),
        't' => Escape::Character('\t'),
        '\\' | '|' | '.' | '?' | '*' | '+' | '(' | ')' | '{' | '}' | '-' | '[' | ']' | '^'
        | '$' => Escape::Character(c),
        _ => Escape::Class(class_escape(parser, c)?),
    })
}

/// A set by its letter.
fn class_escape(parser: &mut Parser<'_, '_>, letter: char) -> Result<String> {
    parser.meter.build(ESCAPE_BYTES)?;
    parser.meter.steps(ESCAPE_STEPS)?;
    Ok(match letter {
        's' => r"[\t\n\r ]".to_owned(),
        'S' => r"[^\t\n\r ]".to_owned(),
        'd' => r"[\p{Nd}]".to_owned(),
        'D' => r"[^\p{Nd}]".to_owned(),
        'w' => r"[^\p{P}\p{Z}\p{C}]".to_owned(),
        'W' => r"[\p{P}\p{Z}\p{C}]".to_owned(),
        'i' => format!("[{NAME_START}]"),
        'I' => format!("[^{NAME_START}]"),
        'c' => format!("[{NAME_START}{NAME_REST}]"),
        'C' => format!("[^{NAME_START}{NAME_REST}]"),
        'p' | 'P' => property(parser, letter == 'P')?,
        other => return Err(parser.error(&format!("'\\{other}', which means nothing"))),
    })
}

/// `\p{Lu}` or `\p{IsBasicLatin}`, the `p` taken.
fn property(parser: &mut Parser<'_, '_>, negated: bool) -> Result<String> {
    if !parser.take_if('{') {
        return Err(parser.error("a '\\p' without '{' behind it"));
    }
    let mut name = String::new();
    loop {
        match parser.take() {
            Some('}') => break,
            Some(c) => name.push(c),
            None => return Err(parser.error("a '\\p{' without its '}'")),
        }
    }
    let not = if negated { "^" } else { "" };
    if CATEGORIES.contains(&name.as_str()) {
        return Ok(format!("[{not}\\p{{{name}}}]"));
    }
    let block = name.strip_prefix("Is").and_then(blocks::find);
    let Some((first, last)) = block else {
        return Err(parser.error(&format!("the end of '{name}', no category or block of Unicode")));
    };
    // No character of XML is a surrogate; a set that is empty is taken from itself.
    match char::from_u32(first).is_some() {
        true => Ok(format!("[{not}\\x{{{first:X}}}-\\x{{{last:X}}}]")),
        false if negated => Ok("(?s:.)".to_owned()),
        false => Ok("[a--a]".to_owned()),
    }
}

/// Counts a set that is written out.
pub(super) fn count_set(parser: &Parser<'_, '_>) -> Result<()> {
    parser.meter.build(SET_BYTES)?;
    parser.meter.steps(SET_STEPS)
}

/// A set in brackets, the first one taken.
pub(super) fn bracketed(parser: &mut Parser<'_, '_>) -> Result<Box<str>> {
    group(parser, 1).map(String::into_boxed_str)
}

fn group(parser: &mut Parser<'_, '_>, depth: usize) -> Result<String> {
    parser.check_depth(depth)?;
    count_set(parser)?;
    let negated = parser.take_if('^');
    let mut set = Set::default();
    loop {
        let Some(c) = parser.take() else {
            return Err(parser.error("the end, with a '[' without its ']'"));
        };
        match c {
            ']' if set.is_empty() => return Err(parser.error("the end of an empty set")),
            ']' => return set.write(parser, negated),
            '[' => return Err(parser.error("a '[' in a set, which is written '\\['")),
            '-' if parser.peek() == Some('[') && !set.is_empty() => {
                parser.take();
                let taken = group(parser, depth + 1)?;
                if !parser.take_if(']') {
                    parser.take();
                    return Err(parser.error("no ']' behind the set that is taken away"));
                }
                let whole = set.write(parser, negated)?;
                return Ok(format!("[{whole}--{taken}]"));
            }
            _ => part(parser, c, &mut set)?,
        }
    }
}

/// A character, a range or an escape, its first character taken.
fn part(parser: &mut Parser<'_, '_>, first: char, set: &mut Set) -> Result<()> {
    let start = match first {
        '\\' => match escape_in_set(parser)? {
            Escape::Character(c) => c,
            Escape::Class(class) => {
                set.classes.push_str(&class);
                return Ok(());
            }
        },
        c => c,
    };
    let is_range =
        parser.peek() == Some('-') && !matches!(parser.peek_second(), Some(']' | '[') | None);
    if !is_range {
        set.ranges.push((start, start));
        return Ok(());
    }
    // A hyphen that is written as it is begins no range; behind a range it stands for itself.
    if first == '-' {
        parser.take();
        return Err(parser.error("a '-' as the start of a range, which is written '\\-'"));
    }
    parser.take();
    let end = match parser.take() {
        Some('\\') => match escape_in_set(parser)? {
            Escape::Character(c) => c,
            Escape::Class(_) => return Err(parser.error("a set as the end of a range")),
        },
        Some('-') | None => {
            return Err(parser.error("a '-' as the end of a range, which is written '\\-'"));
        }
        Some(c) => c,
    };
    if end < start {
        return Err(parser.error(&format!("the end of the range {start}-{end}, which is empty")));
    }
    set.ranges.push((start, end));
    Ok(())
}

fn escape_in_set(parser: &mut Parser<'_, '_>) -> Result<Escape> {
    if let Some('1'..='9') = parser.peek() {
        return Err(parser.error("a back-reference in a set"));
    }
    escape(parser)
}

#[derive(Default)]
struct Set {
    ranges: Vec<(char, char)>,
    /// Sets by their escapes, written.
    classes: String,
}

impl Set {
    fn is_empty(&self) -> bool {
        self.ranges.is_empty() && self.classes.is_empty()
    }

    fn write(&self, parser: &Parser<'_, '_>, negated: bool) -> Result<String> {
        let mut text = String::from(if negated { "[^" } else { "[" });
        let range = |&(start, end)| ClassUnicodeRange::new(start, end);
        let mut ranges = ClassUnicode::new(self.ranges.iter().map(range));
        if parser.flags.case_insensitive {
            for range in ranges.iter() {
                let characters = u32::from(range.end()) - u32::from(range.start());
                parser.meter.steps(u64::from(characters) / FOLDED_PER_STEP)?;
            }
            fold(&mut ranges);
        }
        for range in ranges.iter() {
            let (start, end) = (u32::from(range.start()), u32::from(range.end()));
            // Writing to a string can't fail.
            let _ = match start == end {
                true => write!(text, "\\x{{{start:X}}}"),
                false => write!(text, "\\x{{{start:X}}}-\\x{{{end:X}}}"),
            };
        }
        text.push_str(&self.classes);
        text.push(']');
        Ok(text)
    }
}

/// Adds what differs in case alone.
pub(super) fn fold(class: &mut ClassUnicode) {
    // Without tables of Unicode nothing would be added; the crate has them.
    let _ = class.try_case_fold_simple();
}
