//! A store over a map, by the functions of a component.

use super::*;
use crate::flat::{PartsReader, write_operations};
use crate::key_value::{Granted, KeyValueOptions, KeyValueStore, OverKeyValue};
use crate::value::MapRef;
use crate::{Context, ErrorKind};

struct Plain;

impl KeyValueStore for Plain {
    const TYPE_NAME: &'static str = "plain";
    type Map = Granted;

    fn open(_: &Context<'_>) -> Result<(Granted, KeyValueOptions)> {
        Ok((Granted::new(), KeyValueOptions::default()))
    }
}

type PlainStore = StoreComponent<OverKeyValue<Plain>>;

fn component() -> PlainStore {
    let component = PlainStore::new();
    component.create("{}", &[]).unwrap();
    component
}

fn filled() -> (PlainStore, u64) {
    let component = component();
    let epoch = component.acquire(0, "node").unwrap().epoch.0;
    for id in 0..10 {
        let queues = [QueueRecord { queue: 1, id }];
        let put = Operation::Put { message: id, header: b"h", body: &[7; 100], queues: &queues };
        let done = component.append(0, epoch, &write_operations(&[put]));
        assert_eq!(done, Ok(AppendOutcome::Done(Position(id + 1))));
    }
    (component, epoch)
}

#[test]
fn before_create_nothing_answers() {
    let component = PlainStore::new();
    assert_eq!(component.acquire(0, "n").unwrap_err().kind(), ErrorKind::Internal);
    assert!(component.capabilities().is_empty());
}

#[test]
fn it_says_what_it_can_do() {
    let said = component().capabilities();
    let said = MapRef::parse(&said).unwrap();
    let is_said = |name| said.get(name).and_then(|value| value.as_bool());
    for name in ["atomic-over-shard", "entries", "meta-list", "meta-remove"] {
        assert_eq!(is_said(name), Some(true), "{name}");
    }
    assert_eq!(said.get("batch-operations-max").and_then(|value| value.as_i64()), Some(16_384));
}

#[test]
fn a_replay_leaves_in_pages() {
    let (component, _) = filled();
    let (mut from, mut pages, mut records) = (0, 0, 0);
    loop {
        let page = component.replay(0, (from, u64::MAX), true, 300).unwrap();
        let mut page = PartsReader::parse(&page).unwrap();
        pages += 1;
        while let Some(part) = page.next_record().unwrap() {
            assert!(part.has_body);
            (from, records) = (part.position.0 + 1, records + 1);
        }
        if !page.has_more() {
            break;
        }
    }
    assert_eq!((pages, records), (5, 10));
    let one = component.replay(0, (0, u64::MAX), true, 0).unwrap();
    let one = PartsReader::parse(&one).unwrap();
    assert_eq!((one.left(), one.has_more()), (1, true));
}

#[test]
fn entries_and_keys_leave_in_pages() {
    let (component, epoch) = filled();
    let page = component.entries(0, 1, 3..9, 300).unwrap();
    let mut page = PartsReader::parse(&page).unwrap();
    let first = page.next_pair().unwrap().unwrap();
    assert_eq!((first.number, first.first, first.second.len()), (3, &b"h"[..], 100));
    assert!(page.has_more());
    let set = component.meta_compare_and_set("q/1", 0, b"v").unwrap();
    assert_eq!(component.meta_compare_and_set("q/1", 0, b"v"), Ok(None));
    let page = component.meta_list("q/", "q/1", 300).unwrap();
    let mut page = PartsReader::parse(&page).unwrap();
    let first = page.next_pair().unwrap().unwrap();
    assert_eq!((Some(MetaRevision(first.number)), first.first), (set, &b"q/1"[..]));
    assert_eq!(component.meta_remove("q/1", 1), Ok(true));
    assert_eq!(component.purge(0, epoch, 1), Ok(Some(AppendOutcome::Done(Position(10)))));
    assert_eq!(component.read(0, QueueRecord { queue: 1, id: 1 }), Ok(None));
    assert_eq!(component.append(0, 9, &write_operations(&[])), Ok(AppendOutcome::Fenced));
    let strange = component.append(0, epoch, b"strange").unwrap_err();
    assert_eq!(strange.kind(), ErrorKind::InvalidArgument);
}

#[test]
fn the_rest_answers_until_destroy() {
    let (component, _) = filled();
    assert!(component.statistics(0).unwrap().contains("\"messages\":10"));
    assert_eq!(component.statistics(7).unwrap_err().kind(), ErrorKind::NotFound);
    let set = component.meta_compare_and_set("k", 0, b"v").unwrap();
    assert_eq!(component.meta_get("k"), Ok(set.map(|revision| (revision, b"v".to_vec()))));
    assert!(component.inspect().unwrap().contains("\"meta_keys\":1"));
    component.destroy();
    assert_eq!(component.inspect().unwrap_err().kind(), ErrorKind::Internal);
}
