//! Reading one record or a row of them, and replaying all of a shard.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use parking_lot::MutexGuard;
use philter_plugin_api::{
    MetaEntry, MetaRevision, Position, QueueRecord, Record, Replayed, Shard, StoredEntry,
};

use super::Journal;
use super::core::Source;
use super::index::{Live, LiveRecord, Page, Place, Planner, SlotId};
use super::segment::Segment;
use crate::disk::{Disk, DiskFile};
use crate::error::JournalError;
use crate::format::{Op, Put, parse_alone};
use crate::limits::{
    ENTRIES_PAGE_RECORDS, READ_WINDOW_BYTES, REPLAY_CHUNK_BYTES, REPLAY_CHUNK_RECORDS,
    REPLAY_PAGE_RECORDS,
};

impl<D: Disk, T> Journal<D, T> {
    /// The body of one entry; none where there is no such entry.
    ///
    /// # Errors
    /// A file that cannot be read, or a record that is damaged.
    pub fn read(&self, shard: Shard, record: QueueRecord) -> Result<Option<Vec<u8>>, JournalError> {
        let found = {
            let core = self.core.lock();
            let place = core.index.place_of(shard.0, record);
            place.and_then(|place| Some((place, core.source(place)?)))
        };
        let Some((place, source)) = found else { return Ok(None) };
        let bytes = source.bytes(place)?;
        let put = Put::parse_checked(&bytes).ok_or_else(|| self.damaged(place))?;
        Ok(Some(put.body.to_vec()))
    }

