//! The table's rules one by one, and random operations held against a list.

use proptest::prelude::*;

use super::*;

const KEY_ONLY: Bound = Bound { reads: Reads::KEY, cacheable: true };

fn new(queue: &str, key: &str, arguments: &[u8], declared_by: Protocol) -> NewBinding {
    NewBinding {
        destination: Destination::Queue(queue.into()),
        key: key.into(),
        arguments: arguments.into(),
        declared_by,
    }
}

fn bind(table: &mut BindingTable, new: NewBinding, id: u64) -> BindDecision {
    let decision = table.begin(new, BindingId(id));
    if let BindDecision::Bind { binding, .. } = &decision {
        assert!(table.finish(binding.id, KEY_ONLY));
    }
    decision
}

#[test]
fn in_0_10_other_arguments_replace_and_in_0_9_1_both_stand() {
    for (protocol, replaced) in [(Protocol::V0_10, Some(BindingId(1))), (Protocol::V0_9_1, None)] {
        let mut table = BindingTable::default();
        bind(&mut table, new("q", "k", b"a", protocol), 1);
        let again = bind(&mut table, new("q", "k", b"a", protocol), 2);
        assert_eq!(again, BindDecision::Exists(BindingId(1)));
        let other = table.begin(new("q", "k", b"b", protocol), BindingId(3));
        let BindDecision::Bind { replaces, binding } = other else { panic!() };
        assert_eq!((replaces, binding.id), (replaced, BindingId(3)));
        let busy = table.begin(new("q", "k", b"b", protocol), BindingId(4));
        assert_eq!(busy, BindDecision::Busy);
    }
}

#[test]
fn a_replacement_waits_for_one_that_is_under_way() {
    let mut table = BindingTable::default();
    table.begin(new("q", "k", b"a", Protocol::V0_10), BindingId(1));
    bind(&mut table, new("q", "k", b"b", Protocol::V0_9_1), 2);
    let busy = table.begin(new("q", "k", b"c", Protocol::V0_10), BindingId(3));
    assert_eq!(busy, BindDecision::Busy);
    table.abandon(BindingId(1));
    let free = table.begin(new("q", "k", b"c", Protocol::V0_10), BindingId(4));
    assert!(matches!(free, BindDecision::Bind { replaces: Some(BindingId(2)), .. }));
}

#[test]
fn a_binding_is_found_when_it_is_live_and_by_every_index() {
    let mut table = BindingTable::default();
    let queue = Destination::Queue("q".into());
    table.begin(new("q", "k", b"", Protocol::V0_10), BindingId(1));
    assert!(table.get(BindingId(1)).is_none());
    assert!(!table.any(&Criteria::default()));
    table.finish(BindingId(1), KEY_ONLY);
    bind(&mut table, new("q", "l", b"x", Protocol::V0_10), 2);
    assert_eq!(table.to(&queue), [BindingId(1), BindingId(2)]);
    let with = |key, arguments| Criteria { destination: Some(&queue), key: Some(key), arguments };
    assert_eq!(table.find(&with("l", None)), [BindingId(2)]);
    assert_eq!(table.find(&with("l", Some(b"x"))), [BindingId(2)]);
    assert_eq!(table.find(&with("l", Some(b""))), []);
    assert_eq!(table.find(&Criteria { key: Some("l"), ..Criteria::default() }), [BindingId(2)]);
    let criteria = |key, arguments| Criteria { destination: None, key, arguments };
    assert!(table.any(&criteria(Some("k"), None)));
    assert!(!table.any(&criteria(Some("k"), Some(b"x"))));
    assert!(table.any(&criteria(None, Some(b"x"))));
    table.remove(BindingId(1));
    table.remove(BindingId(2));
    assert!(table.is_empty() && table.by_address.is_empty() && table.by_key.is_empty());
}

#[test]
fn a_binding_removed_while_the_plugin_was_asked_does_not_come_to_life() {
    let mut table = BindingTable::default();
    table.begin(new("q", "k", b"", Protocol::V0_10), BindingId(1));
    assert_eq!(table.to(&Destination::Queue("q".into())), [BindingId(1)]);
    table.remove(BindingId(1));
    assert!(!table.finish(BindingId(1), KEY_ONLY));
    assert_eq!(table.reads(), Reads::default());
}

