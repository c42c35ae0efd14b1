//! The properties of a message of class basic, as they stand in its content header behind the
//! body's size: two bytes of flags, then the properties that the flags announce (sections 2.3.5.2
//! and 4.2.6.1).
//!
//! [`Properties::parse`] checks every property once, on receipt. Afterwards nothing can fail, and
//! nothing is copied. Text is not required to be UTF-8: RabbitMQ passes on what it gets.

use std::ops::Range;

use crate::error::FieldFault;
use crate::limits::NESTING_MAX;
use crate::reader::{Fault, FaultKind, Reader};
use crate::v0_9_1::short_str::ShortStr;
use crate::v0_9_1::table::TableRef;
use crate::v0_9_1::value::Table;

/// The name in errors.
const OF: &str = "basic.properties";

/// Bytes of the flags.
const FLAGS_BYTES: usize = 2;

/// The flag of the headers; the flag of each property is the next lower bit.
const HEADERS_FLAG: u16 = 1 << 13;

/// A checked list of properties.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "the properties are the specification's")]
pub struct Properties<'a> {
    pub content_type: Option<ShortStr<'a>>,
    pub content_encoding: Option<ShortStr<'a>>,
    pub headers: Option<TableRef<'a>>,
    /// 1 transient, 2 persistent.
    pub delivery_mode: Option<u8>,
    pub priority: Option<u8>,
    pub correlation_id: Option<ShortStr<'a>>,
    pub reply_to: Option<ShortStr<'a>>,
    /// Milliseconds as decimal digits, as RabbitMQ defines it.
    pub expiration: Option<ShortStr<'a>>,
    pub message_id: Option<ShortStr<'a>>,
    /// Seconds since 1970.
    pub timestamp: Option<u64>,
    pub type_: Option<ShortStr<'a>>,
    pub user_id: Option<ShortStr<'a>>,
    pub app_id: Option<ShortStr<'a>>,
    pub cluster_id: Option<ShortStr<'a>>,
    /// Where the headers stand in the parsed list, length included; where absent, the empty range
    /// at which they would stand.
    pub headers_range: Range<usize>,
}

impl<'a> Properties<'a> {
    /// Reads and checks flags and properties; nothing may follow.
    ///
    /// # Errors
    /// A property that is wrong, or flags that no property has.
    pub fn parse(list: &'a [u8]) -> Result<Self, FieldFault> {
        // Most messages have none.
        if list == [0, 0] {
            return Ok(Self { headers_range: FLAGS_BYTES..FLAGS_BYTES, ..Self::default() });
        }
        let mut fields = Fields::begin(list)?;
        let mut properties = Self {
            content_type: fields.text("content_type")?,
            content_encoding: fields.text("content_encoding")?,
            ..Self::default()
        };
        let start = fields.reader.offset();
        properties.headers =
            fields.get("headers", |reader| TableRef::decode(reader, NESTING_MAX))?;
        properties.headers_range = start..fields.reader.offset();
        properties.delivery_mode = fields.get("delivery_mode", Reader::u8)?;
        properties.priority = fields.get("priority", Reader::u8)?;
        properties.correlation_id = fields.text("correlation_id")?;
        properties.reply_to = fields.text("reply_to")?;
        properties.expiration = fields.text("expiration")?;
        properties.message_id = fields.text("message_id")?;
        properties.timestamp = fields.get("timestamp", Reader::u64)?;
        properties.type_ = fields.text("type_")?;
        properties.user_id = fields.text("user_id")?;
        properties.app_id = fields.text("app_id")?;
        properties.cluster_id = fields.text("cluster_id")?;
        fields.finish()?;
        Ok(properties)
    }

