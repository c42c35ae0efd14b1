//! A map walked over by the sizes that its values say, so that finding one key costs nothing for
//! what is inside the others.
//!
//! Invariants: no index leaves the bytes; each step takes at least one byte, so a walk ends;
//! nothing recurses. A value that is found is checked by [`ValueRef::parse`], a value that is
//! passed over is not.

use super::code;
use super::{DecodeError, ValueRef};

type Result<T> = std::result::Result<T, DecodeError>;

/// The pairs of an encoded map that are left. No bytes are the empty map.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Scan<'a> {
    rest: &'a [u8],
    offset: usize,
    pairs_left: u32,
}

/// A key and its value, both encoded, constructor included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EncodedPair<'a> {
    pub(crate) key: &'a [u8],
    pub(crate) value: &'a [u8],
}

impl<'a> Scan<'a> {
    /// Checks that the bytes are a map as long as it says.
    pub(crate) fn new(encoded: &'a [u8]) -> Result<Self> {
        let (size, count, rest) = match encoded {
            [] => return Ok(Self::default()),
            [code::MAP_8, size, count, rest @ ..] => (usize::from(*size), (*count).into(), rest),
            [code::MAP_32, a, b, c, d, e, f, g, h, rest @ ..] => {
                (number([*a, *b, *c, *d]) as usize, number([*e, *f, *g, *h]), rest)
            }
            [code::MAP_8 | code::MAP_32, ..] => {
                return Err(DecodeError::Truncated { offset: encoded.len(), wanted: 1 });
            }
            [code, ..] => return Err(DecodeError::NotMap { code: *code }),
        };
        let offset = encoded.len() - rest.len();
        let said = size + if offset == 3 { 2 } else { 5 };
        if said > encoded.len() {
            let wanted = said - encoded.len();
            return Err(DecodeError::Truncated { offset: encoded.len(), wanted });
        }
        if said < encoded.len() {
            return Err(DecodeError::Trailing { offset: said, bytes: encoded.len() - said });
        }
        if count % 2 == 1 {
            return Err(DecodeError::OddMap { offset: 0, count });
        }
        Ok(Self { rest, offset, pairs_left: count / 2 })
    }

    /// The value of the key that this is true of: the first one where there are several.
    pub(crate) fn find(mut self, is_key: impl Fn(&[u8]) -> bool) -> Result<Option<ValueRef<'a>>> {
        while let Some(pair) = self.pair()? {
            if is_key(pair.key) {
                return parse(pair.value).map(Some);
            }
        }
        Ok(None)
    }

    /// The next pair.
    pub(crate) fn pair(&mut self) -> Result<Option<EncodedPair<'a>>> {
        if self.pairs_left == 0 {
            return match self.rest.len() {
                0 => Ok(None),
                bytes => Err(DecodeError::SizeMismatch { offset: self.offset, bytes }),
            };
        }
        self.pairs_left -= 1;
        Ok(Some(EncodedPair { key: self.value()?, value: self.value()? }))
    }

    #[inline]
    fn value(&mut self) -> Result<&'a [u8]> {
        let bytes = match primitive_len(self.rest) {
            Some(bytes) => bytes,
            None => encoded_len(self.rest, self.offset)?,
        };
        let Some((value, rest)) = self.rest.split_at_checked(bytes) else {
            let offset = self.offset + self.rest.len();
            return Err(DecodeError::Truncated { offset, wanted: bytes - self.rest.len() });
        };
        self.rest = rest;
        self.offset += bytes;
        Ok(value)
    }
}

/// The value of these bytes, which are one: what headers mostly are without a detour.
#[inline]
fn parse(value: &[u8]) -> Result<ValueRef<'_>> {
    match value {
        [code::STRING_8, _, text @ ..] => {
            let text = std::str::from_utf8(text);
            text.map(ValueRef::String).map_err(|_| DecodeError::NotUtf8 { offset: 2 })
        }
        [code::INT_SMALL, byte] => Ok(ValueRef::Int(byte.cast_signed().into())),
        [code::TRUE] => Ok(ValueRef::Bool(true)),
        [code::FALSE] => Ok(ValueRef::Bool(false)),
        other => ValueRef::parse(other),
    }
}

/// Whether an encoded key is the string or symbol `name`.
pub(crate) fn is_name(key: &[u8], name: &str) -> bool {
    match key {
        [code::STRING_8 | code::SYMBOL_8, _, text @ ..]
        | [code::STRING_32 | code::SYMBOL_32, _, _, _, _, text @ ..] => text == name.as_bytes(),
        _ => false,
    }
}

/// Whether an encoded key is the uint `wanted`.
pub(crate) fn is_uint(key: &[u8], wanted: u32) -> bool {
    match key {
        [code::UINT_SMALL, only] => u32::from(*only) == wanted,
        [code::UINT_0] => wanted == 0,
        [code::UINT, a, b, c, d] => number([*a, *b, *c, *d]) == wanted,
        _ => false,
    }
}

/// The bytes that the value at the beginning takes, by what it says: they may not be there.
fn encoded_len(bytes: &[u8], offset: usize) -> Result<usize> {
    let mut len = 0_usize;
    let mut values_left = 1_usize;
    while values_left > 0 {
        let rest = bytes.get(len..).unwrap_or_default();
        let Some(code) = rest.first() else {
            return Err(DecodeError::Truncated { offset: offset + bytes.len(), wanted: 1 });
        };
        // A described value is its descriptor and another value.
        if *code == code::DESCRIBED {
            len += 1;
            values_left += 1;
            continue;
        }
        let Some(of_value) = primitive_len(rest) else {
            return Err(match code >> 4 {
                0xa..=0xf => DecodeError::Truncated { offset: offset + bytes.len(), wanted: 1 },
                _ => DecodeError::UnknownConstructor { offset: offset + len, code: *code },
            });
        };
        len = len.saturating_add(of_value);
        values_left -= 1;
    }
    Ok(len)
}

/// As the constructor's high half says; none for one that is unknown, or whose size is not there.
#[inline]
fn primitive_len(bytes: &[u8]) -> Option<usize> {
    let (code, rest) = bytes.split_first()?;
    match code >> 4 {
        0x4 => Some(1),
        0x5 => Some(2),
        0x6 => Some(3),
        0x7 => Some(5),
        0x8 => Some(9),
        0x9 => Some(17),
        0xa | 0xc | 0xe => Some(2 + usize::from(*rest.first()?)),
        0xb | 0xd | 0xf => (number(*rest.first_chunk()?) as usize).checked_add(5),
        _ => None,
    }
}

fn number(bytes: [u8; 4]) -> u32 {
    u32::from_be_bytes(bytes)
}
