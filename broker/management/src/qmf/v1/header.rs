//! What stands before each command: `AM2`, the command's letter, and the number by which a console
//! knows the answer to its request.

use philter_protocol::reader::{Fault, Reader};

const MAGIC: [u8; 3] = *b"AM2";

/// A command's beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// The command's letter: upper case for requests.
    pub(super) opcode: u8,
    /// The requester's number, which its answers carry; 0 where nobody asked.
    pub(super) sequence: u32,
}

impl Header {
    /// Reads a header; none where the bytes begin with something else, which is no QMF version 1.
    ///
    /// # Errors
    /// Fewer bytes than a header has.
    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Option<Self>, Fault> {
        let magic: [u8; 3] = reader.array()?;
        let header = Self { opcode: reader.u8()?, sequence: reader.u32()? };
        Ok((magic == MAGIC).then_some(header))
    }

    /// Writes the header.
    pub(super) fn encode(self, into: &mut Vec<u8>) {
        into.extend_from_slice(&MAGIC);
        into.push(self.opcode);
        into.extend_from_slice(&self.sequence.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_eight_bytes() {
        let header = Header { opcode: b'G', sequence: 0x0102_0304 };
        let mut bytes = Vec::new();
        header.encode(&mut bytes);
        assert_eq!(bytes, [b'A', b'M', b'2', b'G', 1, 2, 3, 4]);
        assert_eq!(Header::decode(&mut Reader::new(&bytes)).unwrap(), Some(header));
    }

    #[test]
    fn other_beginnings_are_no_commands() {
        assert_eq!(Header::decode(&mut Reader::new(b"AM1G\0\0\0\0")).unwrap(), None);
        assert!(Header::decode(&mut Reader::new(b"AM2G\0\0\0")).is_err());
    }
}
