//! Reads AMQP 1.0 values one item at a time, without allocating, within the limits.
//!
//! A scalar is an item with its data; a list, map or array is an item whose elements a reader of
//! its own walks. Invariants: no index leaves the bytes; `values_left` only falls, also over
//! children; a child is never deeper than [`VALUE_DEPTH_MAX`].

use super::code;
use super::{DecodeError, ValueRef};
use crate::limits::{VALUE_BYTES_MAX, VALUE_DEPTH_MAX, VALUES_MAX};

type Result<T> = std::result::Result<T, DecodeError>;

/// A cursor over one encoded value or over the elements of one.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    offset: usize,
    depth_left: u8,
    values_left: u32,
}

/// The type of what follows; an array's elements share one.
#[derive(Clone, Copy, Debug)]
pub(super) enum Constructor<'a> {
    Primitive(u8),
    /// The encoded descriptor, and the constructor bytes of the value it describes.
    Described {
        descriptor: &'a [u8],
        inner: &'a [u8],
    },
}

/// One value without what is inside it.
#[derive(Clone, Debug)]
pub(super) enum Item<'a> {
    Scalar(ValueRef<'a>),
    List(Elements<'a>),
    Map(Elements<'a>),
    Array(Elements<'a>, Constructor<'a>),
}

/// The elements of a list, map or array.
#[derive(Clone, Debug)]
pub(super) struct Elements<'a> {
    pub(super) count: u32,
    pub(super) reader: Reader<'a>,
}

impl<'a> Reader<'a> {
    /// A reader over a whole encoded value.
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self> {
        if bytes.len() > VALUE_BYTES_MAX {
            return Err(DecodeError::TooLong { bytes: bytes.len(), bytes_max: VALUE_BYTES_MAX });
        }
        Ok(Self { rest: bytes, offset: 0, depth_left: VALUE_DEPTH_MAX, values_left: VALUES_MAX })
    }

    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Reads the data of one value of the primitive type `code`.
    pub(super) fn item(&mut self, code: u8) -> Result<Item<'a>> {
        Ok(match code {
            code::LIST_0 => Item::List(self.elements(0, 0)?),
            code::LIST_8 | code::MAP_8 | code::ARRAY_8 => {
                let size = self.u8()?;
                self.compound(code, usize::from(size), 1)?
            }
            code::LIST_32 | code::MAP_32 | code::ARRAY_32 => {
                let size = self.u32()?;
                self.compound(code, size as usize, 4)?
            }
            _ => Item::Scalar(self.scalar(code)?),
        })
    }

    /// Reads a constructor; a described one is walked over once, checked, and kept as bytes.
    pub(super) fn constructor(&mut self) -> Result<Constructor<'a>> {
        let code = self.u8()?;
        if code != code::DESCRIBED {
            return Ok(Constructor::Primitive(code));
        }
        let mut child = self.child(self.rest)?;
        child.skip()?;
        let descriptor = self.take(self.rest.len() - child.rest.len())?;
        let before = child.rest;
        child.constructor()?;
        let inner = self.take(before.len() - child.rest.len())?;
        self.values_left = child.values_left;
        Ok(Constructor::Described { descriptor, inner })
    }

    /// Walks over one value with its constructor and checks everything in it.
    pub(super) fn skip(&mut self) -> Result<()> {
        self.count(1)?;
        let constructor = self.constructor()?;
        self.skip_data(constructor)
    }

    /// Walks over the data of one value of this type.
    pub(super) fn skip_data(&mut self, constructor: Constructor<'a>) -> Result<()> {
        match constructor {
            Constructor::Described { inner, .. } => {
                let inner = self.nested(inner)?;
                let mut child = self.child(self.rest)?;
                child.skip_data(inner)?;
                self.adopt(&child);
                Ok(())
            }
            Constructor::Primitive(code) => match self.item(code)? {
                Item::Scalar(_) => Ok(()),
                Item::List(elements) | Item::Map(elements) => {
                    let mut reader = elements.reader;
                    for _ in 0..elements.count {
                        reader.skip()?;
                    }
                    self.close(&reader)
                }
                Item::Array(elements, of) => {
                    let mut reader = elements.reader;
                    for _ in 0..elements.count {
                        reader.count_element(of)?;
                        reader.skip_data(of)?;
                    }
                    self.close(&reader)
                }
            },
        }
    }

    /// The constructor inside a described constructor, from the bytes that were checked.
    pub(super) fn nested(&self, inner: &'a [u8]) -> Result<Constructor<'a>> {
        self.child(inner)?.constructor()
    }

    /// Counts an array's element. One of a described type is charged for the descriptor that it
    /// shares as well, so that a long descriptor and many empty elements cost no more than they
    /// take on the wire.
    pub(super) fn count_element(&mut self, of: Constructor<'a>) -> Result<()> {
        match of {
            Constructor::Primitive(_) => self.count(1),
            Constructor::Described { descriptor, inner } => {
                let bytes = descriptor.len() + inner.len();
                self.count(u32::try_from(bytes / 8).unwrap_or(u32::MAX).saturating_add(1))
            }
        }
    }

    /// Counts values against the limit.
    pub(super) fn count(&mut self, values: u32) -> Result<()> {
        match self.values_left.checked_sub(values) {
            Some(left) => self.values_left = left,
            None => {
                return Err(DecodeError::TooMany { offset: self.offset, values_max: VALUES_MAX });
            }
        }
        Ok(())
    }

    /// A reader over `rest`, which begins where this one stands, one level deeper.
    pub(super) fn child(&self, rest: &'a [u8]) -> Result<Reader<'a>> {
        let depth_left = self
            .depth_left
            .checked_sub(1)
            .ok_or(DecodeError::TooDeep { offset: self.offset, depth_max: VALUE_DEPTH_MAX })?;
        Ok(Reader { rest, depth_left, ..*self })
    }

    /// Goes on where `child`, which began here over the same bytes, stopped.
    pub(super) fn adopt(&mut self, child: &Reader<'a>) {
        self.rest = child.rest;
        self.offset = child.offset;
        self.values_left = child.values_left;
    }

    /// Ends a list, map or array whose elements `child` has read.
    pub(super) fn close(&mut self, child: &Reader<'a>) -> Result<()> {
        self.values_left = child.values_left;
        if child.rest.is_empty() {
            return Ok(());
        }
        Err(DecodeError::SizeMismatch { offset: child.offset, bytes: child.rest.len() })
    }

    /// Refuses bytes after the value.
    pub(super) fn end(&self) -> Result<()> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(DecodeError::Trailing { offset: self.offset, bytes: self.rest.len() })
    }

    fn compound(&mut self, code: u8, size: usize, width: usize) -> Result<Item<'a>> {
        let start = self.offset;
        let mut elements = self.elements(size, width)?;
        Ok(match code {
            code::LIST_8 | code::LIST_32 => Item::List(elements),
            code::MAP_8 | code::MAP_32 if elements.count % 2 == 1 => {
                return Err(DecodeError::OddMap { offset: start, count: elements.count });
            }
            code::MAP_8 | code::MAP_32 => Item::Map(elements),
            _ => {
                let of = elements.reader.constructor()?;
                Item::Array(elements, of)
            }
        })
    }

    /// The elements in the next `size` bytes, which begin with a count of `width` bytes.
    fn elements(&mut self, size: usize, width: usize) -> Result<Elements<'a>> {
        let mut reader = self.child(self.rest)?;
        reader.rest = self.take(size)?;
        let count = match width {
            0 => 0,
            1 => u32::from(reader.u8()?),
            _ => reader.u32()?,
        };
        Ok(Elements { count, reader })
    }

    fn scalar(&mut self, code: u8) -> Result<ValueRef<'a>> {
        Ok(match code {
            code::NULL => ValueRef::Null,
            code::TRUE => ValueRef::Bool(true),
            code::FALSE => ValueRef::Bool(false),
            code::BOOLEAN => ValueRef::Bool(self.boolean()?),
            code::UBYTE => ValueRef::Ubyte(self.u8()?),
            code::USHORT => ValueRef::Ushort(u16::from_be_bytes(self.array()?)),
            code::UINT => ValueRef::Uint(self.u32()?),
            code::UINT_SMALL => ValueRef::Uint(self.u8()?.into()),
            code::UINT_0 => ValueRef::Uint(0),
            code::ULONG => ValueRef::Ulong(u64::from_be_bytes(self.array()?)),
            code::ULONG_SMALL => ValueRef::Ulong(self.u8()?.into()),
            code::ULONG_0 => ValueRef::Ulong(0),
            code::BYTE => ValueRef::Byte(i8::from_be_bytes(self.array()?)),
            code::SHORT => ValueRef::Short(i16::from_be_bytes(self.array()?)),
            code::INT => ValueRef::Int(i32::from_be_bytes(self.array()?)),
            code::INT_SMALL => ValueRef::Int(i8::from_be_bytes(self.array()?).into()),
            code::LONG => ValueRef::Long(i64::from_be_bytes(self.array()?)),
            code::LONG_SMALL => ValueRef::Long(i8::from_be_bytes(self.array()?).into()),
            code::FLOAT => ValueRef::Float(f32::from_be_bytes(self.array()?)),
            code::DOUBLE => ValueRef::Double(f64::from_be_bytes(self.array()?)),
            code::DECIMAL_32 => ValueRef::Decimal32(self.array()?),
            code::DECIMAL_64 => ValueRef::Decimal64(self.array()?),
            code::DECIMAL_128 => ValueRef::Decimal128(self.array()?),
            code::CHAR => ValueRef::Char(self.char()?),
            code::TIMESTAMP => ValueRef::Timestamp(i64::from_be_bytes(self.array()?)),
            code::UUID => ValueRef::Uuid(self.array()?),
            _ => self.variable(code)?,
        })
    }

    fn variable(&mut self, code: u8) -> Result<ValueRef<'a>> {
        let size = match code {
            code::BINARY_8 | code::STRING_8 | code::SYMBOL_8 => usize::from(self.u8()?),
            code::BINARY_32 | code::STRING_32 | code::SYMBOL_32 => self.u32()? as usize,
            _ => {
                let offset = self.offset.saturating_sub(1);
                return Err(DecodeError::UnknownConstructor { offset, code });
            }
        };
        let offset = self.offset;
        let bytes = self.take(size)?;
        match code {
            code::BINARY_8 | code::BINARY_32 => return Ok(ValueRef::Binary(bytes)),
            code::SYMBOL_8 | code::SYMBOL_32 if !bytes.is_ascii() => {
                return Err(DecodeError::NotAscii { offset });
            }
            _ => {}
        }
        let text = std::str::from_utf8(bytes).map_err(|_| DecodeError::NotUtf8 { offset })?;
        Ok(match code {
            code::STRING_8 | code::STRING_32 => ValueRef::String(text),
            _ => ValueRef::Symbol(text),
        })
    }

    fn boolean(&mut self) -> Result<bool> {
        let offset = self.offset;
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            byte => Err(DecodeError::NotBoolean { offset, byte }),
        }
    }

    fn char(&mut self) -> Result<char> {
        let offset = self.offset;
        let code = self.u32()?;
        char::from_u32(code).ok_or(DecodeError::NotChar { offset, code })
    }

    fn u8(&mut self) -> Result<u8> {
        self.array::<1>().map(u8::from_be_bytes)
    }

    fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_be_bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let Some((head, rest)) = self.rest.split_first_chunk::<N>() else {
            return Err(self.truncated(N));
        };
        self.rest = rest;
        self.offset += N;
        Ok(*head)
    }

    fn take(&mut self, size: usize) -> Result<&'a [u8]> {
        let Some((head, rest)) = self.rest.split_at_checked(size) else {
            return Err(self.truncated(size));
        };
        self.rest = rest;
        self.offset += size;
        Ok(head)
    }

    fn truncated(&self, wanted: usize) -> DecodeError {
        DecodeError::Truncated {
            offset: self.offset + self.rest.len(),
            wanted: wanted.saturating_sub(self.rest.len()),
        }
    }
}
