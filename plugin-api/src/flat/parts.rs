//! Operations, records and pairs of a store as one buffer: how they cross to and from a component.
//!
//! The layout stands in `wit/store/philter-store.wit`: how many parts there are, whether there are
//! more behind them, and the parts, each with its length in front.

use super::cursor::{Cursor, Malformed};
use crate::store::{Operation, Position, QueueRecord, Record, Replayed};

const PUT: u32 = 1;
const DELETE: u32 = 2;
const KEY: u32 = 3;
const MARK: u32 = 4;
const PUT_WITHOUT_BODY: u32 = 5;

/// Bytes before the first part.
const HEAD_BYTES: usize = 8;

/// Bytes of a put before its entries, and of a part that is not a put at most, without key, value.
const PART_BYTES: usize = 40;

/// Bytes of an entry of a put.
const ENTRY_BYTES: usize = 16;

/// Parts that are written one after another.
#[derive(Clone, Debug)]
pub struct PartsWriter {
    bytes: Vec<u8>,
    count: u32,
}

impl PartsWriter {
    /// Nothing, with room for this many bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        let mut all = Vec::with_capacity(bytes.saturating_add(HEAD_BYTES));
        all.resize(HEAD_BYTES, 0);
        Self { bytes: all, count: 0 }
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether no part was written.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds an operation of an append, or a record at its position, with the body of a put or
    /// without. Lengths of 4 GiB are nobody's: a component has less memory.
    pub fn record(&mut self, position: Position, record: &Operation<'_>, with_body: bool) {
        let begin = self.begin(position.0);
        let kind = match *record {
            Operation::Put { message, header, body, queues } => {
                let body = if with_body { body } else { &[] };
                self.bytes.extend(message.to_le_bytes());
                self.lengths([header.len(), body.len(), queues.len(), 0]);
                for QueueRecord { queue, id } in queues {
                    self.numbers([*queue, *id]);
                }
                self.bytes.extend(header);
                self.bytes.extend(body);
                if with_body { PUT } else { PUT_WITHOUT_BODY }
            }
            Operation::Delete(QueueRecord { queue, id }) => {
                self.numbers([queue, id]);
                DELETE
            }
            Operation::Meta { key, value } => {
                self.lengths([key.len(), value.len()]);
                self.bytes.extend(key.as_bytes());
                self.bytes.extend(value);
                KEY
            }
            Operation::Mark { record: QueueRecord { queue, id }, delivery_count } => {
                self.numbers([queue, id]);
                self.bytes.extend(delivery_count.to_le_bytes());
                self.bytes.extend([0; 4]);
                MARK
            }
        };
        self.end_part(begin, kind);
    }

    /// Adds a pair: a number and two runs of bytes.
    pub fn pair(&mut self, number: u64, first: &[u8], second: &[u8]) {
        let begin = self.begin(number);
        self.lengths([first.len(), second.len()]);
        self.bytes.extend(first);
        self.bytes.extend(second);
        self.end_part(begin, 0);
    }

    /// The buffer; a page says whether there are more parts behind it.
    pub fn finish(mut self, has_more: bool) -> Vec<u8> {
        let head = [self.count, u32::from(has_more)];
        if let Some(place) = self.bytes.get_mut(..HEAD_BYTES) {
            let (words, _) = place.as_chunks_mut::<4>();
            words.iter_mut().zip(head).for_each(|(word, value)| *word = value.to_le_bytes());
        }
        self.bytes
    }

    fn begin(&mut self, number: u64) -> usize {
        let begin = self.bytes.len();
        self.bytes.extend([0; 8]);
        self.bytes.extend(number.to_le_bytes());
        begin
    }

    fn end_part(&mut self, begin: usize, kind: u32) {
        let bytes = self.bytes.len() - begin;
        if let Some(place) = self.bytes.get_mut(begin..begin + 8) {
            let (words, _) = place.as_chunks_mut::<4>();
            let head = [length(bytes), kind];
            words.iter_mut().zip(head).for_each(|(word, value)| *word = value.to_le_bytes());
        }
        self.count = self.count.saturating_add(1);
    }

    fn lengths<const N: usize>(&mut self, lengths: [usize; N]) {
        lengths.into_iter().for_each(|bytes| self.bytes.extend(length(bytes).to_le_bytes()));
    }

    fn numbers<const N: usize>(&mut self, numbers: [u64; N]) {
        numbers.into_iter().for_each(|number| self.bytes.extend(number.to_le_bytes()));
    }
}

/// How many bytes an append is as one buffer.
pub fn operations_bytes(batch: &[Operation<'_>]) -> usize {
    let of = |operation: &Operation<'_>| match operation {
        Operation::Put { header, body, queues, .. } => {
            header.len() + body.len() + queues.len() * ENTRY_BYTES
        }
        Operation::Meta { key, value } => key.len() + value.len(),
        Operation::Delete(_) | Operation::Mark { .. } => 0,
    };
    batch.iter().map(|operation| PART_BYTES + of(operation)).sum::<usize>() + HEAD_BYTES
}

/// An append as one buffer.
pub fn write_operations(batch: &[Operation<'_>]) -> Vec<u8> {
    let mut parts = PartsWriter::with_capacity(operations_bytes(batch));
    batch.iter().for_each(|operation| parts.record(Position(0), operation, true));
    parts.finish(false)
}

fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// Parts as they are read.
#[derive(Clone, Copy, Debug)]
pub struct PartsReader<'a> {
    cursor: Cursor<'a>,
    left: u32,
    has_more: bool,
}

