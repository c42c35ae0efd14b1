//! Reads the integers and bytes of a flat buffer, one after another.

/// Why a buffer is not what its contract says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It ends too early.
    #[error("the buffer ends at byte {at}, {wanted} bytes are wanted there")]
    Short {
        /// Where it ends, or where a part of it does.
        at: usize,
        /// Bytes that are missing there, with those that are there.
        wanted: usize,
    },
    /// A part is of a kind that there is not.
    #[error("the part at byte {at} is of kind {kind}, which there is not")]
    Kind {
        /// Where the part begins.
        at: usize,
        /// Its kind.
        kind: u32,
    },
    /// A text is none.
    #[error("the text at byte {at} is no UTF-8")]
    Text {
        /// Where it begins.
        at: usize,
    },
    /// There is more than it says.
    #[error("{bytes} bytes stand behind the last part, at byte {at}")]
    Behind {
        /// Where they begin.
        at: usize,
        /// How many.
        bytes: usize,
    },
}

/// A place in a buffer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// At the beginning.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, at: 0 }
    }

    /// Whether nothing is left.
    pub(crate) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// How far it is, in bytes.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// The next bytes.
    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let short = Malformed::Short { at: self.at, wanted: count };
        let (bytes, rest) = self.rest.split_at_checked(count).ok_or(short)?;
        (self.rest, self.at) = (rest, self.at + count);
        Ok(bytes)
    }

    /// The next bytes, as many as a u32 said.
    pub(crate) fn counted(&mut self, count: u32) -> Result<&'a [u8], Malformed> {
        self.bytes(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// The next bytes as a text.
    pub(crate) fn text(&mut self, count: u32) -> Result<&'a str, Malformed> {
        let at = self.at;
        std::str::from_utf8(self.counted(count)?).map_err(|_| Malformed::Text { at })
    }

    /// The next four bytes.
    pub(crate) fn u32(&mut self) -> Result<u32, Malformed> {
        let short = Malformed::Short { at: self.at, wanted: 4 };
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(short)?;
        (self.rest, self.at) = (rest, self.at + 4);
        Ok(u32::from_le_bytes(*bytes))
    }

    /// The next eight bytes.
    pub(crate) fn u64(&mut self) -> Result<u64, Malformed> {
        let short = Malformed::Short { at: self.at, wanted: 8 };
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(short)?;
        (self.rest, self.at) = (rest, self.at + 8);
        Ok(u64::from_le_bytes(*bytes))
    }

    /// What is left.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// That nothing is left.
    pub(crate) fn end(&self) -> Result<(), Malformed> {
        match self.rest.len() {
            0 => Ok(()),
            bytes => Err(Malformed::Behind { at: self.at, bytes }),
        }
    }

    /// A part of so many bytes, by itself; it says where it stands in the whole.
    pub(crate) fn part(&mut self, count: usize) -> Result<Cursor<'a>, Malformed> {
        let at = self.at;
        Ok(Cursor { rest: self.bytes(count)?, at })
    }
}