    /// Writes flags and properties.
    pub fn encode(&self, into: &mut Vec<u8>) {
        let start = into.len();
        into.extend_from_slice(&[0; FLAGS_BYTES]);
        let mut list = Writing { into, flags: 0, flag: 1 << 15 };
        list.text(self.content_type);
        list.text(self.content_encoding);
        list.put(self.headers, |headers, into| headers.encode(into));
        list.put(self.delivery_mode, |mode, into| into.push(mode));
        list.put(self.priority, |priority, into| into.push(priority));
        list.text(self.correlation_id);
        list.text(self.reply_to);
        list.text(self.expiration);
        list.text(self.message_id);
        list.put(self.timestamp, |time, into| into.extend_from_slice(&time.to_be_bytes()));
        list.text(self.type_);
        list.text(self.user_id);
        list.text(self.app_id);
        list.text(self.cluster_id);
        let flags = list.flags.to_be_bytes();
        if let Some(slot) = into.get_mut(start..start + FLAGS_BYTES) {
            slot.copy_from_slice(&flags);
        }
    }

    /// Writes the list that this was parsed from with other headers; the other properties are
    /// copied as they stand there.
    pub fn encode_with_headers(&self, list: &[u8], headers: Option<&Table>, into: &mut Vec<u8>) {
        let flags = list.first_chunk::<FLAGS_BYTES>().copied().map_or(0, u16::from_be_bytes);
        let flags = if headers.is_some() { flags | HEADERS_FLAG } else { flags & !HEADERS_FLAG };
        let Range { start, end } = self.headers_range;
        into.extend_from_slice(&flags.to_be_bytes());
        into.extend_from_slice(list.get(FLAGS_BYTES..start).unwrap_or_default());
        if let Some(headers) = headers {
            headers.encode(into);
        }
        into.extend_from_slice(list.get(end..).unwrap_or_default());
    }
}

/// Reads the properties that the flags announce, in order, with names for errors.
struct Fields<'a> {
    flags: u16,
    flag: u16,
    index: u8,
    reader: Reader<'a>,
}

impl<'a> Fields<'a> {
    fn begin(list: &'a [u8]) -> Result<Self, FieldFault> {
        let mut reader = Reader::new(list);
        let fail = |fault| FieldFault { of: OF, field: "flags", index: 0, fault };
        let before = reader.clone();
        let flags = reader.u16().map_err(fail)?;
        // The last bit would announce more flags, the one before has no property.
        if flags & 0b11 != 0 {
            return Err(fail(before.fault(FaultKind::InvalidValue(u64::from(flags)))));
        }
        Ok(Self { flags, flag: 1 << 15, index: 0, reader })
    }

    fn get<T>(
        &mut self,
        field: &'static str,
        read: impl FnOnce(&mut Reader<'a>) -> Result<T, Fault>,
    ) -> Result<Option<T>, FieldFault> {
        let is_there = self.flags & self.flag != 0;
        self.flag >>= 1;
        self.index += 1;
        if !is_there {
            return Ok(None);
        }
        let index = self.index;
        let fail = |fault| FieldFault { of: OF, field, index, fault };
        read(&mut self.reader).map(Some).map_err(fail)
    }

    fn text(&mut self, field: &'static str) -> Result<Option<ShortStr<'a>>, FieldFault> {
        self.get(field, |reader| reader.bytes8().map(ShortStr::from_bytes))
    }

    fn finish(&self) -> Result<(), FieldFault> {
        let fail = |fault| FieldFault { of: OF, field: "end", index: 0, fault };
        self.reader.finish().map_err(fail)
    }
}

/// Writes the properties that are there, in order, and gathers their flags.
struct Writing<'v> {
    into: &'v mut Vec<u8>,
    flags: u16,
    flag: u16,
}

impl Writing<'_> {
    fn put<T>(&mut self, property: Option<T>, write: impl FnOnce(T, &mut Vec<u8>)) {
        if let Some(property) = property {
            self.flags |= self.flag;
            write(property, self.into);
        }
        self.flag >>= 1;
    }

    fn text(&mut self, property: Option<ShortStr<'_>>) {
        self.put(property, ShortStr::encode);
    }
}

#[cfg(test)]
mod tests;
