//! What a console learns of objects that come, change and go.

use std::cell::RefCell;
use std::collections::BTreeMap;

use philter_protocol::reader::Reader;
use philter_protocol::v0_10::value::{FieldMap, Value as Wire};
use proptest::prelude::*;

use super::super::Identity;
use super::super::value::object_name;
use super::*;
use crate::object::{Arguments, Caller, MethodError};
use crate::qmf::message::Message;
use crate::schema::{Method, QUEUE};
use crate::value::Value;

/// Queues by name: when each was created, and its depth.
#[derive(Default)]
struct Queues(RefCell<BTreeMap<String, (u64, u64)>>);

impl Queues {
    fn put(&self, name: &str, created_ns: u64, depth: u64) {
        self.0.borrow_mut().insert(name.to_owned(), (created_ns, depth));
    }
}

impl Directory for Queues {
    fn visit(&self, class: &'static Class, visit: &mut dyn FnMut(Object) -> bool) {
        if class != &QUEUE {
            return;
        }
        for (name, (created_ns, depth)) in self.0.borrow().iter() {
            let value = |column: &str| match column {
                "name" => Some(Value::from(name.as_str())),
                "msgDepth" => Some(Value::Unsigned(*depth)),
                _ => None,
            };
            let values = class.columns().map(|(column, _)| value(column)).collect();
            let name = ObjectName::new(class, name);
            let created_ns = *created_ns;
            if !visit(Object { class, name, created_ns, deleted_ns: 0, values }) {
                return;
            }
        }
    }

    fn find(&self, _: &ObjectName) -> Option<Object> {
        None
    }

    fn call(
        &self,
        object: &ObjectName,
        _: &'static Method,
        _: &Arguments,
        _: &Caller,
    ) -> Result<Arguments, MethodError> {
        Err(MethodError::UnknownObject(object.0.clone()))
    }
}

const KEY: &str = "agent.ind.data.org_apache_qpid_broker.queue.v.p.i";

/// An object as it was told: its name, whether it is gone, its depth.
type Seen = (String, bool, Option<i64>);

fn seen(message: &Message) -> Vec<Seen> {
    assert_eq!(message.to.routing_key, KEY);
    let Wire::List(items) = Wire::decode(0xa9, &mut Reader::new(&message.body)).unwrap() else {
        panic!()
    };
    let maps = items.into_iter().map(|item| match item {
        Wire::Map(map) => map,
        other => panic!("{other:?}"),
    });
    maps.map(|map: FieldMap| {
        let name = object_name(map.get("_object_id").unwrap()).unwrap();
        let Some(Wire::Map(values)) = map.get("_values") else { panic!() };
        let depth = values.get("msgDepth").and_then(Wire::as_i64);
        let is_gone = map.get("_delete_ts") != Some(&Wire::Uint64(0));
        (name.rsplit(':').next().unwrap().to_owned(), is_gone, depth)
    })
    .collect()
}

struct Console {
    publisher: Publisher,
    agent: Agent,
}

impl Console {
    fn new() -> Self {
        let agent = Agent::new(Identity::new("v", "p", "i").unwrap(), 10, 1);
        Self { publisher: Publisher::new(), agent }
    }

    fn pages(&mut self, queues: &Queues, is_bound: bool, wanted: usize) -> Vec<Vec<Seen>> {
        let mut pages = Vec::new();
        let is_bound = |key: &str| is_bound && key == KEY;
        self.publisher.publish(&self.agent, queues, 77, &is_bound, &mut |message| {
            pages.push(seen(&message));
            pages.len() < wanted
        });
        pages
    }

    fn round(&mut self, queues: &Queues) -> Vec<Seen> {
        self.pages(queues, true, usize::MAX).concat()
    }
}

fn live(name: &str, depth: i64) -> Seen {
    (name.to_owned(), false, Some(depth))
}

fn gone(name: &str) -> Seen {
    (name.to_owned(), true, None)
}

#[test]
fn tells_what_is_new_then_what_changed_then_what_is_gone() {
    let (queues, mut console) = (Queues::default(), Console::new());
    queues.put("a", 1, 0);
    queues.put("b", 1, 0);
    assert_eq!(console.round(&queues), [live("a", 0), live("b", 0)]);
    assert_eq!(console.round(&queues), []);
    queues.put("b", 1, 5);
    assert_eq!(console.round(&queues), [live("b", 5)]);
    queues.0.borrow_mut().remove("a");
    assert_eq!(console.round(&queues), [gone("a")]);
    assert_eq!(console.round(&queues), []);
}

#[test]
fn a_replaced_object_is_told_as_ended_first() {
    let (queues, mut console) = (Queues::default(), Console::new());
    queues.put("a", 1, 0);
    console.round(&queues);
    queues.put("a", 2, 0);
    assert_eq!(console.round(&queues), [gone("a"), live("a", 0)]);
}

#[test]
fn renewed_it_tells_everything_again() {
    let (queues, mut console) = (Queues::default(), Console::new());
    queues.put("a", 1, 0);
    console.round(&queues);
    console.publisher.renew();
    console.publisher.renew();
    assert_eq!(console.round(&queues), [live("a", 0)]);
    assert_eq!(console.round(&queues), []);
}

#[test]
fn remembers_nothing_of_what_nobody_listens_to() {
    let (queues, mut console) = (Queues::default(), Console::new());
    queues.put("a", 1, 0);
    console.round(&queues);
    assert!(console.pages(&queues, false, 9).is_empty());
    assert!(console.publisher.told.is_empty());
    assert_eq!(console.round(&queues), [live("a", 0)]);
}

#[test]
fn comes_in_pages_and_ends_when_nobody_wants_more() {
    let (queues, mut console) = (Queues::default(), Console::new());
    (0..250).for_each(|number| queues.put(&format!("q{number}"), 1, 0));
    let lengths = |pages: Vec<Vec<Seen>>| pages.iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(lengths(console.pages(&queues, true, 1)), [100]);
    assert_eq!(lengths(console.pages(&queues, true, 9)), [100, 100, 50]);
    assert_eq!(lengths(console.pages(&queues, true, 9)), [0; 0]);
}

#[derive(Clone, Debug)]
enum Step {
    Put(u8, u64, u64),
    Remove(u8),
    Round,
}

proptest! {
    /// A console that keeps what it is told has what there is.
    #[test]
    fn who_listens_knows_what_there_is(steps in prop::collection::vec(prop_oneof![
        (0u8..4, 0u64..3, 0u64..3).prop_map(|(name, born, depth)| Step::Put(name, born, depth)),
        (0u8..4).prop_map(Step::Remove),
        Just(Step::Round),
    ], 0..40)) {
        let (queues, mut console) = (Queues::default(), Console::new());
        let mut known = BTreeMap::new();
        for step in steps.into_iter().chain([Step::Round]) {
            match step {
                Step::Put(name, born, depth) => queues.put(&name.to_string(), born, depth),
                Step::Remove(name) => drop(queues.0.borrow_mut().remove(&name.to_string())),
                Step::Round => {
                    for (name, is_gone, depth) in console.round(&queues) {
                        if is_gone {
                            prop_assert!(known.remove(&name).is_some());
                        } else {
                            known.insert(name, depth.unwrap());
                        }
                    }
                    let want: BTreeMap<_, _> = queues.0.borrow().iter()
                        .map(|(name, (_, depth))| (name.clone(), *depth as i64))
                        .collect();
                    prop_assert_eq!(&known, &want);
                }
            }
        }
    }
}
