//! Writing AMQP 0-10 maps and lists entry by entry, without building them first.
//!
//! Text goes out as `vbin16`, as Qpid's broker writes it: Python's clients read that as `str`, and
//! `str16` as `unicode`.
//!
//! Invariant: what is written here reads as the map or list it is, whatever the text in it.

/// A type code of AMQP 0-10 (table of types).
pub(super) mod code {
    pub(in super::super) const BOOLEAN: u8 = 0x08;
    pub(in super::super) const UINT8: u8 = 0x02;
    pub(in super::super) const UINT16: u8 = 0x12;
    pub(in super::super) const UINT64: u8 = 0x32;
    pub(in super::super) const UINT32: u8 = 0x22;
    pub(in super::super) const INT8: u8 = 0x01;
    pub(in super::super) const INT16: u8 = 0x11;
    pub(in super::super) const INT32: u8 = 0x21;
    pub(in super::super) const INT64: u8 = 0x31;
    pub(in super::super) const FLOAT: u8 = 0x23;
    pub(in super::super) const DOUBLE: u8 = 0x33;
    pub(in super::super) const UUID: u8 = 0x48;
    pub(in super::super) const VOID: u8 = 0xf0;
    pub(in super::super) const STR16: u8 = 0x95;
    pub(in super::super) const VBIN16: u8 = 0x90;
    pub(in super::super) const VBIN32: u8 = 0xa0;
    pub(in super::super) const MAP: u8 = 0xa8;
    pub(in super::super) const LIST: u8 = 0xa9;
}

/// A map that is being written.
pub(super) struct MapWriter<'a> {
    into: &'a mut Vec<u8>,
    count: u32,
}

impl MapWriter<'_> {
    /// Adds an entry; `value` writes its type code and value.
    pub(super) fn entry(&mut self, name: &str, value: impl FnOnce(&mut Vec<u8>)) {
        let name = cut(name, usize::from(u8::MAX));
        self.into.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
        self.into.extend_from_slice(name.as_bytes());
        value(self.into);
        self.count += 1;
    }
}

/// The body of a message that is a map.
pub(super) fn map_body(entries: impl FnOnce(&mut MapWriter<'_>)) -> Vec<u8> {
    let mut body = Vec::new();
    put_entries(&mut body, entries);
    body
}

/// Writes a map as a value.
pub(super) fn put_map(into: &mut Vec<u8>, entries: impl FnOnce(&mut MapWriter<'_>)) {
    into.push(code::MAP);
    put_entries(into, entries);
}

fn put_entries(into: &mut Vec<u8>, entries: impl FnOnce(&mut MapWriter<'_>)) {
    let start = open(into);
    let mut map = MapWriter { into, count: 0 };
    entries(&mut map);
    let count = map.count;
    close(into, start, count);
}

/// A list that is being written as the body of a message.
pub(super) struct ListBody {
    bytes: Vec<u8>,
    count: u32,
}

impl ListBody {
    /// An empty list.
    pub(super) fn new() -> Self {
        let mut bytes = Vec::new();
        open(&mut bytes);
        Self { bytes, count: 0 }
    }

    /// How many items it has.
    pub(super) fn len(&self) -> usize {
        self.count as usize
    }

    /// Bytes that it has come to.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Adds an item; `value` writes its type code and value.
    pub(super) fn push(&mut self, value: impl FnOnce(&mut Vec<u8>)) {
        value(&mut self.bytes);
        self.count += 1;
    }

    /// The body.
    pub(super) fn finish(mut self) -> Vec<u8> {
        close(&mut self.bytes, 0, self.count);
        self.bytes
    }
}

/// Writes a list as a value; `items` answers how many it wrote.
pub(super) fn put_list(into: &mut Vec<u8>, items: impl FnOnce(&mut Vec<u8>) -> u32) {
    into.push(code::LIST);
    let start = open(into);
    let count = items(into);
    close(into, start, count);
}

/// Writes text as Qpid's broker does.
pub(super) fn put_text(into: &mut Vec<u8>, text: &str) {
    put_bytes(into, code::VBIN16, text.as_bytes());
}

/// Writes bytes under a code with 16 bits of length, or what is longer as `vbin32`.
pub(super) fn put_bytes(into: &mut Vec<u8>, code16: u8, bytes: &[u8]) {
    if let Ok(length) = u16::try_from(bytes.len()) {
        into.push(code16);
        into.extend_from_slice(&length.to_be_bytes());
    } else {
        into.push(code::VBIN32);
        into.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    }
    into.extend_from_slice(bytes);
}

/// Writes a number, or anything else of fixed width.
pub(super) fn put_fixed<const N: usize>(into: &mut Vec<u8>, code: u8, bytes: [u8; N]) {
    into.push(code);
    into.extend_from_slice(&bytes);
}

/// The longest beginning of a text that has no more bytes.
pub(super) fn cut(text: &str, bytes_max: usize) -> &str {
    let end = text.floor_char_boundary(bytes_max);
    text.get(..end).unwrap_or(text)
}

/// Leaves room for size and count.
fn open(into: &mut Vec<u8>) -> usize {
    let start = into.len();
    into.extend_from_slice(&[0; 8]);
    start
}

/// Fills in size, which counts what follows it, and count.
fn close(into: &mut [u8], start: usize, count: u32) {
    let size = u32::try_from(into.len() - start - 4).unwrap_or(u32::MAX);
    if let Some(slot) = into.get_mut(start..start + 4) {
        slot.copy_from_slice(&size.to_be_bytes());
    }
    if let Some(slot) = into.get_mut(start + 4..start + 8) {
        slot.copy_from_slice(&count.to_be_bytes());
    }
}
