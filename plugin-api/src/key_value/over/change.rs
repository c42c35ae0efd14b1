//! An append, or a purge, as it changes the map: what it touches is read at once, changed in
//! memory, and written at once.

use std::collections::BTreeMap;

use super::layout::{self, Entry, Head, INLINE_BYTES_MAX, Kept, KeyPlace, Live, Totals, strange};
use super::limits::{ENTRY_BYTES, RECORD_BYTES};
use super::{Changes, KeyValue, Keys};
use crate::error::{Error, Result};
use crate::store::{AppendOutcome, Epoch, Operation, Position, QueueRecord, Shard};

/// A change under way.
pub(super) struct Change {
    shard: Shard,
    pub(super) head: Head,
    pub(super) totals: Totals,
    /// What was read, and what became of it.
    entries: BTreeMap<QueueRecord, Touched<Entry>>,
    lives: BTreeMap<u64, Touched<Live>>,
    places: BTreeMap<Vec<u8>, Touched<KeyPlace>>,
    changes: Changes,
}

/// Something of the map's in memory.
struct Touched<T> {
    now: Option<T>,
    is_changed: bool,
}

impl<T> Touched<T> {
    fn read(now: Option<T>) -> Self {
        Self { now, is_changed: false }
    }

    fn set(&mut self, now: Option<T>) {
        (self.now, self.is_changed) = (now, true);
    }
}

