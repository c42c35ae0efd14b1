//! Why bytes are no AMQP 1.0 value. The sender of the bytes is at fault; the offset counts from the
//! value's first byte.

use thiserror::Error;

use crate::error::Error as PluginError;

/// Why bytes are no AMQP 1.0 value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the fields are named in the texts")]
pub enum DecodeError {
    /// The bytes end inside a value.
    #[error("the value ends at byte {offset}, {wanted} more were announced")]
    Truncated { offset: usize, wanted: usize },
    /// No primitive type has this constructor.
    #[error("no AMQP 1.0 type has the constructor {code:#04x} (byte {offset})")]
    UnknownConstructor { offset: usize, code: u8 },
    /// A string that is not UTF-8.
    #[error("the string at byte {offset} is not UTF-8")]
    NotUtf8 { offset: usize },
    /// A symbol that is not ASCII.
    #[error("the symbol at byte {offset} is not ASCII")]
    NotAscii { offset: usize },
    /// A boolean that is neither 0 nor 1.
    #[error("the boolean at byte {offset} is {byte}, neither 0 nor 1")]
    NotBoolean { offset: usize, byte: u8 },
    /// A char that is no Unicode scalar value.
    #[error("the char at byte {offset} is {code:#x}, no Unicode scalar value")]
    NotChar { offset: usize, code: u32 },
    /// A list, map or array whose size disagrees with what is in it.
    #[error("{bytes} bytes are left over at byte {offset}, after the last element")]
    SizeMismatch { offset: usize, bytes: usize },
    /// A map with a key without a value.
    #[error("the map at byte {offset} has {count} elements, an odd number")]
    OddMap { offset: usize, count: u32 },
    /// A map was wanted.
    #[error("a map was wanted, the constructor is {code:#04x}")]
    NotMap { code: u8 },
    /// A map's key that is neither string nor symbol, where names are wanted.
    #[error("the map's key at byte {offset} is neither a string nor a symbol")]
    KeyNotText { offset: usize },
    /// More bytes after the value.
    #[error("the value ends at byte {offset}, {bytes} bytes follow")]
    Trailing { offset: usize, bytes: usize },
    /// Past [`crate::limits::VALUE_DEPTH_MAX`].
    #[error("the value nests deeper than {depth_max} (byte {offset})")]
    TooDeep { offset: usize, depth_max: u8 },
    /// Past [`crate::limits::VALUES_MAX`].
    #[error("the value holds more than {values_max} values (byte {offset})")]
    TooMany { offset: usize, values_max: u32 },
    /// Past [`crate::limits::VALUE_BYTES_MAX`].
    #[error("the value has {bytes} bytes, more than {bytes_max}")]
    TooLong { bytes: usize, bytes_max: usize },
}

impl From<DecodeError> for PluginError {
    fn from(error: DecodeError) -> Self {
        PluginError::invalid(error.to_string())
    }
}
