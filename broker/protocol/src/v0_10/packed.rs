//! How structs are packed: two bytes of flags say which fields are there, then those fields follow;
//! a bit field is its flag (0-10, section 3.3.3).
//!
//! `packed!` makes a struct and its codec from one table, so that a field's place, type and name
//! in errors are said once.

use std::fmt;

use crate::reader::{Fault, FaultKind, Reader};
use crate::v0_10::range_set::{CommandId, RangeSet};
use crate::v0_10::structs::ReplyTo;
use crate::v0_10::value::{FieldMap, put_bytes8, put_bytes16, put_bytes32, put_sized};

/// A fault in a named field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldFault {
    /// The command, control or struct.
    pub of: &'static str,
    /// Its field, as the struct here has it; the text writes it as the specification does.
    pub field: &'static str,
    /// The field's place, from 1 as execution.exception counts; 0: the flags.
    pub index: u8,
    /// What was wrong with it.
    pub fault: Fault,
}

impl fmt::Display for FieldFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = self.field.trim_end_matches('_').replace('_', "-");
        write!(f, "{}.{field}: {}", self.of, self.fault)
    }
}

impl std::error::Error for FieldFault {}

/// A struct, control or command that packs its fields.
pub trait Packed: Sized {
    /// Its name as the specification writes it, `message.transfer`.
    const NAME: &'static str;
    /// Class code and its own code.
    const CODE: (u8, u8);

    /// Reads flags and fields.
    ///
    /// # Errors
    /// A field that is not what it should be.
    fn read(reader: &mut Reader<'_>) -> Result<Self, FieldFault>;

    /// Writes flags and fields.
    fn write(&self, into: &mut Vec<u8>);

    /// The struct as struct32: length, codes, flags, fields.
    fn write_struct32(&self, into: &mut Vec<u8>) {
        put_sized(into, |into| {
            into.extend_from_slice(&[Self::CODE.0, Self::CODE.1]);
            self.write(into);
        });
    }
}

/// How a Rust type stands on the wire as a field.
pub(crate) trait Field<T> {
    fn read(reader: &mut Reader<'_>) -> Result<T, Fault>;
    fn write(value: &T, into: &mut Vec<u8>);
}

/// What is there and what is not.
pub(crate) trait Presence<T>: Default {
    fn some(value: T) -> Self;
    fn get(&self) -> Option<&T>;
}

impl<T> Presence<T> for Option<T> {
    fn some(value: T) -> Self {
        Some(value)
    }

