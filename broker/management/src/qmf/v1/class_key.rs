//! Which class a console means: package, name and the hash of the schema.

use philter_protocol::reader::{Fault, Reader};

use super::value::put_text8;
use crate::schema::Hash;

/// A class or an event, as commands name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ClassKey<'a> {
    pub(super) package: &'a str,
    pub(super) name: &'a str,
    pub(super) hash: Hash,
}

impl<'a> ClassKey<'a> {
    /// Reads a key.
    ///
    /// # Errors
    /// Bytes that are none.
    pub(super) fn decode(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        Ok(Self { package: reader.str8()?, name: reader.str8()?, hash: Hash(reader.array()?) })
    }

    /// Writes the key.
    pub(super) fn encode(self, into: &mut Vec<u8>) {
        put_text8(into, self.package);
        put_text8(into, self.name);
        into.extend_from_slice(&self.hash.0);
    }
}
