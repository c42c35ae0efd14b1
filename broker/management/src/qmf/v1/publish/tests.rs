//! What a publisher tells, one rule at a time, and held against a console that hears all.

use std::collections::{BTreeMap, BTreeSet};

use philter_protocol::reader::Reader;
use proptest::prelude::*;

use super::super::fixture::{Objects, agent, queue, system};
use super::super::header::Header;
use super::super::limits::{PUBLISHED_BYTES_MAX, PUBLISHED_OBJECTS_MAX};
use super::*;

const QUEUES: &str = "console.obj.1.0.test.queue";

fn told(publisher: &mut Publisher, objects: &[Object], is_bound: bool) -> Vec<Message> {
    let objects = Objects { objects: objects.to_vec(), ..Objects::default() };
    let mut messages = Vec::new();
    let agent = agent();
    publisher.publish(&agent, &objects, 77, &|_| is_bound, &mut |message| {
        assert_eq!(message.to.exchange, "qpid.management");
        messages.push(message);
        true
    });
    messages
}

/// Letter, number and time of the end of each command about a queue.
fn commands(messages: &[Message]) -> Vec<(char, u64, u64)> {
    let bodies = messages.iter().filter(|message| message.to.routing_key == QUEUES);
    let bytes = bodies.flat_map(|message| message.body.clone()).collect::<Vec<u8>>();
    let starts = bytes.windows(3).enumerate().filter(|(_, window)| window == b"AM2");
    starts
        .map(|(start, _)| {
            let mut reader = Reader::new(&bytes[start..]);
            let header = Header::decode(&mut reader).unwrap().unwrap();
            reader.take(1 + 4 + 1 + 5 + 16 + 16).unwrap();
            let deleted_ns = reader.u64().unwrap();
            let id = ObjectId::decode(&mut reader).unwrap();
            (char::from(header.opcode), id.number(), deleted_ns)
        })
        .collect()
}

fn number(name: &str) -> u64 {
    ObjectId::of(&queue(name, 0).name).number()
}

#[test]
fn a_new_object_is_told_whole_and_then_only_what_changes() {
    let mut publisher = Publisher::new();
    let a = number("a");
    let all = [queue("a", 1), system()];
    let messages = told(&mut publisher, &all, true);
    assert_eq!(commands(&messages), [('c', a, 0), ('i', a, 0)]);
    assert_eq!(messages[1].to.routing_key, "console.obj.1.0.test.system");
    assert!(told(&mut publisher, &all, true).is_empty());
    assert_eq!(commands(&told(&mut publisher, &[queue("a", 2)], true)), [('i', a, 0)]);
    let mut changed = queue("a", 2);
    changed.values[1] = Some(false.into());
    assert_eq!(commands(&told(&mut publisher, &[changed], true)), [('c', a, 0)]);
}

#[test]
fn the_end_of_an_object_is_told_with_its_properties() {
    let mut publisher = Publisher::new();
    let first = told(&mut publisher, &[queue("a", 1)], true);
    let last = told(&mut publisher, &[], true);
    assert_eq!(commands(&last), [('c', number("a"), 77)]);
    // Header, class key and times are as long in both; id and properties are the same bytes.
    let same = 8 + 1 + 4 + 1 + 5 + 16 + 24;
    assert_eq!(first[0].body[same..last[0].body.len()], last[0].body[same..]);
    assert!(told(&mut publisher, &[], true).is_empty());
}

#[test]
fn an_object_replaced_by_another_of_its_name_ends_first() {
    let mut publisher = Publisher::new();
    told(&mut publisher, &[queue("a", 1)], true);
    let other = Object { created_ns: 6, ..queue("a", 1) };
    let a = number("a");
    let commands = commands(&told(&mut publisher, &[other], true));
    assert_eq!(commands, [('c', a, 77), ('c', a, 0), ('i', a, 0)]);
}

#[test]
fn nothing_is_looked_at_or_kept_for_nobody() {
    let mut publisher = Publisher::new();
    told(&mut publisher, &[queue("a", 1)], true);
    assert!(told(&mut publisher, &[queue("a", 2)], false).is_empty());
    assert_eq!(publisher.told.counts(), (0, 0));
    assert_eq!(commands(&told(&mut publisher, &[queue("a", 2)], true)).len(), 2);
}

#[test]
fn a_new_console_gets_everything_once() {
    let mut publisher = Publisher::new();
    told(&mut publisher, &[queue("a", 1)], true);
    publisher.renew();
    assert_eq!(commands(&told(&mut publisher, &[queue("a", 1)], true)).len(), 2);
    assert!(told(&mut publisher, &[queue("a", 1)], true).is_empty());
}

