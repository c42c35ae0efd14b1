//! How the arguments of methods are packed: one behind the other, neighbouring bits in one octet
//! (section 4.2.5.2).
//!
//! `methods!` makes a struct and its codec from one table, so that an argument's place, type and
//! name in errors are said once. A field's Rust type says how it stands on the wire.

use crate::error::FieldFault;
use crate::limits::NESTING_MAX;
use crate::reader::{Fault, Reader};
use crate::v0_9_1::short_str::ShortStr;
use crate::v0_9_1::table::TableRef;
use crate::v0_9_1::value::{Table, put_bytes32};

/// Who sends a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Sender {
    Client,
    Server,
    Both,
}

/// A method's arguments with their codec.
pub trait Arguments: Sized {
    /// The method's name as the specification writes it, `queue.declare`.
    const NAME: &'static str;
    /// Class id and method id.
    const CODE: (u16, u16);
    /// Who sends it.
    const SENDER: Sender;

    /// Reads the arguments.
    ///
    /// # Errors
    /// An argument that is not what it should be.
    fn read(reader: &mut ArgumentReader<'_>) -> Result<Self, FieldFault>;

    /// Writes the arguments.
    fn write(&self, writer: &mut ArgumentWriter<'_>);
}

/// Reads arguments, several bits from one octet.
#[derive(Debug)]
pub struct ArgumentReader<'a> {
    reader: Reader<'a>,
    bits: u8,
    bits_left: u8,
    index: u8,
}

impl<'a> ArgumentReader<'a> {
    /// Reads from where `reader` stands.
    pub(crate) fn new(reader: Reader<'a>) -> Self {
        Self { reader, bits: 0, bits_left: 0, index: 0 }
    }

    /// The next argument.
    pub(crate) fn next<T: Argument>(
        &mut self,
        of: &'static str,
        field: &'static str,
    ) -> Result<T, FieldFault> {
        self.index += 1;
        let index = self.index;
        T::read(self).map_err(|fault| FieldFault { of, field, index, fault })
    }

    /// Checks that nothing is left.
    pub(crate) fn finish(&self, of: &'static str) -> Result<(), FieldFault> {
        let fail = |fault| FieldFault { of, field: "end", index: 0, fault };
        self.reader.finish().map_err(fail)
    }

    fn bit(&mut self) -> Result<bool, Fault> {
        if self.bits_left == 0 {
            self.bits = self.reader.u8()?;
            self.bits_left = 8;
        }
        let bit = self.bits & 1 != 0;
        self.bits >>= 1;
        self.bits_left -= 1;
        Ok(bit)
    }

    fn octets(&mut self) -> &mut Reader<'a> {
        self.bits_left = 0;
        &mut self.reader
    }
}

/// Writes arguments, several bits into one octet.
#[derive(Debug)]
pub struct ArgumentWriter<'a> {
    into: &'a mut Vec<u8>,
    bits: u8,
}

impl<'a> ArgumentWriter<'a> {
    /// Appends to `into`.
    pub(crate) fn new(into: &'a mut Vec<u8>) -> Self {
        Self { into, bits: 0 }
    }

    fn bit(&mut self, is_set: bool) {
        if self.bits.is_multiple_of(8) {
            self.into.push(0);
            self.bits = 0;
        }
        if let Some(octet) = self.into.last_mut() {
            *octet |= u8::from(is_set) << self.bits;
        }
        self.bits += 1;
    }

    fn octets(&mut self) -> &mut Vec<u8> {
        self.bits = 0;
        self.into
    }
}

/// How a Rust type stands on the wire as an argument.
pub(crate) trait Argument: Sized {
    fn read(reader: &mut ArgumentReader<'_>) -> Result<Self, Fault>;
    fn write(&self, writer: &mut ArgumentWriter<'_>);
}

macro_rules! arguments {
    ($($type:ty => $read:expr, $write:expr;)*) => { $(
        impl Argument for $type {
            fn read(reader: &mut ArgumentReader<'_>) -> Result<Self, Fault> {
                let read: fn(&mut Reader<'_>) -> Result<$type, Fault> = $read;
                read(reader.octets())
            }
            fn write(&self, writer: &mut ArgumentWriter<'_>) {
                let write: fn(&$type, &mut Vec<u8>) = $write;
                write(self, writer.octets());
            }
        }
    )* };
}

// A short string is text of at most 255 bytes, a long one any bytes.
arguments! {
    u8 => |r| r.u8(), |v, into| into.push(*v);
    u16 => |r| r.u16(), |v, into| into.extend_from_slice(&v.to_be_bytes());
    u32 => |r| r.u32(), |v, into| into.extend_from_slice(&v.to_be_bytes());
    u64 => |r| r.u64(), |v, into| into.extend_from_slice(&v.to_be_bytes());
    String => |r| r.str8().map(str::to_owned), |v, into| ShortStr::new(v).encode(into);
    Vec<u8> => |r| r.bytes32().map(<[u8]>::to_vec), |v, into| put_bytes32(into, v);
    Table => |r| TableRef::decode(r, NESTING_MAX).map(TableRef::to_table),
        |v, into| v.encode(into);
}

impl Argument for bool {
    fn read(reader: &mut ArgumentReader<'_>) -> Result<Self, Fault> {
        reader.bit()
    }

    fn write(&self, writer: &mut ArgumentWriter<'_>) {
        writer.bit(*self);
    }
}

/// Makes the methods of a class with their codecs:
/// `Name = class, method, Sender, "class.name" { argument: Type, … }`.
macro_rules! methods {
    ($(
        $(#[$doc:meta])*
        $name:ident = $class:literal, $method:literal, $sender:ident, $text:literal {
            $( $(#[$note:meta])* $field:ident : $type:ty ),* $(,)?
        }
    )*) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Default)]
        #[allow(missing_docs, reason = "the arguments are the specification's, by name")]
        pub struct $name {
            $( $(#[$note])* pub $field: $type, )*
        }

        impl $crate::v0_9_1::method::Arguments for $name {
            const NAME: &'static str = $text;
            const CODE: (u16, u16) = ($class, $method);
            const SENDER: $crate::v0_9_1::method::Sender =
                $crate::v0_9_1::method::Sender::$sender;

            #[allow(unused_variables, reason = "a method without arguments reads none")]
            fn read(
                reader: &mut $crate::v0_9_1::method::ArgumentReader<'_>,
            ) -> Result<Self, $crate::error::FieldFault> {
                Ok(Self { $( $field: reader.next($text, stringify!($field))?, )* })
            }

            #[allow(unused_variables, reason = "a method without arguments writes none")]
            fn write(&self, writer: &mut $crate::v0_9_1::method::ArgumentWriter<'_>) {
                $( $crate::v0_9_1::method::Argument::write(&self.$field, writer); )*
            }
        }
    )* };
}
pub(crate) use methods;