    /// Hands over the entries of a queue whose ids are in a range, in order, until `visit` answers
    /// false.
    ///
    /// # Errors
    /// A file that cannot be read, or a record that is damaged.
    pub fn entries(
        &self,
        shard: Shard,
        queue: u64,
        ids: Range<u64>,
        visit: &mut dyn FnMut(StoredEntry<'_>) -> bool,
    ) -> Result<(), JournalError> {
        let mut next = ids.start;
        loop {
            let (page, mut files) = self.row(shard, queue, next..ids.end);
            let Some(last) = page.last().map(|row| row.id) else { return Ok(()) };
            for Stored { id, place, unwritten } in page {
                let bytes = match &unwritten {
                    Some(bytes) => Some(bytes.as_slice()),
                    None => files.bytes(place)?,
                };
                let put = bytes.and_then(Put::parse_checked).ok_or_else(|| self.damaged(place))?;
                if !visit(StoredEntry { id, header: put.header, body: put.body }) {
                    return Ok(());
                }
            }
            next = last.saturating_add(1);
        }
    }

    /// The first entries of a range, and their files.
    fn row(&self, shard: Shard, queue: u64, ids: Range<u64>) -> (Vec<Stored>, Files<D::File>) {
        let core = self.core.lock();
        let places = core.index.places(shard.0, queue, ids, ENTRIES_PAGE_RECORDS);
        let mut segments = BTreeMap::new();
        let mut extents: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
        for (_, place) in &places {
            if let Some(present) = core.present.get(&place.segment) {
                segments.entry(place.segment).or_insert_with(|| Arc::clone(&present.segment));
            }
            let begin = u64::from(place.offset);
            let extent = extents.entry(place.segment).or_insert((begin, begin));
            *extent = (extent.0.min(begin), extent.1.max(begin + u64::from(place.bytes)));
        }
        let longest = extents.into_values().map(|(begin, end)| end - begin).max();
        let stored = places.into_iter().map(|(id, place)| {
            let source = core.source(place);
            let unwritten = source.and_then(|source| match source {
                Source::Memory(bytes) => Some(bytes),
                Source::File(_) => None,
            });
            Stored { id, place, unwritten }
        });
        let stored = stored.collect();
        let mut files = Files::new(segments, core.written);
        files.ahead_bytes = usize::try_from(longest.unwrap_or(0)).unwrap_or(usize::MAX);
        (stored, files)
    }

    /// A key of the store with its revision.
    ///
    /// # Errors
    /// A file that cannot be read, or a record that is damaged.
    pub fn meta_get(&self, key: &str) -> Result<Option<(MetaRevision, Vec<u8>)>, JournalError> {
        let found = {
            let core = self.core.lock();
            let key = core.index.store_key(key);
            key.and_then(|(position, place)| Some((position, place, core.source(place)?)))
        };
        let Some((position, place, source)) = found else { return Ok(None) };
        let bytes = source.bytes(place)?;
        match parse_alone(&bytes) {
            Some(Op::StoreMeta { key: found, value }) if found == key => {
                Ok(Some((MetaRevision(position + 1), value.to_vec())))
            }
            _ => Err(self.damaged(place)),
        }
    }

    /// Hands over the keys of the store that begin with `prefix`, in order, until `visit` answers
    /// false.
    ///
    /// # Errors
    /// A file that cannot be read, or a record that is damaged.
    pub fn meta_list(
        &self,
        prefix: &str,
        visit: &mut dyn FnMut(MetaEntry) -> bool,
    ) -> Result<(), JournalError> {
        let keys = self.core.lock().index.store_key_names(prefix);
        for key in keys {
            let Some((revision, value)) = self.meta_get(&key)? else { continue };
            if !visit(MetaEntry { key, revision, value }) {
                break;
            }
        }
        Ok(())
    }

    /// Hands over what is live in a shard, from a position up to another, in order, until `visit`
    /// answers false.
    ///
    /// # Errors
    /// A file that cannot be read, or a record that is damaged.
    pub fn replay(
        &self,
        shard: Shard,
        from: Position,
        until: Position,
        with_bodies: bool,
        visit: &mut dyn FnMut(Replayed) -> bool,
    ) -> Result<(), JournalError> {
        for page in self.plan(shard, (from, until), REPLAY_PAGE_RECORDS) {
            if !self.replay_page(shard, &page, with_bodies, visit)? {
                break;
            }
        }
        Ok(())
    }

    /// The pages of a replay of what is there now, of about so many records.
    pub(crate) fn plan(
        &self,
        shard: Shard,
        (from, until): (Position, Position),
        page_records: usize,
    ) -> Vec<Page> {
        let mut core = self.core.lock();
        let between = (from.0, until.0.min(core.end()));
        let mut plan = Planner::new(&core.index, shard.0, between, page_records);
        while plan.step(&core.index) {
            MutexGuard::bump(&mut core);
        }
        plan.into_pages()
    }

    /// Hands over a page; answers whether `visit` wants more.
    ///
    /// # Errors
    /// A file that cannot be read, or a record that is damaged.
    pub(crate) fn replay_page(
        &self,
        shard: Shard,
        page: &Page,
        with_bodies: bool,
        visit: &mut dyn FnMut(Replayed) -> bool,
    ) -> Result<bool, JournalError> {
        let (mut page, mut files) = {
            let core = self.core.lock();
            let segments = core.present.iter();
            let segments = segments.map(|(&n, present)| (n, Arc::clone(&present.segment)));
            (page.gather(&core.index), Files::new(segments.collect(), core.written))
        };
        page.sort_unstable_by_key(|live| live.position);
        let mut rest = page.as_slice();
        while !rest.is_empty() {
            let (chunk, left) = self.chunk(rest, &mut files, with_bodies)?;
            rest = left;
            for replayed in self.still_live(shard, chunk) {
                if !visit(replayed) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Reads the first records of a page.
    fn chunk<'p>(
        &self,
        page: &'p [Live],
        files: &mut Files<D::File>,
        with_bodies: bool,
    ) -> Result<(Vec<Read>, &'p [Live]), JournalError> {
        let mut chunk = Vec::with_capacity(REPLAY_CHUNK_RECORDS.min(page.len()));
        let mut bytes = 0;
        let mut rest = page;
        while let Some((live, left)) = rest.split_first()
            && chunk.len() < REPLAY_CHUNK_RECORDS
            && bytes < REPLAY_CHUNK_BYTES
        {
            rest = left;
            let (slot, record) = match live.record {
                LiveRecord::Mark { record, delivery_count } => {
                    (None, Record::Mark { record, delivery_count })
                }
                LiveRecord::Put { slot, place } => {
                    bytes += place.bytes as usize;
                    let record = self.with_record(place, files, |bytes| {
                        Put::parse_checked(bytes).map(|put| put_record(&put, with_bodies))
                    })?;
                    (Some(slot), record)
                }
                LiveRecord::Meta { place } => {
                    bytes += place.bytes as usize;
                    (None, self.with_record(place, files, meta_record)?)
                }
            };
            chunk.push(Read { position: live.position, slot, record });
        }
        Ok((chunk, rest))
    }

    fn with_record<R>(
        &self,
        place: Place,
        files: &mut Files<D::File>,
        parse: impl FnOnce(&[u8]) -> Option<R>,
    ) -> Result<R, JournalError> {
        if files.has(place) {
            let bytes = files.bytes(place)?;
            return bytes.and_then(parse).ok_or_else(|| self.damaged(place));
        }
        // It was not written when the page was gathered.
        let source = self.core.lock().source(place);
        let bytes = source.map(|source: Source<D::File>| source.bytes(place)).transpose()?;
        bytes.as_deref().and_then(parse).ok_or_else(|| self.damaged(place))
    }

    /// Takes out of a chunk what was settled or changed since its page was gathered.
    fn still_live(&self, shard: Shard, chunk: Vec<Read>) -> Vec<Replayed> {
        let core = self.core.lock();
        let index = &core.index;
        let live = chunk.into_iter().filter_map(|Read { position, slot, mut record }| {
            match &mut record {
                Record::Put { queues, .. } => {
                    let slot = slot?;
                    queues.retain(|entry| index.is_entry_of(shard.0, *entry, slot, position));
                    if queues.is_empty() {
                        return None;
                    }
                }
                Record::Mark { record, .. } => {
                    index.mark_of(shard.0, *record).filter(|(found, _, _)| *found == position)?;
                }
                Record::Meta { key, .. } => {
                    index.key_position(shard.0, key).filter(|found| *found == position)?;
                }
                Record::Delete(_) => return None,
            }
            Some(Replayed { position: Position(position), record })
        });
        live.collect()
    }

    fn damaged(&self, place: Place) -> JournalError {
        let path = self.disk.path(&super::segment::segment_name(place.segment));
        JournalError::Record { path, offset: u64::from(place.offset) }
    }
}

/// An entry that is to be read, with its bytes where they wait to be written.
struct Stored {
    id: u64,
    place: Place,
    unwritten: Option<Vec<u8>>,
}

/// A record that was read, and may have been settled since.
struct Read {
    position: u64,
    slot: Option<SlotId>,
    record: Record,
}

fn put_record(put: &Put<'_>, with_bodies: bool) -> Record {
    Record::Put {
        message: put.message,
        header: put.header.to_vec(),
        body: with_bodies.then(|| put.body.to_vec()),
        queues: put.queues.iter().collect(),
    }
}

fn meta_record(bytes: &[u8]) -> Option<Record> {
    match parse_alone(bytes)? {
        Op::Meta { key, value } => {
            Some(Record::Meta { key: key.to_owned(), value: value.to_vec() })
        }
        _ => None,
    }
}

/// Pieces that are read ahead at most, one for each place that the log jumps between: what was
/// copied stands apart from its neighbours by position.
const WINDOWS_MAX: usize = 8;

/// The files of a page. While it is there none of them is used again for something else.
struct Files<F> {
    segments: BTreeMap<u32, Arc<Segment<F>>>,
    written: (u32, u64),
    /// The last that was used comes last.
    windows: Vec<Window>,
    /// Bytes that are worth reading at once.
    ahead_bytes: usize,
}

struct Window {
    segment: u32,
    begin: u64,
    bytes: Vec<u8>,
}

impl Window {
    fn get(&self, place: Place) -> Option<&[u8]> {
        let inside = u64::from(place.offset).checked_sub(self.begin)?;
        let inside = usize::try_from(inside).ok()?;
        (self.segment == place.segment)
            .then(|| self.bytes.get(inside..inside.checked_add(place.bytes as usize)?))
            .flatten()
    }
}

impl<F: DiskFile> Files<F> {
    fn new(segments: BTreeMap<u32, Arc<Segment<F>>>, written: (u32, u64)) -> Self {
        Self { segments, written, windows: Vec::new(), ahead_bytes: READ_WINDOW_BYTES }
    }

    /// Whether a record was in its file when the page was gathered.
    fn has(&self, place: Place) -> bool {
        (place.segment, u64::from(place.offset)) < self.written
            && self.segments.contains_key(&place.segment)
    }

    fn bytes(&mut self, place: Place) -> Result<Option<&[u8]>, JournalError> {
        let found = self.windows.iter().position(|window| window.get(place).is_some());
        let window = match found {
            Some(found) if found + 1 == self.windows.len() => None,
            Some(found) => Some(self.windows.remove(found)),
            None => Some(self.fill(place)?),
        };
        self.windows.extend(window);
        Ok(self.windows.last().and_then(|window| window.get(place)))
    }

    fn fill(&mut self, place: Place) -> Result<Window, JournalError> {
        let mut window = if self.windows.len() < WINDOWS_MAX {
            Window { segment: 0, begin: 0, bytes: Vec::new() }
        } else {
            self.windows.remove(0)
        };
        let Some(segment) = self.segments.get(&place.segment) else { return Ok(window) };
        window.segment = place.segment;
        window.begin = u64::from(place.offset);
        let left = segment.header.segment_bytes.saturating_sub(window.begin);
        let ahead = self.ahead_bytes.min(READ_WINDOW_BYTES);
        let ahead = ahead.min(usize::try_from(left).unwrap_or(usize::MAX));
        window.bytes.resize(ahead.max(place.bytes as usize), 0);
        let read = segment.file()?.read_at(&mut window.bytes, window.begin);
        let read = read.map_err(JournalError::io(segment.path.clone(), "read"))?;
        // Behind what was written there is nothing yet.
        let end = match self.written {
            (written, offset) if written == place.segment => offset.saturating_sub(window.begin),
            _ => u64::MAX,
        };
        window.bytes.truncate(read.min(usize::try_from(end).unwrap_or(usize::MAX)));
        Ok(window)
    }
}
