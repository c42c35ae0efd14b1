//! A map read in place: arguments, headers, properties.
//!
//! Invariant: the bytes were walked over once when the map was parsed, so reading cannot fail.

use super::decode::value_ref;
use super::reader::{Constructor, Item, Reader};
use super::{DecodeError, Value, ValueRef};

/// A map in its AMQP 1.0 encoding, checked once, read in place. Keys are strings or symbols.
#[derive(Clone, Copy, Debug, Default)]
pub struct MapRef<'a> {
    encoded: &'a [u8],
}

impl<'a> MapRef<'a> {
    /// Checks an encoded map and everything in it. No bytes at all are the empty map.
    ///
    /// # Errors
    /// Bytes that are no map, keys that are no text, or what passes a limit.
    pub fn parse(encoded: &'a [u8]) -> Result<Self, DecodeError> {
        if encoded.is_empty() {
            return Ok(Self::default());
        }
        let mut reader = Reader::new(encoded)?;
        reader.skip()?;
        reader.end()?;
        let mut pairs = Self::pairs(encoded)?;
        while pairs.left > 0 {
            pairs.pair()?;
        }
        Ok(Self { encoded })
    }

    /// The value of a key: the first one where the key stands twice.
    pub fn get(&self, name: &str) -> Option<ValueRef<'a>> {
        self.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// Keys and values in the order of the encoding.
    pub fn iter(&self) -> Pairs<'a> {
        Self::pairs(self.encoded).unwrap_or(Pairs { left: 0, reader: None })
    }

    /// How many pairs there are.
    pub fn len(&self) -> usize {
        self.iter().left as usize
    }

    /// Whether there is no pair.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The encoding, constructor included; empty for the empty map that `default` makes.
    pub fn encoded(&self) -> &'a [u8] {
        self.encoded
    }

    /// An owned copy.
    pub fn to_value(&self) -> Value {
        let pair = |(key, value): (&str, ValueRef<'_>)| {
            (Value::String(key.to_owned()), value.to_value().unwrap_or(Value::Null))
        };
        Value::Map(self.iter().map(pair).collect())
    }

    fn pairs(encoded: &'a [u8]) -> Result<Pairs<'a>, DecodeError> {
        if encoded.is_empty() {
            return Ok(Pairs { left: 0, reader: None });
        }
        let mut reader = Reader::new(encoded)?;
        let code = match reader.constructor()? {
            Constructor::Primitive(code) => code,
            Constructor::Described { .. } => 0,
        };
        match reader.item(code) {
            Ok(Item::Map(elements)) => {
                Ok(Pairs { left: elements.count / 2, reader: Some(elements.reader) })
            }
            _ => Err(DecodeError::NotMap { code }),
        }
    }
}

impl<'a> IntoIterator for MapRef<'a> {
    type Item = (&'a str, ValueRef<'a>);
    type IntoIter = Pairs<'a>;

    fn into_iter(self) -> Pairs<'a> {
        self.iter()
    }
}

/// The pairs of a [`MapRef`].
#[derive(Clone, Debug)]
pub struct Pairs<'a> {
    left: u32,
    reader: Option<Reader<'a>>,
}

impl<'a> Pairs<'a> {
    fn pair(&mut self) -> Result<(&'a str, ValueRef<'a>), DecodeError> {
        let Some(reader) = &mut self.reader else {
            return Err(DecodeError::Truncated { offset: 0, wanted: 1 });
        };
        self.left = self.left.saturating_sub(1);
        let offset = reader.offset();
        let key = match value_ref(reader)? {
            ValueRef::String(key) | ValueRef::Symbol(key) => key,
            _ => return Err(DecodeError::KeyNotText { offset }),
        };
        Ok((key, value_ref(reader)?))
    }
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a str, ValueRef<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        self.pair().ok()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left as usize, Some(self.left as usize))
    }
}

impl ExactSizeIterator for Pairs<'_> {}
