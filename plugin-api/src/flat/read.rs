//! The component's side: messages in place, within the buffer that the host wrote.
//!
//! Invariants: nothing is read outside the buffer and nothing is allocated for it, whatever it
//! says; entries longer than those of today are read as far as this version knows them. A map is
//! walked over when something in it is asked for: the view of a broken one ends where it breaks,
//! and [`MessageRef::try_header`] and its like say why.

use std::borrow::Cow;

use super::{ENTRY_BYTES, HEAD_BYTES};
use crate::error::Error;
use crate::exchange::Reads;
use crate::message::{MessageView, Property};
use crate::value::{DecodeError, Scan, ValueRef, is_name, is_uint};

/// Why bytes are no batch. The host is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are named in the texts")]
pub enum ReadError {
    /// There is no head.
    #[error("a batch begins with {HEAD_BYTES} bytes, there are {found_bytes}")]
    NoHead { found_bytes: usize },
    /// Entries that lack a field.
    #[error("the batch's entries have {found_bytes} bytes, at least {ENTRY_BYTES} are wanted")]
    ShortEntries { found_bytes: u32 },
    /// Fewer entries than messages.
    #[error("the batch ends before the entry of message {index} of {count}")]
    NoEntry { index: usize, count: usize },
    /// A part that is not in the batch.
    #[error("message {index}: its {part} ends after the batch")]
    OutOfBounds { index: usize, part: &'static str },
    /// A routing key that is no text.
    #[error("message {index}: its routing key is not UTF-8")]
    NotUtf8 { index: usize },
    /// Properties or headers that are no map.
    #[error("message {index}: its {part}: {why}")]
    NotMap { index: usize, part: &'static str, why: DecodeError },
}

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Self {
        Error::internal(error.to_string())
    }
}

/// A batch in place.
#[derive(Clone, Copy, Debug)]
pub struct BatchRef<'a> {
    bytes: &'a [u8],
    /// Where the entries begin.
    head_bytes: usize,
    entry_bytes: usize,
    count: usize,
    reads: Reads,
}

/// A message of a batch. What the batch was written without is not there: the view of a body that
/// is not there knows its length all the same.
#[derive(Clone, Copy, Debug, Default)]
pub struct MessageRef<'a> {
    routing_key: &'a str,
    properties: Scan<'a>,
    headers: Scan<'a>,
    body: &'a [u8],
    body_bytes: u64,
}

/// Batches up to this size are handed on without an allocation.
const BATCH_ON_STACK: usize = 32;

