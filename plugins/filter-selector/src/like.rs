//! `LIKE` patterns, compiled: `%` is any characters, `_` is one, an escape character takes their
//! meaning from them (JMS 3.1, section 3.8.1.1).
//!
//! A pattern is cut at its `%` into pieces. The first and the last one stand at the ends of the
//! text; each of the others is sought from where the one before it ended, and its first place is
//! the right one. Invariant: a match takes time in proportion to the text and the pattern, never
//! to their product.

use crate::error::Fault;
use crate::limits::LIKE_PIECE_CHARACTERS_MAX;

/// A pattern that was compiled.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LikePattern {
    text: Box<str>,
    escape: Option<char>,
    first: Piece,
    /// None where the pattern has no `%`: then `first` is all of it.
    open: Option<Open>,
}

/// What follows the first `%`.
#[derive(Clone, Debug, PartialEq)]
struct Open {
    between: Box<[Sought]>,
    last: Piece,
}

impl LikePattern {
    /// Compiles a pattern.
    pub(crate) fn compile(text: &str, escape: Option<char>) -> Result<Self, Fault> {
        let mut pieces = pieces(text, escape)?.into_iter();
        let first = Piece::of(pieces.next().unwrap_or_default());
        let open = match pieces.next_back() {
            Some(last) => {
                let between = pieces.filter(|piece| !piece.is_empty()).map(Sought::of);
                Some(Open { between: between.collect::<Result<_, _>>()?, last: Piece::of(last) })
            }
            None => None,
        };
        Ok(Self { text: text.into(), escape, first, open })
    }

    /// The pattern as it was written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Its escape character.
    pub(crate) fn escape(&self) -> Option<char> {
        self.escape
    }

    /// Whether the whole text is like the pattern.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let Some(rest) = self.first.strip_prefix(text) else { return false };
        let Some(open) = &self.open else { return rest.is_empty() };
        let Some(mut rest) = open.last.strip_suffix(rest) else { return false };
        open.between.iter().all(|sought| match sought.behind(rest) {
            Some(behind) => {
                rest = behind;
                true
            }
            None => false,
        })
    }
}

/// A character of a pattern; none is any one.
type One = Option<char>;

/// The pattern cut at its `%`; one piece more than there are of them.
fn pieces(text: &str, escape: Option<char>) -> Result<Vec<Vec<One>>, Fault> {
    let mut done = Vec::new();
    let mut piece = Vec::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            escaping if Some(escaping) == escape => match characters.next() {
                Some(escaped) => piece.push(Some(escaped)),
                None => return Err(Fault::NothingEscaped { escape: escaping }),
            },
            '%' => done.push(std::mem::take(&mut piece)),
            '_' => piece.push(None),
            plain => piece.push(Some(plain)),
        }
    }
    done.push(piece);
    Ok(done)
}

/// A piece that stands at an end of the text.
#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Text(Box<str>),
    Wild(Box<[One]>),
}

impl Piece {
    fn of(characters: Vec<One>) -> Self {
        match characters.iter().copied().collect::<Option<String>>() {
            Some(text) => Self::Text(text.into()),
            None => Self::Wild(characters.into()),
        }
    }

    fn strip_prefix<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Text(piece) => text.strip_prefix(&**piece),
            Self::Wild(piece) => {
                let mut found = text.chars();
                piece.iter().all(|one| is(*one, found.next())).then_some(found.as_str())
            }
        }
    }

    fn strip_suffix<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Text(piece) => text.strip_suffix(&**piece),
            Self::Wild(piece) => {
                let mut found = text.chars();
                piece.iter().rev().all(|one| is(*one, found.next_back())).then_some(found.as_str())
            }
        }
    }
}

fn is(one: One, found: Option<char>) -> bool {
    found.is_some_and(|found| one.is_none_or(|one| one == found))
}

/// A piece between two `%`: sought in the text.
#[derive(Clone, Debug, PartialEq)]
enum Sought {
    Text(Box<str>),
    Wild(Bits),
}

impl Sought {
    fn of(characters: Vec<One>) -> Result<Self, Fault> {
        match Piece::of(characters) {
            Piece::Text(text) => Ok(Self::Text(text)),
            Piece::Wild(piece) => Bits::of(&piece).map(Self::Wild),
        }
    }

    /// What follows the first place where the piece stands.
    fn behind<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Self::Text(piece) => text.split_once(&**piece).map(|(_, behind)| behind),
            Self::Wild(bits) => bits.behind(text),
        }
    }
}

/// Seeks a piece with a bit for each of its characters: bit `i` is set while the text so far ends
/// with the first `i + 1` characters of the piece (the algorithm is known as Shift-And).
#[derive(Clone, Debug, PartialEq)]
struct Bits {
    /// Where in the piece each of its characters stands, sorted by the character.
    places: Box<[(char, u64)]>,
    /// Where any character may stand.
    any: u64,
    last: u64,
}

impl Bits {
    fn of(piece: &[One]) -> Result<Self, Fault> {
        if piece.len() > LIKE_PIECE_CHARACTERS_MAX {
            return Err(Fault::PieceTooLong { characters: piece.len() });
        }
        let mut places: Vec<(char, u64)> = Vec::new();
        let (mut any, mut last) = (0, 0);
        for (index, one) in piece.iter().enumerate() {
            last = 1 << index;
            let Some(character) = one else {
                any |= last;
                continue;
            };
            match places.iter_mut().find(|(other, _)| other == character) {
                Some((_, bits)) => *bits |= last,
                None => places.push((*character, last)),
            }
        }
        places.sort_unstable_by_key(|(character, _)| *character);
        Ok(Self { places: places.into(), any, last })
    }

    fn behind<'t>(&self, text: &'t str) -> Option<&'t str> {
        let mut standing = 0_u64;
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            standing = (standing << 1 | 1) & self.places_of(character);
            if standing & self.last != 0 {
                return Some(characters.as_str());
            }
        }
        None
    }

    fn places_of(&self, character: char) -> u64 {
        let found = self.places.binary_search_by_key(&character, |(other, _)| *other);
        let own = found.ok().and_then(|at| self.places.get(at)).map_or(0, |(_, bits)| *bits);
        own | self.any
    }
}

#[cfg(test)]
mod tests;
