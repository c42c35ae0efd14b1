//! Typed values of AMQP 0-10 (section 3.3 and the type table), owned, and maps of them.

use std::collections::HashMap;

use crate::limits::NESTING_MAX;
use crate::reader::{Fault, FaultKind, Reader};
use crate::v0_10::map::{MapRef, ValueRef};

/// An owned value. Types that nobody here computes with keep their code and bytes.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the names are the specification's")]
pub enum Value {
    Void,
    Bool(bool),
    Int8(i8),
    Uint8(u8),
    Int16(i16),
    Uint16(u16),
    Int32(i32),
    Uint32(u32),
    Int64(i64),
    Uint64(u64),
    Float(f32),
    Double(f64),
    Char32(char),
    /// Seconds since 1970 by the specification; Qpid's clients put what their users give them.
    Datetime(i64),
    Uuid([u8; 16]),
    Str8(String),
    Str16(String),
    Vbin8(Vec<u8>),
    Vbin16(Vec<u8>),
    Vbin32(Vec<u8>),
    Map(FieldMap),
    List(Vec<Value>),
    /// Elements of one type, whose code stands first.
    Array(u8, Vec<Value>),
    /// Any other type: its code, and its bytes with their length prefix.
    Other(u8, Vec<u8>),
}

impl Value {
    /// Reads the value of a type.
    ///
    /// # Errors
    /// Bytes that are no such value.
    pub fn decode(code: u8, reader: &mut Reader<'_>) -> Result<Self, Fault> {
        ValueRef::decode(code, reader, NESTING_MAX)?.to_value()
    }

    /// The type code.
    pub fn code(&self) -> u8 {
        match self {
            Self::Void => 0xf0,
            Self::Bool(_) => 0x08,
            Self::Int8(_) => 0x01,
            Self::Uint8(_) => 0x02,
            Self::Int16(_) => 0x11,
            Self::Uint16(_) => 0x12,
            Self::Int32(_) => 0x21,
            Self::Uint32(_) => 0x22,
            Self::Int64(_) => 0x31,
            Self::Uint64(_) => 0x32,
            Self::Float(_) => 0x23,
            Self::Double(_) => 0x33,
            Self::Char32(_) => 0x27,
            Self::Datetime(_) => 0x38,
            Self::Uuid(_) => 0x48,
            Self::Str8(_) => 0x85,
            Self::Str16(_) => 0x95,
            Self::Vbin8(_) => 0x80,
            Self::Vbin16(_) => 0x90,
            Self::Vbin32(_) => 0xa0,
            Self::Map(_) => 0xa8,
            Self::List(_) => 0xa9,
            Self::Array(..) => 0xaa,
            Self::Other(code, _) => *code,
        }
    }

    /// Writes the value without its type code.
    pub fn encode(&self, into: &mut Vec<u8>) {
        match self {
            Self::Void => {}
            Self::Bool(value) => into.push(u8::from(*value)),
            Self::Int8(value) => into.extend_from_slice(&value.to_be_bytes()),
            Self::Uint8(value) => into.push(*value),
            Self::Int16(value) => into.extend_from_slice(&value.to_be_bytes()),
            Self::Uint16(value) => into.extend_from_slice(&value.to_be_bytes()),
            Self::Int32(value) => into.extend_from_slice(&value.to_be_bytes()),
            Self::Uint32(value) => into.extend_from_slice(&value.to_be_bytes()),
            Self::Int64(value) | Self::Datetime(value) => {
                into.extend_from_slice(&value.to_be_bytes());
            }
            Self::Uint64(value) => into.extend_from_slice(&value.to_be_bytes()),
            Self::Float(value) => into.extend_from_slice(&value.to_be_bytes()),
            Self::Double(value) => into.extend_from_slice(&value.to_be_bytes()),
            Self::Char32(value) => into.extend_from_slice(&u32::from(*value).to_be_bytes()),
            Self::Uuid(value) => into.extend_from_slice(value),
            Self::Str8(value) => put_bytes8(into, value.as_bytes()),
            Self::Vbin8(value) => put_bytes8(into, value),
            Self::Str16(value) => put_bytes16(into, value.as_bytes()),
            Self::Vbin16(value) => put_bytes16(into, value),
            Self::Vbin32(value) => put_bytes32(into, value),
            Self::Map(map) => map.encode(into),
            Self::List(items) => put_sized(into, |into| encode_list(items, into)),
            Self::Array(code, items) => put_sized(into, |into| encode_array(*code, items, into)),
            Self::Other(_, bytes) => into.extend_from_slice(bytes),
        }
    }

