//! Buffers that the connections of one thread take turns with: one that has nothing to read and
//! nothing to write holds none.
//!
//! Invariant: what lies here is empty, and at most [`SPARE_BYTES_MAX`] large. A connection has what
//! it took until it gives it back before it waits, so that no two have the same.

use std::cell::Cell;

use bytes::BytesMut;
use philter_protocol::writer::Writer;

/// Bytes of a buffer that is kept: the largest outbox. What grew beyond it for one large batch
/// goes.
const SPARE_BYTES_MAX: usize = 1024 * 1024;

thread_local! {
    static INBOX: Cell<BytesMut> = Cell::new(BytesMut::new());
    static OUTBOX: Cell<BytesMut> = Cell::new(BytesMut::new());
}

/// A buffer to read into; it may have no room yet.
pub(super) fn take_inbox() -> BytesMut {
    INBOX.take()
}

/// Gives an inbox back where everything in it was taken.
pub(super) fn give_inbox(inbox: &mut BytesMut) {
    if inbox.is_empty() && inbox.capacity() <= SPARE_BYTES_MAX {
        INBOX.set(std::mem::take(inbox));
    }
}

/// Lends a writer room, where it has none.
pub(super) fn lend_outbox(output: &mut Writer) {
    output.lend_room(|| OUTBOX.take());
}

/// Gives a writer's room back where little waits in it.
pub(super) fn give_outbox(output: &mut Writer) {
    let room = output.take_room();
    if let Some(room) = room.filter(|room| room.capacity() <= SPARE_BYTES_MAX) {
        OUTBOX.set(room);
    }
}