#[test]
fn what_is_read_is_the_union_and_narrows_again() {
    let mut table = BindingTable::default();
    bind(&mut table, new("q", "k", b"", Protocol::V0_10), 1);
    assert!(table.is_cacheable());
    table.begin(new("r", "k", b"", Protocol::V0_10), BindingId(2));
    table.finish(BindingId(2), Bound { reads: Reads::HEADERS, cacheable: true });
    assert!(!table.is_cacheable());
    assert!(table.reads().contains(Reads::HEADERS) && table.reads().contains(Reads::KEY));
    table.remove(BindingId(2));
    assert!(table.is_cacheable());
    table.begin(new("r", "k", b"", Protocol::V0_10), BindingId(3));
    table.finish(BindingId(3), Bound { reads: Reads::KEY, cacheable: false });
    assert!(!table.is_cacheable());
}

/// Each of the three ways in which all bindings of an exchange can share something. A search
/// through them for each bind would be five thousand million steps.
#[test]
fn a_hundred_thousand_bindings_cost_no_search_through_them() {
    let shapes: [fn(&str) -> NewBinding; 3] = [
        |name| new("q", name, b"", Protocol::V0_10),
        |name| new(name, "k", b"", Protocol::V0_10),
        |name| new("q", "k", name.as_bytes(), Protocol::V0_9_1),
    ];
    for shape in shapes {
        let mut table = BindingTable::default();
        for id in 0..100_000 {
            let decision = bind(&mut table, shape(&id.to_string()), id);
            assert!(matches!(decision, BindDecision::Bind { .. }));
        }
        for id in 0..100_000 {
            let NewBinding { destination, key, arguments, .. } = shape(&id.to_string());
            let criteria = Criteria {
                destination: Some(&destination),
                key: Some(&key),
                arguments: Some(&arguments),
            };
            assert!(table.any(&criteria));
            assert!(table.remove(BindingId(id)).is_some());
            assert!(!table.any(&criteria));
        }
    }
}

#[derive(Clone, Debug)]
enum Operation {
    Begin { queue: usize, key: usize, arguments: usize, is_0_9_1: bool },
    Finish { pick: usize, reads: u32, cacheable: bool },
    Remove { pick: usize },
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        3 => (0usize..3, 0usize..3, 0usize..3, any::<bool>()).prop_map(
            |(queue, key, arguments, is_0_9_1)| Operation::Begin { queue, key, arguments, is_0_9_1 }
        ),
        3 => (any::<usize>(), 1u32..5, any::<bool>())
            .prop_map(|(pick, reads, cacheable)| Operation::Finish { pick, reads, cacheable }),
        1 => any::<usize>().prop_map(|pick| Operation::Remove { pick }),
    ]
}

const NAMES: [&str; 3] = ["", "a", "ab"];

/// A table that looks through everything, always.
#[derive(Debug, Default)]
struct Naive(Vec<(BindingId, NewBinding, Option<Bound>)>);

impl Naive {
    fn decide(&self, new: &NewBinding, id: BindingId) -> BindDecision {
        let at = |other: &NewBinding| other.destination == new.destination && other.key == new.key;
        let there: Vec<_> = self.0.iter().filter(|(_, other, _)| at(other)).collect();
        if let Some((id, _, bound)) = there.iter().find(|row| row.1.arguments == new.arguments) {
            return bound.map_or(BindDecision::Busy, |_| BindDecision::Exists(*id));
        }
        let mut replaces = None;
        if new.declared_by != Protocol::V0_9_1 {
            if there.iter().any(|row| row.2.is_none()) {
                return BindDecision::Busy;
            }
            replaces = there.iter().map(|row| row.0).max();
        }
        let binding = Arc::new(Binding { id, content: new.clone() });
        BindDecision::Bind { binding, replaces }
    }

