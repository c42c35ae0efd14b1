//! The host's side: writes a batch with what the plugin reads and nothing else.

use super::{ENTRY_BYTES, HEAD_BYTES};
use crate::exchange::Reads;
use crate::message::{MessageView, Property};
use crate::value::{ValueRef, begin_map, encode_key, end_map};

/// Why messages are not written as a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// It would be longer than the receiver takes.
    #[error("message {index} of {count} does not fit into a batch of at most {bytes_max} bytes")]
    TooLong {
        /// The first message that does not fit, from 0.
        index: usize,
        /// Messages that were to be written.
        count: usize,
        /// The limit.
        bytes_max: usize,
    },
}

/// Writes messages into `out`, which is cleared first: their routing keys, and of properties,
/// headers and bodies what is in `reads`.
///
/// # Errors
/// More than `bytes_max` bytes, which are at most 4 GiB. What is in `out` then is no batch.
pub fn write_batch(
    out: &mut Vec<u8>,
    messages: &[&dyn MessageView],
    reads: Reads,
    bytes_max: usize,
) -> Result<(), BatchError> {
    let bytes_max = bytes_max.min(u32::MAX as usize);
    let too_long = |index| BatchError::TooLong { index, count: messages.len(), bytes_max };
    out.clear();
    let entries = messages.len().saturating_mul(ENTRY_BYTES);
    if entries.saturating_add(HEAD_BYTES) > bytes_max {
        return Err(too_long(0));
    }
    let known = Reads::KEY | Reads::PROPERTIES | Reads::HEADERS | Reads::BODY;
    let there = (reads.bits() | Reads::KEY.bits()) & known.bits();
    for number in [number(messages.len()), number(ENTRY_BYTES), there, number(HEAD_BYTES)] {
        out.extend(number.to_le_bytes());
    }
    out.resize(HEAD_BYTES + entries, 0);
    for (index, message) in messages.iter().enumerate() {
        let entry = write_message(out, *message, reads, bytes_max).ok_or(too_long(index))?;
        let start = HEAD_BYTES + index * ENTRY_BYTES;
        if let Some(place) = out.get_mut(start..start + ENTRY_BYTES) {
            place.copy_from_slice(&entry);
        }
    }
    Ok(())
}

/// Adds a message's bytes, and answers its entry; none where they are too many.
fn write_message(
    out: &mut Vec<u8>,
    message: &dyn MessageView,
    reads: Reads,
    bytes_max: usize,
) -> Option<[u8; ENTRY_BYTES]> {
    let mut entry = [0; ENTRY_BYTES];
    let (fields, _) = entry.as_chunks_mut::<8>();
    let [key, properties, headers, body, body_size] = fields else { return None };
    let body_bytes = message.body_len();
    *body_size = body_bytes.to_le_bytes();
    if reads.contains(Reads::BODY)
        && usize::try_from(body_bytes).ok()? > bytes_max.saturating_sub(out.len())
    {
        return None;
    }
    *key = part(out, |out| out.extend(message.routing_key().as_bytes()));
    if reads.contains(Reads::PROPERTIES) {
        *properties = part(out, |out| write_properties(out, message));
    }
    if reads.contains(Reads::HEADERS) {
        *headers = part(out, |out| write_headers(out, message));
    }
    if reads.contains(Reads::BODY) {
        *body = part(out, |out| write_body(out, message));
    }
    (out.len() <= bytes_max).then_some(entry)
}

/// Offset and length of what `write` adds.
fn part(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) -> [u8; 8] {
    let start = out.len();
    write(out);
    let bytes = out.len() - start;
    let both = u64::from(number(start)) | u64::from(number(bytes)) << 32;
    both.to_le_bytes()
}

