//! Records, bodies and entries, read in pages.

use std::ops::Range;

use super::layout::{self, Entry, Kept, strange};
use super::limits::{PAGE_BYTES, PAGE_PAIRS};
use super::{KeyValue, Keys};
use crate::error::Result;
use crate::store::{Position, QueueRecord, Record, Replayed, Shard};

/// Records, and where the next page begins.
pub(super) struct RecordsPage {
    pub(super) records: Vec<Replayed>,
    pub(super) next: Option<u64>,
}

/// Ids with headers and bodies, and where the next page begins.
pub(super) struct EntriesPage {
    pub(super) entries: Vec<(u64, Vec<u8>, Vec<u8>)>,
    pub(super) next: Option<u64>,
}

/// The first records in a range of positions.
pub(super) fn records(
    map: &mut impl KeyValue,
    shard: Shard,
    positions: Range<u64>,
    with_bodies: bool,
) -> Result<RecordsPage> {
    let mut page = RecordsPage { records: Vec::new(), next: None };
    if positions.is_empty() {
        return Ok(page);
    }
    let [from, until] =
        [positions.start, positions.end].map(|position| layout::record(shard, position));
    let found = map.scan(&from, &until, PAGE_PAIRS, PAGE_BYTES)?;
    let mut kept = Vec::with_capacity(found.len());
    for (key, value) in found.iter() {
        kept.push((layout::last_number(key)?, Kept::decode(value)?));
    }
    if found.has_more() {
        page.next = kept.last().map(|(position, _)| position.saturating_add(1));
    }
    retain_live(map, shard, &mut kept)?;
    let mut bytes = 0;
    for (position, record) in kept {
        // Bodies that stand apart are long: the rest is another page's.
        if bytes >= PAGE_BYTES as usize {
            page.next = Some(position);
            break;
        }
        let record = match record {
            Kept::Put { message, queues, header, body } => {
                let body = match (with_bodies, body) {
                    (false, _) => None,
                    (true, Some(body)) => Some(body.to_owned()),
                    (true, None) => Some(body_apart(map, shard, position)?),
                };
                bytes += header.len() + body.as_ref().map_or(0, Vec::len);
                Record::Put { message, header: header.to_owned(), body, queues }
            }
            Kept::Key { key, value } => {
                Record::Meta { key: key.to_owned(), value: value.to_owned() }
            }
            Kept::Mark { record, delivery_count } => Record::Mark { record, delivery_count },
        };
        page.records.push(Replayed { position: Position(position), record });
    }
    Ok(page)
}

/// Leaves to puts the entries that are not settled. A put that only ever had one has it.
fn retain_live(map: &mut impl KeyValue, shard: Shard, kept: &mut [(u64, Kept<'_>)]) -> Result<()> {
    let mut keys = Keys::new();
    for (_, record) in kept.iter() {
        if let Kept::Put { queues, .. } = record
            && queues.len() > 1
        {
            queues.iter().for_each(|record| keys.push(&layout::entry(shard, *record)));
        }
    }
    if keys.is_empty() {
        return Ok(());
    }
    let values = map.get(&keys)?;
    let mut values = values.iter();
    for (position, record) in kept.iter_mut() {
        let Kept::Put { queues, .. } = record else { continue };
        if queues.len() < 2 {
            continue;
        }
        let mut live = Vec::with_capacity(queues.len());
        for record in queues.iter() {
            let entry = values.next().flatten().map(Entry::decode).transpose()?;
            live.extend(entry.filter(|entry| entry.put == *position).map(|_| *record));
        }
        *queues = live;
    }
    Ok(())
}

/// The body of an entry.
pub(super) fn body(
    map: &mut impl KeyValue,
    shard: Shard,
    record: QueueRecord,
) -> Result<Option<Vec<u8>>> {
    let Some(value) = one(map, &layout::entry(shard, record))? else { return Ok(None) };
    let entry = Entry::decode(&value)?;
    if entry.is_apart {
        return body_apart(map, shard, entry.put).map(Some);
    }
    let put = one(map, &layout::record(shard, entry.put))?.ok_or_else(lost_put)?;
    match Kept::decode(&put)? {
        Kept::Put { body: Some(body), .. } => Ok(Some(body.to_owned())),
        _ => Err(lost_put()),
    }
}

/// The first entries of a queue in a range of ids.
pub(super) fn entries(
    map: &mut impl KeyValue,
    shard: Shard,
    queue: u64,
    ids: Range<u64>,
) -> Result<EntriesPage> {
    let mut page = EntriesPage { entries: Vec::new(), next: None };
    if ids.is_empty() {
        return Ok(page);
    }
    let [from, until] =
        [ids.start, ids.end].map(|id| layout::entry(shard, QueueRecord { queue, id }));
    // A put has a thousand bytes at the most.
    let found = map.scan(&from, &until, PAGE_PAIRS / 4, PAGE_BYTES)?;
    let (mut there, mut keys) = (Vec::with_capacity(found.len()), Keys::new());
    for (key, value) in found.iter() {
        let (id, entry) = (layout::last_number(key)?, Entry::decode(value)?);
        keys.push(&layout::record(shard, entry.put));
        there.push((id, entry.put));
    }
    if found.has_more() {
        page.next = there.last().map(|(id, _)| id.saturating_add(1));
    }
    let (puts, mut bytes) = (map.get(&keys)?, 0);
    for ((id, position), put) in there.into_iter().zip(puts.iter()) {
        if bytes >= PAGE_BYTES as usize {
            page.next = Some(id);
            break;
        }
        let Kept::Put { header, body, .. } = Kept::decode(put.ok_or_else(lost_put)?)? else {
            return Err(lost_put());
        };
        let body = match body {
            Some(body) => body.to_owned(),
            None => body_apart(map, shard, position)?,
        };
        bytes += header.len() + body.len();
        page.entries.push((id, header.to_owned(), body));
    }
    Ok(page)
}

fn body_apart(map: &mut impl KeyValue, shard: Shard, position: u64) -> Result<Vec<u8>> {
    one(map, &layout::body(shard, position))?
        .ok_or_else(|| strange("a message whose body is not there"))
}

fn lost_put() -> crate::error::Error {
    strange("an entry whose message is not there")
}

/// One value.
pub(super) fn one(map: &mut impl KeyValue, key: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut keys = Keys::new();
    keys.push(key);
    Ok(map.get(&keys)?.iter().next().flatten().map(<[u8]>::to_vec))
}