    fn check(&self, table: &BindingTable) -> Result<(), TestCaseError> {
        prop_assert_eq!(table.len(), self.0.len());
        let live: Vec<_> = self.0.iter().filter(|row| row.2.is_some()).collect();
        prop_assert_eq!(
            table.iter().map(|binding| binding.id).collect::<Vec<_>>(),
            live.iter().map(|row| row.0).collect::<Vec<_>>()
        );
        let reads = live.iter().fold(0, |all, row| all | row.2.unwrap().reads.bits());
        prop_assert_eq!(table.reads().bits(), reads);
        let cacheable = live.iter().all(|row| row.2.unwrap().cacheable && reads <= 1);
        prop_assert_eq!(table.is_cacheable(), cacheable);
        for queue in NAMES {
            let destination = Destination::Queue(queue.into());
            let all = self.0.iter().filter(|row| row.1.destination == destination);
            prop_assert_eq!(table.to(&destination), all.map(|row| row.0).collect::<Vec<_>>());
            for key in NAMES {
                let found = live.iter().filter(|(_, content, _)| {
                    content.destination == destination && &*content.key == key
                });
                let found: Vec<_> = found.map(|row| row.0).collect();
                let criteria =
                    Criteria { destination: Some(&destination), key: Some(key), arguments: None };
                prop_assert_eq!(table.find(&criteria), found);
            }
        }
        self.check_any(table, &live)
    }

    fn check_any(
        &self,
        table: &BindingTable,
        live: &[&(BindingId, NewBinding, Option<Bound>)],
    ) -> Result<(), TestCaseError> {
        let options = || [None, Some(NAMES[0]), Some(NAMES[1]), Some(NAMES[2])];
        for key in NAMES {
            let same = live.iter().filter(|(_, content, _)| *content.key == *key);
            let expected: Vec<_> = same.map(|(id, ..)| *id).collect();
            let criteria = Criteria { key: Some(key), ..Criteria::default() };
            prop_assert_eq!(table.find(&criteria), expected);
        }
        for (queue, key) in options().into_iter().flat_map(|q| options().map(|k| (q, k))) {
            for arguments in options() {
                let destination = queue.map(|queue| Destination::Queue(queue.into()));
                let arguments = arguments.map(str::as_bytes);
                let criteria = Criteria { destination: destination.as_ref(), key, arguments };
                let expected = live.iter().any(|(_, content, _)| {
                    destination.as_ref().is_none_or(|wanted| content.destination == *wanted)
                        && key.is_none_or(|key| &*content.key == key)
                        && arguments.is_none_or(|arguments| &*content.arguments == arguments)
                });
                prop_assert_eq!(table.any(&criteria), expected, "{:?}", criteria);
            }
        }
        Ok(())
    }
}

proptest! {
    #[test]
    fn behaves_like_a_list(operations in prop::collection::vec(operation(), 0..60)) {
        let mut table = BindingTable::default();
        let mut naive = Naive::default();
        for (operation, id) in operations.into_iter().zip(1..) {
            match operation {
                Operation::Begin { queue, key, arguments, is_0_9_1 } => {
                    let protocol = if is_0_9_1 { Protocol::V0_9_1 } else { Protocol::V0_10 };
                    let arguments = NAMES[arguments].as_bytes();
                    let new = new(NAMES[queue], NAMES[key], arguments, protocol);
                    let expected = naive.decide(&new, BindingId(id));
                    if matches!(expected, BindDecision::Bind { .. }) {
                        naive.0.push((BindingId(id), new.clone(), None));
                    }
                    prop_assert_eq!(table.begin(new, BindingId(id)), expected);
                }
                Operation::Finish { pick, reads, cacheable } if !naive.0.is_empty() => {
                    let at = pick % naive.0.len();
                    let bound = Bound { reads: Reads::from_bits(reads), cacheable };
                    prop_assert!(table.finish(naive.0[at].0, bound));
                    naive.0[at].2.get_or_insert(bound);
                }
                Operation::Remove { pick } if !naive.0.is_empty() => {
                    let (id, content, _) = naive.0.remove(pick % naive.0.len());
                    prop_assert_eq!(&table.remove(id).unwrap().content, &content);
                }
                _ => {}
            }
            naive.check(&table)?;
        }
        for (id, ..) in naive.0 {
            table.remove(id);
        }
        prop_assert!(table.by_address.is_empty() && table.by_key.is_empty());
        prop_assert!(table.reads.is_empty() && table.uncacheable == 0);
    }
}
