//! Replacement strings of `fn:replace` (XPath Functions 3.1, section 5.6.4).

use crate::error::{Error, ErrorCode, Result};

/// A part of what replaces a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Text(String),
    /// What a group captured; 0 is the whole match.
    Group(usize),
}

/// Reads a replacement string for a pattern with this many groups. A number that is greater than
/// that of any group is cut behind the digits that name one; a single such digit stands for
/// nothing.
///
/// # Errors
///
/// `FORX0004` for a `$` without a digit, or a `\` without `\` or `$`, behind it.
pub(crate) fn parse(replacement: &str, groups: usize) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut characters = replacement.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\\' => match characters.next() {
                Some(escaped @ ('\\' | '$')) => text.push(escaped),
                other => return Err(error('\\', "'\\' or '$'", other)),
            },
            '$' => {
                let next = characters.next();
                let Some(mut number) = next.and_then(digit) else {
                    return Err(error('$', "a digit", next));
                };
                while let Some(more) = characters.peek().copied().and_then(digit) {
                    let longer = number * 10 + more;
                    if longer > groups {
                        break;
                    }
                    number = longer;
                    characters.next();
                }
                if !text.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut text)));
                }
                if number <= groups {
                    parts.push(Part::Group(number));
                }
            }
            other => text.push(other),
        }
    }
    if !text.is_empty() {
        parts.push(Part::Text(text));
    }
    Ok(parts)
}

fn digit(c: char) -> Option<usize> {
    c.is_ascii_digit().then(|| c as usize - '0' as usize)
}

fn error(found: char, expected: &str, behind: Option<char>) -> Error {
    let behind = behind.map_or("nothing".to_owned(), |c| format!("'{c}'"));
    Error::new(
        ErrorCode::Standard("FORX0004"),
        format!("a '{found}' in a replacement string has {behind} behind it, not {expected}"),
    )
}