    /// The value as a signed integer, if it is an integer that fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int8(value) => Some(i64::from(*value)),
            Self::Uint8(value) => Some(i64::from(*value)),
            Self::Int16(value) => Some(i64::from(*value)),
            Self::Uint16(value) => Some(i64::from(*value)),
            Self::Int32(value) => Some(i64::from(*value)),
            Self::Uint32(value) => Some(i64::from(*value)),
            Self::Int64(value) => Some(*value),
            Self::Uint64(value) => i64::try_from(*value).ok(),
            _ => None,
        }
    }

    /// The value as text, if it is text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str8(value) | Self::Str16(value) => Some(value),
            _ => None,
        }
    }
}

fn encode_list(items: &[Value], into: &mut Vec<u8>) {
    put_count(into, items.len());
    for item in items {
        into.push(item.code());
        item.encode(into);
    }
}

fn encode_array(code: u8, items: &[Value], into: &mut Vec<u8>) {
    into.push(code);
    put_count(into, items.len());
    for item in items {
        item.encode(into);
    }
}

/// A map of names to values, in order. A name stands once.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct FieldMap {
    entries: Vec<(String, Value)>,
}

impl FieldMap {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// The map with one more entry; an equal name is replaced.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.insert(name, value);
        self
    }

    /// Sets an entry. Names longer than 255 bytes do not fit the wire and are cut off when written.
    pub fn insert(&mut self, name: &str, value: Value) {
        match self.entries.iter_mut().find(|(have, _)| have == name) {
            Some((_, slot)) => *slot = value,
            None => self.entries.push((name.to_owned(), value)),
        }
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.entries.iter().find(|(have, _)| have == name).map(|(_, value)| value)
    }

    /// Whether it has no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entries in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.entries.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Reads a map with its length.
    ///
    /// # Errors
    /// Bytes that are no map.
    pub fn decode(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        MapRef::decode(reader, NESTING_MAX)?.to_map()
    }

    /// Writes the map with its length.
    pub fn encode(&self, into: &mut Vec<u8>) {
        put_sized(into, |into| {
            put_count(into, self.entries.len());
            for (name, value) in &self.entries {
                put_bytes8(into, name.as_bytes());
                into.push(value.code());
                value.encode(into);
            }
        });
    }
}

/// Of equal names the last value counts, at the first one's place.
impl<'a> FromIterator<(&'a str, Value)> for FieldMap {
    fn from_iter<I: IntoIterator<Item = (&'a str, Value)>>(pairs: I) -> Self {
        let mut places = HashMap::new();
        let mut entries: Vec<(String, Value)> = Vec::new();
        for (name, value) in pairs {
            let place = *places.entry(name).or_insert(entries.len());
            match entries.get_mut(place) {
                Some((_, slot)) => *slot = value,
                None => entries.push((name.to_owned(), value)),
            }
        }
        Self { entries }
    }
}

/// The number of bytes that a fixed-width type has, or that its length prefix has: the high bits of
/// a type code say it (0-10, section 3.3.1).
pub(crate) fn width(code: u8) -> Option<Width> {
    Some(match code >> 4 {
        class @ 0..=7 => Width::Fixed(1 << class),
        8 => Width::Prefix8,
        9 => Width::Prefix16,
        0xa => Width::Prefix32,
        0xc => Width::Fixed(5),
        0xd => Width::Fixed(9),
        0xf => Width::Fixed(0),
        _ => return None,
    })
}

/// How a type's bytes are delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    Fixed(usize),
    Prefix8,
    Prefix16,
    Prefix32,
}

/// Writes text or bytes behind 8 bits of length; what does not fit is cut off.
pub(crate) fn put_bytes8(into: &mut Vec<u8>, bytes: &[u8]) {
    let bytes = bytes.get(..255).unwrap_or(bytes);
    into.push(u8::try_from(bytes.len()).unwrap_or(u8::MAX));
    into.extend_from_slice(bytes);
}

/// Writes text or bytes behind 16 bits of length; what does not fit is cut off.
pub(crate) fn put_bytes16(into: &mut Vec<u8>, bytes: &[u8]) {
    let bytes = bytes.get(..65_535).unwrap_or(bytes);
    into.extend_from_slice(&u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes());
    into.extend_from_slice(bytes);
}

/// Writes bytes behind 32 bits of length.
pub(crate) fn put_bytes32(into: &mut Vec<u8>, bytes: &[u8]) {
    put_count(into, bytes.len());
    into.extend_from_slice(bytes);
}

