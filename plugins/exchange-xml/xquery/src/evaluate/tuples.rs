//! `order by` and `group by` (XQuery 3.1, sections 3.12.7 and 3.12.8): the clauses that keep
//! tuples.

use std::cmp::Ordering;

use indexmap::IndexMap;

use super::arithmetic::untyped_as;
use super::flwor::{Stream, TupleSink};
use super::{ENOUGH, Evaluator, Flow, MORE, Role, atomize, error};
use crate::atomic::compare::Comparer;
use crate::atomic::{Atomic, AtomicType, EqualityClasses};
use crate::collation::Collation;
use crate::error::Result;
use crate::expression::{GroupingKey, OrderKey, Slot};
use crate::sorting::sort_stably;
use crate::value::{Item, Sequence, SequenceBuilder};

/// A tuple that waits to be sorted.
struct Ordered<'a> {
    keys: Vec<Option<Atomic>>,
    kept: Vec<Sequence<'a>>,
}

/// Tuples that came together.
struct Group<'m, 'a> {
    keys: Vec<Sequence<'a>>,
    others: Vec<SequenceBuilder<'m, 'a>>,
}

impl<'a> Evaluator<'a> {
    pub(super) fn order_by(
        &self,
        before: Stream<'_, 'a>,
        keys: &'a [OrderKey],
        kept: &'a [Slot],
        give: TupleSink<'_>,
    ) -> Result<Flow> {
        let (frame, focus) = (before.frame, before.focus);
        let mut tuples: Vec<Ordered<'a>> = Vec::new();
        // Tuples that are sorted are there twice.
        let bytes = 4 * size_of::<Ordered<'_>>()
            + keys.len() * size_of::<Option<Atomic>>()
            + kept.len() * size_of::<Sequence<'_>>();
        let _ = self.tuples_before(before, &mut || {
            self.meter.items(tuples.len() + 1)?;
            self.meter.build(bytes)?;
            let mut values = Vec::with_capacity(keys.len());
            for key in keys {
                let value = self.single_atomic(&key.key, frame, focus, "order by")?;
                let value = value.map(|value| untyped_as(&value, AtomicType::String));
                values.push(value.transpose()?);
            }
            let kept = kept.iter().map(|slot| frame.get(*slot)).collect();
            tuples.push(Ordered { keys: values, kept });
            MORE
        })?;
        let collations = self.collations(keys.iter().map(|key| &*key.collation), before)?;
        let sorted = sort_stably(tuples, |left, right| {
            self.meter.step()?;
            self.order(keys, &collations, left, right)
        })?;
        for tuple in sorted {
            kept.iter().zip(tuple.kept).for_each(|(slot, value)| frame.set(*slot, value));
            if give()?.is_break() {
                return ENOUGH;
            }
        }
        MORE
    }