impl Change {
    /// Reads what a batch touches; none where the epoch is not the shard's.
    pub(super) fn begin(
        map: &mut impl KeyValue,
        shard: Shard,
        epoch: Epoch,
        batch: &[Operation<'_>],
    ) -> Result<Option<Self>> {
        let names: Vec<Vec<u8>> = batch.iter().filter_map(|of| name_key(map, shard, of)).collect();
        let mut keys = Keys::new();
        keys.push(&layout::head(shard));
        keys.push(layout::TOTALS);
        records_of(batch).for_each(|record| keys.push(&layout::entry(shard, record)));
        names.iter().for_each(|name| keys.push(name));
        let values = map.get(&keys)?;
        let mut values = values.iter();
        let mut next = || values.next().ok_or_else(|| strange("fewer values than keys"));
        let Some(head) = next()?.map(Head::decode).transpose()? else { return Ok(None) };
        let totals = Totals::decode(next()?)?;
        let (mut entries, mut places) = (BTreeMap::new(), BTreeMap::new());
        for record in records_of(batch) {
            let entry = next()?.map(Entry::decode).transpose()?;
            entries.insert(record, Touched::read(entry));
        }
        for name in names {
            let place = next()?.map(KeyPlace::decode).transpose()?;
            places.insert(name, Touched::read(place));
        }
        if head.epoch != epoch.0 {
            return Ok(None);
        }
        let changes = Changes::with_capacity(room(batch));
        let lives = BTreeMap::new();
        Ok(Some(Self { shard, head, totals, entries, lives, places, changes }))
    }

    /// A change of these entries, which are there.
    pub(super) fn of_entries(
        shard: Shard,
        (head, totals): (Head, Totals),
        entries: impl Iterator<Item = (QueueRecord, Entry)>,
    ) -> Self {
        let entries = entries.map(|(record, entry)| (record, Touched::read(Some(entry)))).collect();
        let (lives, places) = (BTreeMap::new(), BTreeMap::new());
        Self { shard, head, totals, entries, lives, places, changes: Changes::new() }
    }

    /// Keeps a batch.
    ///
    /// # Errors
    /// An entry that belongs to another message, or a batch that would never fit.
    pub(super) fn append(
        mut self,
        map: &mut impl KeyValue,
        batch: &[Operation<'_>],
        bytes_max: u64,
    ) -> Result<AppendOutcome> {
        self.check(batch)?;
        let growth = growth_bytes(batch);
        if growth > bytes_max {
            return Err(too_long(growth, bytes_max));
        }
        if growth > 0 && self.totals.bytes.saturating_add(growth) > bytes_max {
            return Ok(AppendOutcome::Full);
        }
        let settled = batch.iter().filter_map(|operation| match operation {
            Operation::Delete(record) => Some(*record),
            _ => None,
        });
        self.read_lives(map, settled)?;
        for operation in batch {
            let position = self.head.next;
            self.head.next += 1;
            match *operation {
                Operation::Put { message, header, body, queues } => {
                    self.put(position, message, (header, body), queues);
                }
                Operation::Delete(record) => self.delete(record)?,
                Operation::Meta { key, value } => self.set_key(map, position, key, value),
                Operation::Mark { record, delivery_count } => {
                    self.mark(position, record, delivery_count);
                }
            }
        }
        let end = Position(self.head.next);
        self.write(map)?;
        Ok(AppendOutcome::Done(end))
    }

    /// Settles all entries that are touched.
    pub(super) fn settle(mut self, map: &mut impl KeyValue) -> Result<()> {
        let records: Vec<QueueRecord> = self.entries.keys().copied().collect();
        self.read_lives(map, records.iter().copied())?;
        for record in records {
            self.delete(record)?;
        }
        self.write(map)
    }

    /// Checks that every entry stays its message's.
    fn check(&self, batch: &[Operation<'_>]) -> Result<()> {
        let mut added: BTreeMap<QueueRecord, u64> = BTreeMap::new();
        for operation in batch {
            let &Operation::Put { message, queues, .. } = operation else { continue };
            for record in queues {
                let there = self.entries.get(record).and_then(|entry| entry.now);
                let there = there.map(|entry| entry.message);
                let present = there.or_else(|| added.get(record).copied());
                if let Some(present) = present.filter(|present| *present != message) {
                    let QueueRecord { queue, id } = record;
                    return Err(Error::invalid(format!(
                        "entry {id} of queue {queue} is message {present} and cannot be message \
                         {message} as well"
                    )));
                }
                added.insert(*record, message);
            }
        }
        Ok(())
    }

    /// Reads what is left of the puts with several entries, of which these are.
    fn read_lives(
        &mut self,
        map: &mut impl KeyValue,
        records: impl Iterator<Item = QueueRecord>,
    ) -> Result<()> {
        let entries = records.filter_map(|record| self.entries.get(&record)?.now);
        let mut puts: Vec<u64> =
            entries.filter(|entry| !entry.is_sole).map(|entry| entry.put).collect();
        if puts.is_empty() {
            return Ok(());
        }
        puts.sort_unstable();
        puts.dedup();
        let mut keys = Keys::new();
        puts.iter().for_each(|put| keys.push(&layout::live(self.shard, *put)));
        let values = map.get(&keys)?;
        for (put, value) in puts.iter().zip(values.iter()) {
            let live = value.map(Live::decode).transpose()?;
            self.lives.insert(*put, Touched::read(live));
        }
        Ok(())
    }

    /// Adds the entries that are not there yet; a put that is sent again adds none.
    fn put(
        &mut self,
        position: u64,
        message: u64,
        (header, body): (&[u8], &[u8]),
        queues: &[QueueRecord],
    ) {
        let is_there = |record: &QueueRecord| {
            self.entries.get(record).is_some_and(|entry| entry.now.is_some())
        };
        let mut added: Vec<QueueRecord> =
            queues.iter().copied().filter(|record| !is_there(record)).collect();
        added.sort_unstable();
        added.dedup();
        if added.is_empty() {
            return;
        }
        let cost = RECORD_BYTES + header.len() as u64 + body.len() as u64;
        let (is_sole, is_apart) = (added.len() == 1, body.len() > INLINE_BYTES_MAX);
        let own = if is_sole { cost } else { 0 };
        let entry = Entry { message, put: position, mark: None, cost: own, is_sole, is_apart };
        for record in &added {
            self.touch(*record).set(Some(entry));
        }
        let entries = added.len() as u64;
        if !is_sole {
            let live = Touched { now: Some(Live { entries, cost }), is_changed: true };
            self.lives.insert(position, live);
        }
        let inline = (!is_apart).then_some(body);
        let front = Kept::Put { message, queues: added, header, body: inline }.encode_front();
        let key = layout::record(self.shard, position);
        self.changes.put_parts(&key, &[&front, header, inline.unwrap_or_default()]);
        if is_apart {
            self.changes.put(&layout::body(self.shard, position), body);
        }
        self.head.messages += 1;
        self.head.entries += entries;
        self.grow(cost + entries * ENTRY_BYTES);
    }

    fn delete(&mut self, record: QueueRecord) -> Result<()> {
        let Some(entry) = self.touch(record).now else { return Ok(()) };
        self.touch(record).set(None);
        self.head.entries = self.head.entries.saturating_sub(1);
        self.shrink(ENTRY_BYTES);
        if let Some(mark) = entry.mark {
            self.changes.remove(&layout::record(self.shard, mark));
        }
        if entry.is_sole {
            self.forget_put(&entry, entry.cost);
            return Ok(());
        }
        let live = self.lives.get_mut(&entry.put).ok_or_else(lost_put)?;
        let left = live.now.ok_or_else(lost_put)?;
        match left.entries {
            0 | 1 => {
                live.set(None);
                self.forget_put(&entry, left.cost);
            }
            entries => live.set(Some(Live { entries: entries - 1, ..left })),
        }
        Ok(())
    }

    fn forget_put(&mut self, entry: &Entry, cost: u64) {
        self.changes.remove(&layout::record(self.shard, entry.put));
        if entry.is_apart {
            self.changes.remove(&layout::body(self.shard, entry.put));
        }
        self.head.messages = self.head.messages.saturating_sub(1);
        self.shrink(cost);
    }

    fn mark(&mut self, position: u64, record: QueueRecord, delivery_count: u32) {
        let Some(mut entry) = self.touch(record).now else { return };
        if let Some(former) = entry.mark.replace(position) {
            self.changes.remove(&layout::record(self.shard, former));
        }
        self.touch(record).set(Some(entry));
        let value = Kept::Mark { record, delivery_count }.encode_front();
        self.changes.put(&layout::record(self.shard, position), &value);
    }

    fn set_key(&mut self, map: &impl KeyValue, position: u64, key: &str, value: &[u8]) {
        let name = layout::shard_key(self.shard, &named(map, key));
        let place = self.places.entry(name).or_insert_with(|| Touched::read(None));
        let former = place.now;
        let cost = key_cost(key, value);
        let now = (!value.is_empty()).then_some(KeyPlace { position, cost });
        if former.is_some() || now.is_some() {
            place.set(now);
        }
        if let Some(former) = former {
            self.changes.remove(&layout::record(self.shard, former.position));
            self.shrink(former.cost);
        }
        if now.is_some() {
            let front = Kept::Key { key, value }.encode_front();
            self.changes.put_parts(&layout::record(self.shard, position), &[&front, value]);
            self.grow(cost);
        }
    }

    /// Writes everything that changed.
    fn write(self, map: &mut impl KeyValue) -> Result<()> {
        let Self { shard, head, totals, entries, lives, places, mut changes } = self;
        let changed = entries.into_iter().filter(|(_, entry)| entry.is_changed);
        for (record, entry) in changed {
            let key = layout::entry(shard, record);
            put_or_remove(&mut changes, &key, entry.now.map(|entry| entry.encode()));
        }
        for (put, live) in lives.into_iter().filter(|(_, live)| live.is_changed) {
            let key = layout::live(shard, put);
            put_or_remove(&mut changes, &key, live.now.map(|live| live.encode()));
        }
        for (key, place) in places.into_iter().filter(|(_, place)| place.is_changed) {
            put_or_remove(&mut changes, &key, place.now.map(|place| place.encode()));
        }
        changes.put(&layout::head(shard), &head.encode());
        changes.put(layout::TOTALS, &totals.encode());
        map.write(changes)
    }

    fn touch(&mut self, record: QueueRecord) -> &mut Touched<Entry> {
        self.entries.entry(record).or_insert_with(|| Touched::read(None))
    }

    fn grow(&mut self, bytes: u64) {
        self.head.bytes = self.head.bytes.saturating_add(bytes);
        self.totals.bytes = self.totals.bytes.saturating_add(bytes);
    }

    fn shrink(&mut self, bytes: u64) {
        self.head.bytes = self.head.bytes.saturating_sub(bytes);
        self.totals.bytes = self.totals.bytes.saturating_sub(bytes);
    }
}

fn lost_put() -> Error {
    strange("an entry whose message is not there")
}

fn put_or_remove(changes: &mut Changes, key: &[u8], value: Option<Vec<u8>>) {
    match value {
        Some(value) => changes.put(key, &value),
        None => changes.remove(key),
    }
}

/// What stands for a name in keys of the map.
pub(super) fn named(map: &impl KeyValue, name: &str) -> Vec<u8> {
    map.stand_in(name).unwrap_or_else(|| name.as_bytes().to_vec())
}

fn name_key(map: &impl KeyValue, shard: Shard, operation: &Operation<'_>) -> Option<Vec<u8>> {
    let Operation::Meta { key, .. } = operation else { return None };
    Some(layout::shard_key(shard, &named(map, key)))
}

/// The entries that a batch is about.
fn records_of(batch: &[Operation<'_>]) -> impl Iterator<Item = QueueRecord> {
    batch.iter().flat_map(|operation| {
        let (queues, one): (&[QueueRecord], _) = match operation {
            Operation::Put { queues, .. } => (queues, None),
            Operation::Delete(record) | Operation::Mark { record, .. } => (&[], Some(*record)),
            Operation::Meta { .. } => (&[], None),
        };
        queues.iter().copied().chain(one)
    })
}

/// Bytes of the changes that a batch makes, at about: what grows by doubling takes twice as much
/// memory, which a component has little of.
fn room(batch: &[Operation<'_>]) -> usize {
    let of = |operation: &Operation<'_>| match operation {
        Operation::Put { header, body, queues, .. } => {
            header.len() + body.len() + 160 + queues.len() * 96
        }
        Operation::Meta { key, value } => 2 * key.len() + value.len() + 160,
        Operation::Delete(_) | Operation::Mark { .. } => 160,
    };
    batch.iter().map(of).sum::<usize>() + 256
}

/// Bytes that a batch adds at most: what it settles is not set off. Deletes, marks and keys that
/// are removed cost nothing.
fn growth_bytes(batch: &[Operation<'_>]) -> u64 {
    let of = |operation: &Operation<'_>| match operation {
        Operation::Put { queues: [], .. } | Operation::Meta { value: [], .. } => 0,
        Operation::Put { header, body, queues, .. } => {
            let bytes = header.len() as u64 + body.len() as u64;
            RECORD_BYTES + bytes + queues.len() as u64 * ENTRY_BYTES
        }
        Operation::Meta { key, value } => key_cost(key, value),
        Operation::Delete(_) | Operation::Mark { .. } => 0,
    };
    batch.iter().map(of).fold(0, u64::saturating_add)
}

/// What a key costs.
pub(super) fn key_cost(key: &str, value: &[u8]) -> u64 {
    RECORD_BYTES + key.len() as u64 + value.len() as u64
}

fn too_long(found: u64, max: u64) -> Error {
    let text = format!("an append has {found} bytes, more than {max}, all that the store may keep");
    Error::new(crate::error::ErrorKind::LimitExceeded, text)
}