/// Writes what `content` writes, behind 32 bits of its length.
pub(crate) fn put_sized(into: &mut Vec<u8>, content: impl FnOnce(&mut Vec<u8>)) {
    let start = into.len();
    into.extend_from_slice(&[0; 4]);
    content(into);
    let length = u32::try_from(into.len() - start - 4).unwrap_or(u32::MAX);
    if let Some(slot) = into.get_mut(start..start + 4) {
        slot.copy_from_slice(&length.to_be_bytes());
    }
}

fn put_count(into: &mut Vec<u8>, count: usize) {
    into.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes());
}

/// A fault for a type code that has no width.
pub(crate) fn unknown(reader: &Reader<'_>, code: u8) -> Fault {
    reader.fault(FaultKind::UnknownType(code))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scalar() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Void),
            any::<bool>().prop_map(Value::Bool),
            any::<i8>().prop_map(Value::Int8),
            any::<u8>().prop_map(Value::Uint8),
            any::<i16>().prop_map(Value::Int16),
            any::<u16>().prop_map(Value::Uint16),
            any::<i32>().prop_map(Value::Int32),
            any::<u32>().prop_map(Value::Uint32),
            any::<i64>().prop_map(Value::Int64),
            any::<u64>().prop_map(Value::Uint64),
            (-1e9f32..1e9).prop_map(Value::Float),
            (-1e9f64..1e9).prop_map(Value::Double),
            any::<char>().prop_map(Value::Char32),
            any::<i64>().prop_map(Value::Datetime),
            any::<[u8; 16]>().prop_map(Value::Uuid),
            "[a-zé]{0,20}".prop_map(Value::Str8),
            "[a-zé]{0,20}".prop_map(Value::Str16),
            prop::collection::vec(any::<u8>(), 0..20).prop_map(Value::Vbin8),
            prop::collection::vec(any::<u8>(), 0..20).prop_map(Value::Vbin16),
            prop::collection::vec(any::<u8>(), 0..20).prop_map(Value::Vbin32),
            any::<[u8; 9]>().prop_map(|bytes| Value::Other(0xd8, bytes.to_vec())),
            prop::collection::vec(any::<i32>().prop_map(Value::Int32), 0..5)
                .prop_map(|items| Value::Array(0x21, items)),
        ]
    }

    fn value() -> impl Strategy<Value = Value> {
        scalar().prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::List),
                prop::collection::btree_map("[a-z]{1,8}", inner, 0..6).prop_map(|entries| {
                    let mut map = FieldMap::new();
                    for (name, value) in entries {
                        map.insert(&name, value);
                    }
                    Value::Map(map)
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_value_comes_back(value in value()) {
            let mut bytes = Vec::new();
            value.encode(&mut bytes);
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(Value::decode(value.code(), &mut reader).unwrap(), value);
            prop_assert!(reader.is_empty());
        }

        #[test]
        fn any_bytes_are_a_value_or_a_fault(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = FieldMap::decode(&mut Reader::new(&bytes));
        }
    }

    #[test]
    fn a_map_is_written_as_the_specification_says() {
        let map = FieldMap::new().with("a", Value::Int32(1)).with("b", Value::Str8("x".into()));
        let mut bytes = Vec::new();
        map.encode(&mut bytes);
        assert_eq!(
            bytes,
            [0, 0, 0, 16, 0, 0, 0, 2, 1, b'a', 0x21, 0, 0, 0, 1, 1, b'b', 0x85, 1, b'x']
        );
    }

    #[test]
    fn of_equal_names_the_last_value_counts() {
        let pairs = [("a", 1), ("b", 2), ("a", 3)];
        let map: FieldMap =
            pairs.map(|(name, value)| (name, Value::Int8(value))).into_iter().collect();
        assert_eq!(map, FieldMap::new().with("a", Value::Int8(3)).with("b", Value::Int8(2)));
    }

    #[test]
    fn a_fault_in_a_nested_value_counts_its_offset_from_the_beginning() {
        // A map with one entry: a list of one value of the unknown type 0xe0.
        let bytes = [0, 0, 0, 16, 0, 0, 0, 1, 1, b'a', 0xa9, 0, 0, 0, 5, 0, 0, 0, 1, 0xe0];
        let fault = FieldMap::decode(&mut Reader::new(&bytes)).unwrap_err();
        assert_eq!(fault, Fault { offset: 20, kind: FaultKind::UnknownType(0xe0) });
    }

    #[test]
    fn nesting_ends_at_its_limit() {
        let mut value = Value::List(vec![]);
        for _ in 0..NESTING_MAX + 1 {
            value = Value::List(vec![value]);
        }
        let mut bytes = Vec::new();
        value.encode(&mut bytes);
        let fault = Value::decode(0xa9, &mut Reader::new(&bytes)).unwrap_err();
        assert_eq!(fault.kind, FaultKind::TooDeep(NESTING_MAX));
    }
}