#[test]
fn one_who_wants_no_more_gets_everything_the_next_time() {
    let mut publisher = Publisher::new();
    let all = Objects { objects: vec![queue("a", 1), system()], ..Objects::default() };
    let agent = agent();
    let mut count = 0;
    publisher.publish(&agent, &all, 77, &|_| true, &mut |_| {
        count += 1;
        false
    });
    assert_eq!(count, 1);
    assert_eq!(told(&mut publisher, &all.objects, true).len(), 2);
}

#[test]
fn beyond_the_limit_of_bytes_an_end_is_not_told() {
    let mut objects = ToldObjects::default();
    let id = ObjectId::with_number;
    let told = |bytes| Told {
        round: 1,
        created_ns: 0,
        properties_digest: 0,
        statistics_digest: 0,
        properties: Some(vec![0; bytes].into_boxed_slice()),
    };
    objects.remember(0, id(1), told(PUBLISHED_BYTES_MAX));
    objects.remember(0, id(2), told(1));
    assert_eq!(objects.counts(), (2, PUBLISHED_BYTES_MAX));
    assert_eq!(objects.take(0, id(2)).unwrap().properties, None);
    assert_eq!(objects.take(0, id(1)), Some(told(PUBLISHED_BYTES_MAX)));
    for number in 0..PUBLISHED_OBJECTS_MAX as u64 + 5 {
        objects.remember(1, id(number), told(0));
    }
    assert_eq!(objects.counts(), (PUBLISHED_OBJECTS_MAX, 0));
}

#[derive(Clone, Debug)]
enum Operation {
    Set { name: u8, depth: u64, is_durable: bool },
    Replace { name: u8 },
    Remove { name: u8 },
    Renew,
    Publish { is_bound: bool },
}

fn operation() -> impl Strategy<Value = Operation> {
    let name = 0u8..4;
    prop_oneof![
        (name.clone(), 0u64..3, any::<bool>())
            .prop_map(|(name, depth, is_durable)| Operation::Set { name, depth, is_durable }),
        name.clone().prop_map(|name| Operation::Replace { name }),
        name.prop_map(|name| Operation::Remove { name }),
        Just(Operation::Renew),
        prop::bool::weighted(0.8).prop_map(|is_bound| Operation::Publish { is_bound }),
    ]
}

/// A queue as a console sees it, and what one of the model is: created, durable, depth.
type Seen = (u64, bool, u64);

proptest! {
    /// A console that hears everything knows at each interval the objects that live, and no others.
    #[test]
    fn a_console_knows_what_lives(operations in prop::collection::vec(operation(), 1..40)) {
        let mut publisher = Publisher::new();
        let mut live: BTreeMap<u8, Seen> = BTreeMap::new();
        let mut console: BTreeSet<u64> = BTreeSet::new();
        let mut before: BTreeMap<u8, Seen> = BTreeMap::new();
        let mut created = 10;
        for operation in operations {
            match operation {
                Operation::Set { name, depth, is_durable } => {
                    let created = live.get(&name).map_or(5, |seen| seen.0);
                    live.insert(name, (created, is_durable, depth));
                }
                Operation::Replace { name } => {
                    created += 1;
                    live.entry(name).and_modify(|seen| seen.0 = created);
                }
                Operation::Remove { name } => drop(live.remove(&name)),
                Operation::Renew => publisher.renew(),
                Operation::Publish { is_bound } => {
                    let objects: Vec<Object> = live.iter().map(|(name, seen)| {
                        let mut object = queue(&name.to_string(), seen.2);
                        object.values[1] = Some(seen.1.into());
                        Object { created_ns: seen.0, ..object }
                    }).collect();
                    let commands = commands(&told(&mut publisher, &objects, is_bound));
                    if !is_bound {
                        prop_assert!(commands.is_empty());
                        console.clear();
                        before.clear();
                        continue;
                    }
                    let changed: BTreeSet<u64> = live.iter()
                        .filter(|(name, seen)| before.get(name) != Some(seen))
                        .map(|(name, _)| number(&name.to_string()))
                        .collect();
                    let updated: BTreeSet<u64> = commands.iter()
                        .filter(|(_, _, deleted)| *deleted == 0).map(|(_, id, _)| *id).collect();
                    prop_assert!(changed.is_subset(&updated));
                    for (opcode, id, deleted_ns) in commands {
                        match (opcode, deleted_ns) {
                            ('c', 0) => drop(console.insert(id)),
                            ('c', _) => prop_assert!(console.remove(&id)),
                            _ => prop_assert!(console.contains(&id)),
                        }
                    }
                    let expected: BTreeSet<u64> =
                        live.keys().map(|name| number(&name.to_string())).collect();
                    prop_assert_eq!(&console, &expected);
                    prop_assert_eq!(publisher.told.counts().0, live.len());
                    before = live.clone();
                }
            }
        }
    }
}