    fn collations<'k>(
        &self,
        uris: impl Iterator<Item = &'k str>,
        stream: Stream<'_, 'a>,
    ) -> Result<Vec<Collation>> {
        let base_uri = stream.frame.context.base_uri.as_ref();
        uris.map(|uri| match uri {
            "" => Ok(stream.frame.collation()?.clone()),
            uri => Collation::named(uri, base_uri),
        })
        .collect()
    }

    fn order(
        &self,
        keys: &[OrderKey],
        collations: &[Collation],
        left: &Ordered<'a>,
        right: &Ordered<'a>,
    ) -> Result<Ordering> {
        let values = left.keys.iter().zip(&right.keys);
        for ((key, collation), (left, right)) in keys.iter().zip(collations).zip(values) {
            let comparer =
                Comparer { collation, implicit_timezone_minutes: self.implicit_timezone_minutes() };
            let order = key_order(&comparer, key.empty_greatest, left, right)?;
            if order.is_ne() {
                return Ok(if key.descending { order.reverse() } else { order });
            }
        }
        Ok(Ordering::Equal)
    }

    pub(super) fn group_by(
        &self,
        before: Stream<'_, 'a>,
        keys: &'a [GroupingKey],
        others: &'a [Slot],
        give: TupleSink<'_>,
    ) -> Result<Flow> {
        let frame = before.frame;
        let collations = self.collations(keys.iter().map(|key| &*key.collation), before)?;
        let mut groups: IndexMap<Vec<u8>, Group<'_, 'a>, foldhash::fast::RandomState> =
            IndexMap::default();
        // The table and the vectors have room to spare.
        let group_bytes = 4 * size_of::<Group<'_, '_>>()
            + 2 * keys.len() * size_of::<Sequence<'_>>()
            + others.len() * size_of::<SequenceBuilder<'_, '_>>();
        let mut classes: Vec<_> = keys.iter().map(|_| EqualityClasses::default()).collect();
        let _ = self.tuples_before(before, &mut || {
            let mut name = Vec::new();
            let mut values = Vec::with_capacity(keys.len());
            for ((key, collation), classes) in keys.iter().zip(&collations).zip(&mut classes) {
                let value = self.grouping_value(key, before)?;
                self.name_group(&value, collation, classes, &mut name)?;
                values.push(value);
            }
            if !groups.contains_key(&name) {
                self.meter.items(groups.len() + 1)?;
                self.meter.build(group_bytes + name.len())?;
            }
            let group = groups.entry(name).or_insert_with(|| Group {
                keys: values,
                others: others.iter().map(|_| SequenceBuilder::new(&self.meter)).collect(),
            });
            for (slot, gathered) in others.iter().zip(&mut group.others) {
                gathered.extend(frame.get(*slot))?;
            }
            MORE
        })?;
        for group in groups.into_values() {
            self.meter.step()?;
            keys.iter().zip(group.keys).for_each(|(key, value)| frame.set(key.slot, value));
            let gathered = group.others.into_iter().map(SequenceBuilder::finish);
            others.iter().zip(gathered).for_each(|(slot, value)| frame.set(*slot, value));
            if give()?.is_break() {
                return ENOUGH;
            }
        }
        MORE
    }

    /// The value that a tuple is grouped by: one atomic value or none, an untyped one as a string.
    fn grouping_value(&self, key: &'a GroupingKey, stream: Stream<'_, 'a>) -> Result<Sequence<'a>> {
        let frame = stream.frame;
        let value = match &key.value {
            Some(expr) => self.evaluate(expr, frame, stream.focus)?,
            None => frame.get(key.slot),
        };
        let value = atomize(&self.meter, &value)?;
        let value = self.bound(value, key.kind.as_ref(), Role::GroupingKey)?;
        let value = match value.as_slice() {
            [] => Sequence::Empty,
            [Item::Atomic(atomic)] => Item::Atomic(untyped_as(atomic, AtomicType::String)?).into(),
            _ => {
                let found = value.describe();
                return Err(error(
                    "XPTY0004",
                    format!("a grouping key is one value, found {found}"),
                ));
            }
        };
        frame.set(key.slot, value.clone());
        Ok(value)
    }

    /// Adds a key to the bytes that tell groups apart.
    fn name_group(
        &self,
        value: &Sequence<'a>,
        collation: &Collation,
        classes: &mut EqualityClasses,
        name: &mut Vec<u8>,
    ) -> Result<()> {
        // No class has this number.
        let mut class = usize::MAX;
        if let Some(Item::Atomic(atomic)) = value.first() {
            let implicit_timezone_minutes = self.implicit_timezone_minutes();
            let known = classes.len();
            class = classes.class(&Comparer { collation, implicit_timezone_minutes }, atomic);
            if class == known {
                self.meter.build(EqualityClasses::bytes(atomic))?;
            }
        }
        name.extend_from_slice(&class.to_be_bytes());
        Ok(())
    }
}

/// The order of two keys: nothing and NaN come first, or last where the empty sequence is greatest.
fn key_order(
    comparer: &Comparer<'_>,
    empty_greatest: bool,
    left: &Option<Atomic>,
    right: &Option<Atomic>,
) -> Result<Ordering> {
    let rank = |value: &Option<Atomic>| match value {
        None => 0,
        Some(Atomic::Double(number)) if number.is_nan() => 1,
        Some(Atomic::Float(number)) if number.is_nan() => 1,
        Some(_) => 2,
    };
    let ranks = (rank(left), rank(right));
    let order = ranks.0.cmp(&ranks.1);
    match (left, right) {
        (Some(left), Some(right)) if ranks == (2, 2) => comparer.order(left, right),
        _ if empty_greatest => Ok(order.reverse()),
        _ => Ok(order),
    }
}