fn write_properties(out: &mut Vec<u8>, message: &dyn MessageView) {
    let start = begin_map(out);
    let mut pairs = 0;
    for id in Property::ALL {
        if let Some(value) = message.property(id) {
            ValueRef::Uint(id.number()).encode_into(out);
            value.encode_into(out);
            pairs += 1;
        }
    }
    end_map(out, start, pairs);
}

fn write_headers(out: &mut Vec<u8>, message: &dyn MessageView) {
    let start = begin_map(out);
    let mut pairs = 0;
    message.headers(&mut |name, value| {
        encode_key(out, name);
        value.encode_into(out);
        pairs += 1;
    });
    end_map(out, start, pairs);
}

fn write_body(out: &mut Vec<u8>, message: &dyn MessageView) {
    let mut offset = 0;
    loop {
        let chunk = message.body_chunk(offset);
        if chunk.is_empty() {
            return;
        }
        out.extend(chunk);
        offset += chunk.len() as u64;
    }
}

/// A number that the limit of a batch keeps below 4 GiB.
fn number(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::MockMessage;
    use crate::value::Value;

    fn written(messages: &[&dyn MessageView], reads: Reads) -> Vec<u8> {
        let mut out = vec![1, 2, 3];
        write_batch(&mut out, messages, reads, 1 << 20).unwrap();
        out
    }

    fn u32_at(bytes: &[u8], at: usize) -> usize {
        u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
    }

    fn part_at(bytes: &[u8], at: usize) -> &[u8] {
        let start = u32_at(bytes, at);
        &bytes[start..start + u32_at(bytes, at + 4)]
    }

    #[test]
    fn a_batch_has_the_bytes_that_the_wit_says() {
        let message = MockMessage::new("a.b").header("x", 7u32).body_in_chunks(["12", "345"]);
        let message = message.property(Property::Priority, Value::Ubyte(9));
        let other = MockMessage::new("c");
        let all = Reads::PROPERTIES | Reads::HEADERS | Reads::BODY;
        let batch = written(&[&message, &other], all);
        assert_eq!([u32_at(&batch, 0), u32_at(&batch, 4)], [2, 40]);
        assert_eq!([u32_at(&batch, 8), u32_at(&batch, 12)], [15, 16]);
        assert_eq!(part_at(&batch, 16), b"a.b");
        let map = [0xd1, 0, 0, 0, 8, 0, 0, 0, 2];
        assert_eq!(part_at(&batch, 24), [&map[..], &[0x52, 11, 0x50, 9]].concat());
        let map = [0xd1, 0, 0, 0, 9, 0, 0, 0, 2];
        assert_eq!(part_at(&batch, 32), [&map[..], &[0xa1, 1, b'x', 0x52, 7]].concat());
        assert_eq!(part_at(&batch, 40), b"12345");
        assert_eq!(batch[48..56], 5u64.to_le_bytes());
        assert_eq!(part_at(&batch, 56), b"c");
        assert_eq!(part_at(&batch, 80), b"");
    }

    #[test]
    fn what_is_not_read_is_not_there() {
        let message = MockMessage::new("key").header("x", 7u32).body("body");
        let batch = written(&[&message], Reads::KEY);
        assert_eq!(batch.len(), 16 + 40 + 3);
        assert_eq!(batch[48..56], 4u64.to_le_bytes());
    }

    #[test]
    fn the_message_that_does_not_fit_is_named() {
        let small = MockMessage::new("key").body("body");
        let large = MockMessage::new("key").body(vec![0; 200]);
        let mut out = Vec::new();
        let error = write_batch(&mut out, &[&small, &large], Reads::BODY, 300).unwrap_err();
        assert_eq!(error, BatchError::TooLong { index: 1, count: 2, bytes_max: 300 });
        let error = write_batch(&mut out, &[&small, &small], Reads::BODY, 60).unwrap_err();
        assert_eq!(error, BatchError::TooLong { index: 0, count: 2, bytes_max: 60 });
        write_batch(&mut out, &[&small, &large], Reads::HEADERS, 300).unwrap();
    }
}