impl<'a> BatchRef<'a> {
    /// Checks a batch's head, and that its entries are there.
    ///
    /// # Errors
    /// Bytes that are no batch.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ReadError> {
        let no_head = ReadError::NoHead { found_bytes: bytes.len() };
        let head = bytes.first_chunk::<HEAD_BYTES>().ok_or(no_head)?;
        let (numbers, _) = head.as_chunks::<4>();
        let [count, entry_bytes, reads, head_bytes] = numbers else { return Err(no_head) };
        let (count, reads) = (number(*count), Reads::from_bits(number(*reads)));
        let entry_bytes = u32::from_le_bytes(*entry_bytes);
        if (entry_bytes as usize) < ENTRY_BYTES {
            return Err(ReadError::ShortEntries { found_bytes: entry_bytes });
        }
        let entry_bytes = entry_bytes as usize;
        let head_bytes = number(*head_bytes) as usize;
        if head_bytes < HEAD_BYTES {
            return Err(no_head);
        }
        let room = bytes.len().saturating_sub(head_bytes) / entry_bytes;
        if room < count as usize {
            return Err(ReadError::NoEntry { index: room, count: count as usize });
        }
        Ok(Self { bytes, head_bytes, entry_bytes, count: count as usize, reads })
    }

    /// How many messages there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is no message.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// What of its messages is there.
    pub fn reads(&self) -> Reads {
        self.reads
    }

    /// A message by its number, from 0.
    ///
    /// # Errors
    /// No such message, or one whose parts are not in the batch.
    pub fn message(&self, index: usize) -> Result<MessageRef<'a>, ReadError> {
        let no_entry = ReadError::NoEntry { index, count: self.count };
        if index >= self.count {
            return Err(no_entry);
        }
        let entry = self.bytes.get(self.head_bytes + index * self.entry_bytes..);
        let entry = entry.and_then(<[u8]>::first_chunk::<ENTRY_BYTES>).ok_or(no_entry)?;
        let (fields, _) = entry.as_chunks::<8>();
        let [key, properties, headers, body, body_bytes] = fields else { return Err(no_entry) };
        let part =
            |place: &[u8; 8], part| self.part(*place).ok_or(ReadError::OutOfBounds { index, part });
        let map = |place: &[u8; 8], name| {
            let not_map = |why| ReadError::NotMap { index, part: name, why };
            Scan::new(part(place, name)?).map_err(not_map)
        };
        let routing_key = std::str::from_utf8(part(key, "routing key")?);
        Ok(MessageRef {
            routing_key: routing_key.map_err(|_| ReadError::NotUtf8 { index })?,
            properties: map(properties, "properties")?,
            headers: map(headers, "headers")?,
            body: part(body, "body")?,
            body_bytes: u64::from_le_bytes(*body_bytes),
        })
    }

    /// The one message of a batch that has one.
    ///
    /// # Errors
    /// No message, or one whose parts are not in the batch.
    pub fn only(&self) -> Result<MessageRef<'a>, ReadError> {
        self.message(0)
    }

    /// Hands the messages to `work` as views.
    ///
    /// # Errors
    /// A message whose parts are not in the batch; `work` is not called then.
    pub fn with_views<R>(
        &self,
        work: impl FnOnce(&[&dyn MessageView]) -> R,
    ) -> Result<R, ReadError> {
        if self.count == 1 {
            return Ok(work(&[&self.only()?]));
        }
        if self.count > BATCH_ON_STACK {
            let messages = (0..self.count).map(|index| self.message(index));
            let messages = messages.collect::<Result<Vec<_>, _>>()?;
            let views = messages.iter().map(|message| message as &dyn MessageView);
            return Ok(work(&views.collect::<Vec<_>>()));
        }
        let mut messages = [MessageRef::default(); BATCH_ON_STACK];
        for (index, message) in messages.iter_mut().enumerate().take(self.count) {
            *message = self.message(index)?;
        }
        let views = messages.each_ref().map(|message| message as &dyn MessageView);
        Ok(work(views.get(..self.count).unwrap_or_default()))
    }

    fn part(&self, place: [u8; 8]) -> Option<&'a [u8]> {
        let both = u64::from_le_bytes(place);
        let (start, bytes) = (both as u32 as usize, (both >> 32) as u32 as usize);
        if bytes == 0 {
            return Some(&[]);
        }
        self.bytes.get(start..start.checked_add(bytes)?)
    }
}

impl<'a> MessageRef<'a> {
    /// As [`MessageView::property`], and why it cannot be read.
    ///
    /// # Errors
    /// Properties that are no AMQP 1.0 map up to this one.
    pub fn try_property(&self, id: Property) -> Result<Option<ValueRef<'a>>, DecodeError> {
        self.properties.find(|key| is_uint(key, id.number()))
    }

    /// As [`MessageView::header`], and why it cannot be read.
    ///
    /// # Errors
    /// Headers that are no AMQP 1.0 map up to this one.
    pub fn try_header(&self, name: &str) -> Result<Option<ValueRef<'a>>, DecodeError> {
        self.headers.find(|key| is_name(key, name))
    }

    /// As [`MessageView::headers`], and why not all of them can be read.
    ///
    /// # Errors
    /// Headers that are no AMQP 1.0 map; those before were visited.
    pub fn try_headers(
        &self,
        visit: &mut dyn FnMut(&str, ValueRef<'_>),
    ) -> Result<(), DecodeError> {
        let mut headers = self.headers;
        while let Some(pair) = headers.pair()? {
            let key = ValueRef::parse(pair.key)?;
            let name = key.as_str().ok_or(DecodeError::KeyNotText { offset: 0 })?;
            visit(name, ValueRef::parse(pair.value)?);
        }
        Ok(())
    }
}

impl MessageView for MessageRef<'_> {
    fn routing_key(&self) -> &str {
        self.routing_key
    }

    fn property(&self, id: Property) -> Option<ValueRef<'_>> {
        self.try_property(id).ok().flatten()
    }

    fn header(&self, name: &str) -> Option<ValueRef<'_>> {
        self.try_header(name).ok().flatten()
    }

    fn headers(&self, visit: &mut dyn FnMut(&str, ValueRef<'_>)) {
        // Whoever wants to know calls `try_headers`.
        let _ = self.try_headers(visit);
    }

    fn body_len(&self) -> u64 {
        self.body_bytes
    }

    fn body_chunk(&self, offset: u64) -> &[u8] {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        self.body.get(offset..).unwrap_or_default()
    }

    fn body(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(self.body)
    }
}

fn number(bytes: [u8; 4]) -> u32 {
    u32::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests;
