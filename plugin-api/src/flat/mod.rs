//! Messages, and what stores are given and give, as one buffer: how a component sees what a native
//! plugin reads through the host.
//!
//! `parts` has the layouts of `wit/store/philter-store.wit`; `read` and `write` are about messages.
//! Their layout stands in `wit/philter-plugin.wit`: an entry for each message with offsets of its
//! routing key, properties, headers and body, all little-endian, and behind the entries the bytes.

mod cursor;
mod parts;
mod read;
mod write;

pub(crate) use cursor::Cursor;
pub use cursor::Malformed;
pub use parts::{
    PairRef, PartRef, PartsReader, PartsWriter, QueuesRef, operations_bytes, with_operations,
    write_operations,
};
pub use read::{BatchRef, MessageRef, ReadError};
pub use write::{BatchError, write_batch};

/// Bytes before the first entry as they are written; a reader goes by what the head says.
const HEAD_BYTES: usize = 16;

/// Bytes of an entry as it is written; a reader goes by what the head says.
const ENTRY_BYTES: usize = 40;