/// A record in a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartRef<'a> {
    /// Where it stands; 0 in an append.
    pub position: Position,
    /// What it says; the queues of a put are `queues`.
    pub record: Operation<'a>,
    /// Of a put alone, whether it came with its body.
    pub has_body: bool,
    /// Of a put alone, its entries.
    pub queues: QueuesRef<'a>,
}

/// The entries of a put in a buffer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueuesRef<'a>(&'a [u8]);

impl QueuesRef<'_> {
    /// One after another.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = QueueRecord> {
        let (entries, _) = self.0.as_chunks::<ENTRY_BYTES>();
        entries.iter().map(|entry| {
            let both = u128::from_le_bytes(*entry);
            QueueRecord { queue: both as u64, id: (both >> 64) as u64 }
        })
    }
}

/// A pair in a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairRef<'a> {
    /// Its number.
    pub number: u64,
    /// The first bytes.
    pub first: &'a [u8],
    /// The second.
    pub second: &'a [u8],
}

impl<'a> PartsReader<'a> {
    /// Reads the head.
    ///
    /// # Errors
    /// No head.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut cursor = Cursor::new(bytes);
        let (left, more) = (cursor.u32()?, cursor.u32()?);
        Ok(Self { cursor, left, has_more: more == 1 })
    }

    /// Whether there are more parts behind this page.
    pub fn has_more(&self) -> bool {
        self.has_more
    }

    /// How many parts are left here.
    pub fn left(&self) -> u32 {
        self.left
    }

    /// The next operation or record; none behind the last one.
    ///
    /// # Errors
    /// The buffer is not what the contract says.
    pub fn next_record(&mut self) -> Result<Option<PartRef<'a>>, Malformed> {
        let Some((at, kind, mut part)) = self.next_part()? else { return Ok(None) };
        let position = Position(part.u64()?);
        let (mut queues, mut has_body) = (QueuesRef::default(), false);
        let record = match kind {
            PUT | PUT_WITHOUT_BODY => {
                let message = part.u64()?;
                let [header, body, entries, _] =
                    [part.u32()?, part.u32()?, part.u32()?, part.u32()?];
                let entries = usize::try_from(entries).unwrap_or(usize::MAX);
                queues = QueuesRef(part.bytes(entries.saturating_mul(ENTRY_BYTES))?);
                has_body = kind == PUT;
                let (header, body) = (part.counted(header)?, part.counted(body)?);
                Operation::Put { message, header, body, queues: &[] }
            }
            DELETE => Operation::Delete(entry(&mut part)?),
            KEY => {
                let [key, value] = [part.u32()?, part.u32()?];
                Operation::Meta { key: part.text(key)?, value: part.counted(value)? }
            }
            MARK => Operation::Mark { record: entry(&mut part)?, delivery_count: part.u32()? },
            kind => return Err(Malformed::Kind { at, kind }),
        };
        Ok(Some(PartRef { position, record, has_body, queues }))
    }

    /// The next pair; none behind the last one.
    ///
    /// # Errors
    /// As of [`Self::next_record`].
    pub fn next_pair(&mut self) -> Result<Option<PairRef<'a>>, Malformed> {
        let Some((_, _, mut part)) = self.next_part()? else { return Ok(None) };
        let number = part.u64()?;
        let [first, second] = [part.u32()?, part.u32()?];
        Ok(Some(PairRef { number, first: part.counted(first)?, second: part.counted(second)? }))
    }

    /// Where the next part begins, its kind, and what is behind that.
    fn next_part(&mut self) -> Result<Option<(usize, u32, Cursor<'a>)>, Malformed> {
        if self.left == 0 {
            self.cursor.end()?;
            return Ok(None);
        }
        self.left -= 1;
        let at = self.cursor.at();
        let [bytes, kind] = [self.cursor.u32()?, self.cursor.u32()?];
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        let inside = bytes.checked_sub(8).ok_or(Malformed::Short { at, wanted: 8 })?;
        Ok(Some((at, kind, self.cursor.part(inside)?)))
    }
}

impl PartRef<'_> {
    /// As a replay hands it over.
    pub fn to_replayed(self) -> Replayed {
        let record = match self.record {
            Operation::Put { message, header, body, .. } => Record::Put {
                message,
                header: header.to_owned(),
                body: self.has_body.then(|| body.to_owned()),
                queues: self.queues.iter().collect(),
            },
            Operation::Delete(record) => Record::Delete(record),
            Operation::Meta { key, value } => {
                Record::Meta { key: key.to_owned(), value: value.to_owned() }
            }
            Operation::Mark { record, delivery_count } => Record::Mark { record, delivery_count },
        };
        Replayed { position: self.position, record }
    }
}

/// Runs `work` with the operations of an append.
///
/// # Errors
/// The buffer is none of an append.
pub fn with_operations<T>(
    bytes: &[u8],
    work: impl FnOnce(&[Operation<'_>]) -> T,
) -> Result<T, Malformed> {
    let (mut parts, mut queues) = (Vec::new(), Vec::new());
    let mut reader = PartsReader::parse(bytes)?;
    while let Some(part) = reader.next_record()? {
        queues.extend(part.queues.iter());
        parts.push(part);
    }
    let mut rest = queues.as_slice();
    let operations = parts.into_iter().map(|part| match part.record {
        Operation::Put { message, header, body, .. } => {
            let (own, behind) = rest.split_at_checked(part.queues.iter().len()).unwrap_or_default();
            rest = behind;
            Operation::Put { message, header, body, queues: own }
        }
        other => other,
    });
    let operations: Vec<Operation<'_>> = operations.collect();
    Ok(work(&operations))
}

fn entry(part: &mut Cursor<'_>) -> Result<QueueRecord, Malformed> {
    Ok(QueueRecord { queue: part.u64()?, id: part.u64()? })
}

#[cfg(test)]
mod tests;