    fn get(&self) -> Option<&T> {
        self.as_ref()
    }
}

/// A field that is always written; one that is absent reads as the default.
macro_rules! always_present {
    ($($type:ty),*) => { $(
        impl Presence<$type> for $type {
            fn some(value: $type) -> Self { value }
            fn get(&self) -> Option<&$type> { Some(self) }
        }
    )* };
}
always_present!(u8, u16, u32, u64, String, Vec<u8>, Vec<String>, Vec<Vec<u8>>);
always_present!(FieldMap, RangeSet, CommandId);

macro_rules! fields {
    ($($(#[$doc:meta])* $codec:ident: $type:ty => $read:expr, $write:expr;)*) => { $(
        $(#[$doc])*
        pub(crate) struct $codec;
        impl Field<$type> for $codec {
            fn read(reader: &mut Reader<'_>) -> Result<$type, Fault> {
                let read: fn(&mut Reader<'_>) -> Result<$type, Fault> = $read;
                read(reader)
            }
            fn write(value: &$type, into: &mut Vec<u8>) {
                let write: fn(&$type, &mut Vec<u8>) = $write;
                write(value, into);
            }
        }
    )* };
}

fields! {
    Uint8: u8 => |r| r.u8(), |v, into| into.push(*v);
    Uint16: u16 => |r| r.u16(), |v, into| into.extend_from_slice(&v.to_be_bytes());
    Uint32: u32 => |r| r.u32(), |v, into| into.extend_from_slice(&v.to_be_bytes());
    Uint64: u64 => |r| r.u64(), |v, into| into.extend_from_slice(&v.to_be_bytes());
    SequenceNo: CommandId => |r| r.u32().map(CommandId),
        |v, into| into.extend_from_slice(&v.0.to_be_bytes());
    Str8: String => |r| r.str8().map(str::to_owned), |v, into| put_bytes8(into, v.as_bytes());
    Str16: String => |r| r.str16().map(str::to_owned), |v, into| put_bytes16(into, v.as_bytes());
    Vbin8: Vec<u8> => |r| r.bytes8().map(<[u8]>::to_vec), |v, into| put_bytes8(into, v);
    Vbin16: Vec<u8> => |r| r.bytes16().map(<[u8]>::to_vec), |v, into| put_bytes16(into, v);
    Vbin32: Vec<u8> => |r| r.bytes32().map(<[u8]>::to_vec), |v, into| put_bytes32(into, v);
    Map: FieldMap => FieldMap::decode, FieldMap::encode;
    Ranges: RangeSet => RangeSet::decode, RangeSet::encode;
    Uuid: [u8; 16] => |r| r.array(), |v, into| into.extend_from_slice(v);
    Str16Array: Vec<String> => read_str16_array, write_str16_array;
    Reply: ReplyTo => ReplyTo::decode, ReplyTo::encode;
    /// A struct32 as its bytes behind the length: codes, flags, fields.
    Struct32: Vec<u8> => |r| r.bytes32().map(<[u8]>::to_vec), |v, into| put_bytes32(into, v);
    /// An array of them.
    Struct32Array: Vec<Vec<u8>> => read_struct32_array, write_struct32_array;
    /// Command fragments: read over, never made.
    Fragments: Vec<u8> => |r| r.bytes32().map(<[u8]>::to_vec), |v, into| put_bytes32(into, v);
}

/// An array whose elements are str16; one of strings of another width is read as well.
fn read_str16_array(reader: &mut Reader<'_>) -> Result<Vec<String>, Fault> {
    let content = reader.bytes32()?;
    if content.is_empty() {
        return Ok(Vec::new());
    }
    let mut inner = reader.within(content);
    let code = inner.u8()?;
    let count = inner.u32()?;
    let mut items = Vec::new();
    for _ in 0..count {
        items.push(match code {
            0x95 => inner.str16()?.to_owned(),
            0x85 => inner.str8()?.to_owned(),
            other => return Err(inner.fault(FaultKind::UnknownType(other))),
        });
    }
    inner.finish()?;
    Ok(items)
}

fn write_str16_array(items: &Vec<String>, into: &mut Vec<u8>) {
    put_sized(into, |into| {
        into.push(0x95);
        into.extend_from_slice(&u32::try_from(items.len()).unwrap_or(u32::MAX).to_be_bytes());
        for item in items {
            put_bytes16(into, item.as_bytes());
        }
    });
}

/// The type code of struct32.
const STRUCT32: u8 = 0xab;

fn read_struct32_array(reader: &mut Reader<'_>) -> Result<Vec<Vec<u8>>, Fault> {
    let content = reader.bytes32()?;
    if content.is_empty() {
        return Ok(Vec::new());
    }
    let mut inner = reader.within(content);
    let code = inner.u8()?;
    let count = inner.u32()?;
    if code != STRUCT32 && count > 0 {
        return Err(inner.fault(FaultKind::UnknownType(code)));
    }
    let mut items = Vec::new();
    for _ in 0..count {
        items.push(inner.bytes32()?.to_vec());
    }
    inner.finish()?;
    Ok(items)
}

fn write_struct32_array(items: &Vec<Vec<u8>>, into: &mut Vec<u8>) {
    put_sized(into, |into| {
        into.push(STRUCT32);
        into.extend_from_slice(&u32::try_from(items.len()).unwrap_or(u32::MAX).to_be_bytes());
        for item in items {
            put_bytes32(into, item);
        }
    });
}

/// Reads a field that the flags announce.
pub(crate) fn read_field<C: Field<T>, T, P: Presence<T>>(
    reader: &mut Reader<'_>,
    is_there: bool,
) -> Result<P, Fault> {
    if is_there { C::read(reader).map(P::some) } else { Ok(P::default()) }
}

/// Writes a field that is there.
pub(crate) fn write_field<C: Field<T>, T, P: Presence<T>>(field: &P, into: &mut Vec<u8>) {
    if let Some(value) = field.get() {
        C::write(value, into);
    }
}

/// Whether a field is there.
pub(crate) fn is_present<C: Field<T>, T, P: Presence<T>>(field: &P) -> bool {
    let _ = std::marker::PhantomData::<C>;
    field.get().is_some()
}

/// Makes structs with their codec:
/// `Name = class, code, "class.name" { field: Type as Codec, flag: bit, … }`.
macro_rules! packed {
    ($(
        $(#[$doc:meta])*
        $name:ident = $class:literal, $code:literal, $text:literal {
            $( $field:ident : $type:tt $(<$arg:ty>)? $(as $codec:ident)? ),* $(,)?
        }
    )*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Default)]
        #[allow(missing_docs, reason = "the fields are the specification's, by name")]
        pub struct $name {
            $( pub $field: $crate::v0_10::packed::packed!(@type $type $(<$arg>)?), )*
        }

        impl $crate::v0_10::packed::Packed for $name {
            const NAME: &'static str = $text;
            const CODE: (u8, u8) = ($class, $code);

            #[allow(unused_assignments, unused_mut, unused_variables,
                    reason = "a struct without fields uses none of the counters")]
            fn read(
                reader: &mut $crate::reader::Reader<'_>,
            ) -> Result<Self, $crate::v0_10::packed::FieldFault> {
                let fail = |field, index, fault| $crate::v0_10::packed::FieldFault {
                    of: $text, field, index, fault
                };
                let flags = u16::from_le_bytes(
                    reader.array().map_err(|fault| fail("packing flags", 0, fault))?
                );
                let mut bit = 0u8;
                let mut value = Self::default();
                $(
                    let is_there = flags & (1 << bit) != 0;
                    bit += 1;
                    value.$field = $crate::v0_10::packed::packed!(
                        @read $type $(<$arg>)?, $($codec)?, reader, is_there
                    ).map_err(|fault| fail(stringify!($field), bit, fault))?;
                )*
                if u32::from(flags) >> bit != 0 {
                    let kind = $crate::reader::FaultKind::InvalidValue(u64::from(flags));
                    return Err(fail("packing flags", 0, reader.fault(kind)));
                }
                Ok(value)
            }

            #[allow(unused_assignments, unused_mut, unused_variables,
                    reason = "a struct without fields uses none of the counters")]
            fn write(&self, into: &mut Vec<u8>) {
                let mut flags = 0u16;
                let mut bit = 0u8;
                $(
                    if $crate::v0_10::packed::packed!(
                        @present $type $(<$arg>)?, $($codec)?, &self.$field
                    ) {
                        flags |= 1 << bit;
                    }
                    bit += 1;
                )*
                into.extend_from_slice(&flags.to_le_bytes());
                $( $crate::v0_10::packed::packed!(
                    @write $type $(<$arg>)?, $($codec)?, &self.$field, into
                ); )*
            }
        }
    )* };
    (@type bit) => { bool };
    (@type $type:tt) => { $type };
    (@type $type:tt <$arg:ty>) => { $type<$arg> };
    (@read bit, , $reader:ident, $there:ident) => {
        Ok::<bool, $crate::reader::Fault>($there)
    };
    (@read $type:tt $(<$arg:ty>)?, $codec:ident, $reader:ident, $there:ident) => {
        $crate::v0_10::packed::read_field::<$crate::v0_10::packed::$codec, _, _>($reader, $there)
    };
    (@present bit, , $field:expr) => { *$field };
    (@present $type:tt $(<$arg:ty>)?, $codec:ident, $field:expr) => {
        $crate::v0_10::packed::is_present::<$crate::v0_10::packed::$codec, _, _>($field)
    };
    (@write bit, , $field:expr, $into:ident) => {};
    (@write $type:tt $(<$arg:ty>)?, $codec:ident, $field:expr, $into:ident) => {
        $crate::v0_10::packed::write_field::<$crate::v0_10::packed::$codec, _, _>($field, $into);
    };
}
pub(crate) use packed;
