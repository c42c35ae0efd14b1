//! A bounds-checked view of bytes. Every failure knows its offset.

/// What was wrong with the bytes, without the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultKind {
    /// More bytes were announced or needed than there are.
    #[error("{wanted} bytes expected, {found} left")]
    Truncated {
        /// How many were needed.
        wanted: usize,
        /// How many there were.
        found: usize,
    },
    /// Text that is not UTF-8.
    #[error("not valid UTF-8")]
    NotUtf8,
    /// A type code that the specification does not have.
    #[error("unknown type code 0x{0:02x}")]
    UnknownType(u8),
    /// Class and code of a control or struct that is not known where it stands.
    #[error("0x{0:02x}.0x{1:02x} is unknown")]
    UnknownCode(u8, u8),
    /// A value outside its range.
    #[error("invalid value {0}")]
    InvalidValue(u64),
    /// Maps and lists in each other, too deep.
    #[error("nested deeper than {0} levels")]
    TooDeep(usize),
    /// More items than allowed.
    #[error("more than {0} items")]
    TooMany(usize),
    /// Bytes behind the last field.
    #[error("{0} bytes left over")]
    Trailing(usize),
}

/// Something wrong with the bytes, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at offset {offset}")]
pub struct Fault {
    /// Bytes from the beginning of what was read.
    pub offset: usize,
    /// What.
    pub kind: FaultKind,
}

/// Reads big-endian values from the front of a slice.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    /// A reader over all of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, offset: 0 }
    }

    /// Bytes consumed so far.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Bytes left.
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// A fault at the present offset.
    pub fn fault(&self, kind: FaultKind) -> Fault {
        Fault { offset: self.offset, kind }
    }

    /// The next `count` bytes.
    ///
    /// # Errors
    /// Fewer are left.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Fault> {
        let Some((taken, rest)) = self.rest.split_at_checked(count) else {
            return Err(self.fault(FaultKind::Truncated { wanted: count, found: self.rest.len() }));
        };
        self.rest = rest;
        self.offset += count;
        Ok(taken)
    }

    /// The next `N` bytes as an array.
    ///
    /// # Errors
    /// Fewer are left.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let Some((taken, rest)) = self.rest.split_first_chunk::<N>() else {
            return Err(self.fault(FaultKind::Truncated { wanted: N, found: self.rest.len() }));
        };
        self.rest = rest;
        self.offset += N;
        Ok(*taken)
    }

    /// An unsigned byte.
    ///
    /// # Errors
    /// Nothing is left.
    pub fn u8(&mut self) -> Result<u8, Fault> {
        self.array().map(u8::from_be_bytes)
    }

    /// Two bytes, big-endian.
    ///
    /// # Errors
    /// Fewer are left.
    pub fn u16(&mut self) -> Result<u16, Fault> {
        self.array().map(u16::from_be_bytes)
    }

    /// Four bytes, big-endian.
    ///
    /// # Errors
    /// Fewer are left.
    pub fn u32(&mut self) -> Result<u32, Fault> {
        self.array().map(u32::from_be_bytes)
    }

    /// Eight bytes, big-endian.
    ///
    /// # Errors
    /// Fewer are left.
    pub fn u64(&mut self) -> Result<u64, Fault> {
        self.array().map(u64::from_be_bytes)
    }

    /// Bytes behind a length of 8 bits.
    ///
    /// # Errors
    /// The length runs past the end.
    pub fn bytes8(&mut self) -> Result<&'a [u8], Fault> {
        let length = self.u8()?;
        self.take(usize::from(length))
    }

    /// Bytes behind a length of 16 bits.
    ///
    /// # Errors
    /// The length runs past the end.
    pub fn bytes16(&mut self) -> Result<&'a [u8], Fault> {
        let length = self.u16()?;
        self.take(usize::from(length))
    }

    /// Bytes behind a length of 32 bits.
    ///
    /// # Errors
    /// The length runs past the end.
    pub fn bytes32(&mut self) -> Result<&'a [u8], Fault> {
        let length = self.u32()?;
        self.take(usize::try_from(length).unwrap_or(usize::MAX))
    }

    /// A reader over `bytes`, which this reader gave out just before; its offsets go on from there.
    pub fn within(&self, bytes: &'a [u8]) -> Self {
        Self { rest: bytes, offset: self.offset - bytes.len() }
    }

    /// UTF-8 text from `bytes`, which this reader gave out just before.
    ///
    /// # Errors
    /// It is not UTF-8; the offset is the text's first byte.
    pub fn text(&self, bytes: &'a [u8]) -> Result<&'a str, Fault> {
        std::str::from_utf8(bytes)
            .map_err(|_| Fault { offset: self.offset - bytes.len(), kind: FaultKind::NotUtf8 })
    }

    /// UTF-8 text behind a length of 8 bits.
    ///
    /// # Errors
    /// The length runs past the end, or it is not UTF-8.
    pub fn str8(&mut self) -> Result<&'a str, Fault> {
        let bytes = self.bytes8()?;
        self.text(bytes)
    }

    /// UTF-8 text behind a length of 16 bits.
    ///
    /// # Errors
    /// The length runs past the end, or it is not UTF-8.
    pub fn str16(&mut self) -> Result<&'a str, Fault> {
        let bytes = self.bytes16()?;
        self.text(bytes)
    }

    /// Checks that nothing is left.
    ///
    /// # Errors
    /// Something is.
    pub fn finish(&self) -> Result<(), Fault> {
        match self.rest.len() {
            0 => Ok(()),
            left => Err(self.fault(FaultKind::Trailing(left))),
        }
    }
}
