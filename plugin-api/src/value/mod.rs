//! Values of arguments, headers and properties, in the type system of AMQP 1.0 (part 1, types).
//!
//! [`Value`] owns, [`ValueRef`] borrows: scalars by value, text and bytes as slices, and lists,
//! maps, arrays and described values as their AMQP 1.0 encoding. [`MapRef`] reads an encoded map in
//! place.
//!
//! Invariant: nothing here allocates or recurses past [`crate::limits`], whatever the bytes say.

mod code;
mod convert;
mod decode;
mod encode;
mod error;
mod map;
mod reader;
mod scan;
#[cfg(test)]
pub(crate) mod tests;

pub use encode::encode_map;
pub(crate) use encode::{begin_map, encode_key, end_map};
pub use error::DecodeError;
pub use map::{MapRef, Pairs};
pub(crate) use scan::{Scan, is_name, is_uint};

/// An owned value.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the names are AMQP 1.0's")]
pub enum Value {
    Null,
    Bool(bool),
    Ubyte(u8),
    Ushort(u16),
    Uint(u32),
    Ulong(u64),
    Byte(i8),
    Short(i16),
    Int(i32),
    Long(i64),
    Float(f32),
    Double(f64),
    Decimal32([u8; 4]),
    Decimal64([u8; 8]),
    Decimal128([u8; 16]),
    Char(char),
    /// Milliseconds since 1970, UTC.
    Timestamp(i64),
    Uuid([u8; 16]),
    Binary(Vec<u8>),
    String(String),
    Symbol(String),
    List(Vec<Value>),
    /// Pairs in order; keys may be of any type, though everything here uses strings.
    Map(Vec<(Value, Value)>),
    /// Elements of one type.
    Array(Vec<Value>),
    /// Descriptor and value.
    Described(Box<(Value, Value)>),
}

/// A borrowed value.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "the names are AMQP 1.0's")]
pub enum ValueRef<'a> {
    Null,
    Bool(bool),
    Ubyte(u8),
    Ushort(u16),
    Uint(u32),
    Ulong(u64),
    Byte(i8),
    Short(i16),
    Int(i32),
    Long(i64),
    Float(f32),
    Double(f64),
    Decimal32([u8; 4]),
    Decimal64([u8; 8]),
    Decimal128([u8; 16]),
    Char(char),
    Timestamp(i64),
    Uuid([u8; 16]),
    Binary(&'a [u8]),
    String(&'a str),
    Symbol(&'a str),
    /// A list, map, array or described value in its AMQP 1.0 encoding, constructor byte included.
    Encoded(&'a [u8]),
}
