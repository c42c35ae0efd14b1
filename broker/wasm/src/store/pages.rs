//! Pages that a store answers, read and checked: what is out of order, outside of what was asked
//! for, or would go on for ever is a fault.

use std::ops::Range;

use philter_plugin_api::flat::{Malformed, PartsReader};
use philter_plugin_api::limits::RECORD_QUEUES_MAX;
use philter_plugin_api::{MetaEntry, MetaRevision, Record, Replayed};

use crate::failure::Failure;

/// A page, and where the next one begins, if there is one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page<T, N> {
    pub(super) items: Vec<T>,
    pub(super) next: Option<N>,
}

/// An entry: its id, header and body.
pub(super) type Entry = (u64, Vec<u8>, Vec<u8>);

/// Records of a replay.
pub(super) fn records(
    page: &[u8],
    positions: Range<u64>,
    with_bodies: bool,
) -> Result<Page<Replayed, u64>, Failure> {
    let mut reader = PartsReader::parse(page).map_err(|error| malformed("replay", &error))?;
    let (mut items, mut from) = (Vec::new(), positions.start);
    while let Some(part) = reader.next_record().map_err(|error| malformed("replay", &error))? {
        let position = part.position.0;
        if !(from..positions.end).contains(&position) {
            return Err(misplaced("replay", "position", position, from..positions.end));
        }
        let queues = part.queues.iter().len();
        if queues > RECORD_QUEUES_MAX {
            return Err(Failure::Fault(format!(
                "replay answered a put with {queues} entries, more than {RECORD_QUEUES_MAX}"
            )));
        }
        let mut replayed = part.to_replayed();
        if let Record::Put { body, message, .. } = &mut replayed.record {
            if with_bodies && body.is_none() {
                let text = format!("replay with bodies answered message {message} without one");
                return Err(Failure::Fault(text));
            }
            *body = body.take().filter(|_| with_bodies);
        }
        items.push(replayed);
        from = position + 1;
    }
    next("replay", &reader, items, from)
}

/// Entries of a queue.
pub(super) fn entries(page: &[u8], ids: Range<u64>) -> Result<Page<Entry, u64>, Failure> {
    let mut reader = PartsReader::parse(page).map_err(|error| malformed("entries", &error))?;
    let (mut items, mut from) = (Vec::new(), ids.start);
    while let Some(pair) = reader.next_pair().map_err(|error| malformed("entries", &error))? {
        if !(from..ids.end).contains(&pair.number) {
            return Err(misplaced("entries", "id", pair.number, from..ids.end));
        }
        items.push((pair.number, pair.first.to_owned(), pair.second.to_owned()));
        from = pair.number + 1;
    }
    next("entries", &reader, items, from)
}

/// Keys of the store's.
pub(super) fn keys(
    page: &[u8],
    prefix: &str,
    from: &str,
) -> Result<Page<MetaEntry, String>, Failure> {
    let mut reader = PartsReader::parse(page).map_err(|error| malformed("meta-list", &error))?;
    let (mut items, mut from) = (Vec::new(), from.to_owned());
    while let Some(pair) = reader.next_pair().map_err(|error| malformed("meta-list", &error))? {
        let key = std::str::from_utf8(pair.first);
        let key = key.ok().filter(|key| key.starts_with(prefix) && *key >= from.as_str());
        let Some(key) = key else {
            let key = String::from_utf8_lossy(pair.first);
            let text = format!(
                "meta-list answered the key '{key}', wanted are those from '{from}' on that begin \
                 with '{prefix}', in order"
            );
            return Err(Failure::Fault(text));
        };
        let (revision, value) = (MetaRevision(pair.number), pair.second.to_owned());
        items.push(MetaEntry { key: key.to_owned(), revision, value });
        // The least key behind it.
        from = format!("{key}\0");
    }
    next("meta-list", &reader, items, from)
}

fn next<T, N>(
    function: &str,
    reader: &PartsReader<'_>,
    items: Vec<T>,
    from: N,
) -> Result<Page<T, N>, Failure> {
    match reader.has_more() {
        true if items.is_empty() => {
            let text = format!("{function} answered a page with nothing in it and more behind it");
            Err(Failure::Fault(text))
        }
        has_more => Ok(Page { items, next: has_more.then_some(from) }),
    }
}

fn malformed(function: &str, error: &Malformed) -> Failure {
    Failure::Fault(format!("{function} answered a page that is none: {error}"))
}

fn misplaced(function: &str, what: &str, found: u64, wanted: Range<u64>) -> Failure {
    let Range { start, end } = wanted;
    Failure::Fault(format!(
        "{function} answered {what} {found}, wanted are those from {start} up to and without \
         {end}, in order"
    ))
}

#[cfg(test)]
mod tests {
    use philter_plugin_api::flat::PartsWriter;
    use philter_plugin_api::{Operation, Position, QueueRecord};

    use super::*;

    fn page(positions: &[u64], has_more: bool) -> Vec<u8> {
        let queues = [QueueRecord { queue: 1, id: 1 }];
        let put = Operation::Put { message: 1, header: b"h", body: b"b", queues: &queues };
        let mut parts = PartsWriter::with_capacity(0);
        positions.iter().for_each(|position| parts.record(Position(*position), &put, true));
        parts.finish(has_more)
    }

    fn fault<T: std::fmt::Debug, N: std::fmt::Debug>(
        answer: Result<Page<T, N>, Failure>,
    ) -> String {
        match answer {
            Err(Failure::Fault(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_good_page_says_where_the_next_one_begins() {
        let found = records(&page(&[3, 7], true), 3..9, true).unwrap();
        assert_eq!((found.items.len(), found.next), (2, Some(8)));
        let found = records(&page(&[3], false), 0..9, false).unwrap();
        let Record::Put { body, .. } = &found.items[0].record else { panic!() };
        assert_eq!((body, found.next), (&None, None));
    }

    #[test]
    fn what_is_out_of_order_or_outside_is_named() {
        let text = fault(records(&page(&[3, 3], false), 0..9, true));
        assert_eq!(
            text,
            "replay answered position 3, wanted are those from 4 up to and without 9, in order"
        );
        assert!(fault(records(&page(&[9], false), 0..9, true)).contains("position 9"));
        assert!(fault(records(&page(&[], true), 0..9, true)).contains("nothing in it and more"));
        assert!(fault(records(b"short", 0..9, true)).contains("a page that is none"));
        let mut pairs = PartsWriter::with_capacity(0);
        pairs.pair(4, b"q/1", b"v");
        pairs.pair(2, b"q/0", b"v");
        let pairs = pairs.finish(false);
        assert!(fault(entries(&pairs, 0..9)).contains("entries answered id 2"));
        assert!(fault(keys(&pairs, "q/", "q/")).contains("the key 'q/0'"));
        assert!(fault(keys(&pairs, "r", "r")).contains("the key 'q/1'"));
    }

    #[test]
    fn a_replay_with_bodies_has_them() {
        let put = Operation::Put { message: 5, header: b"", body: b"", queues: &[] };
        let mut parts = PartsWriter::with_capacity(0);
        parts.record(Position(0), &put, false);
        let page = parts.finish(false);
        assert!(fault(records(&page, 0..9, true)).contains("message 5 without one"));
        assert!(records(&page, 0..9, false).is_ok());
    }
}
