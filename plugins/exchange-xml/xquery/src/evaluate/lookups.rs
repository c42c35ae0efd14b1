//! Maps, arrays and lookups (XQuery 3.1, section 3.11).

use std::rc::Rc;

use super::calls::member_at;
use super::{ENOUGH, Evaluator, Flow, Focus, Frame, MORE, Sink, atomize, error};
use crate::atomic::{Atomic, AtomicType, cast};
use crate::error::{Error, Result};
use crate::expression::{Expr, LookupKey};
use crate::value::{Array, Item, Map, Sequence, SequenceBuilder};

impl<'a> Evaluator<'a> {
    /// `map { … }`.
    pub(super) fn new_map(
        &self,
        entries: &'a [(Expr, Expr)],
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<Sequence<'a>> {
        let mut map = Map::default();
        for (key, value) in entries {
            let Some(atomic) = self.single_atomic(key, frame, focus, "a map's key")? else {
                return Err(
                    error("XPTY0004", "a key of a map is one value, found none").at(key.span)
                );
            };
            let value = self.evaluate(value, frame, focus)?;
            if map.get(&atomic).is_some() {
                let text = format!("the key {} is there twice", Item::from(atomic).describe());
                return Err(error("XQDY0137", text).at(key.span));
            }
            self.meter.value_depth(value.depth() + 1)?;
            self.meter.build(2 * size_of::<(Atomic, Sequence<'_>)>())?;
            map.insert(atomic, value);
        }
        Ok(Item::Map(Rc::new(map)).into())
    }

    /// `[a, b]`.
    pub(super) fn square_array(
        &self,
        members: &'a [Expr],
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<Sequence<'a>> {
        let mut values = Vec::with_capacity(members.len());
        for member in members {
            values.push(self.evaluate(member, frame, focus)?);
        }
        self.new_array(values)
    }

    /// `array { … }`.
    pub(super) fn curly_array(
        &self,
        members: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<Sequence<'a>> {
        let members = self.evaluate(members, frame, focus)?;
        self.new_array(members.iter().cloned().map(Sequence::from))
    }

    fn new_array(
        &self,
        members: impl IntoIterator<Item = Sequence<'a>, IntoIter: ExactSizeIterator>,
    ) -> Result<Sequence<'a>> {
        let members = members.into_iter();
        self.meter.items(members.len())?;
        self.meter.build(members.len() * size_of::<Sequence<'_>>())?;
        let array: Array<'a> = members.collect();
        self.meter.value_depth(array.depth())?;
        Ok(Item::Array(Rc::new(array)).into())
    }

    /// `E?K`.
    pub(super) fn lookup(
        &self,
        base: &'a Expr,
        key: &'a LookupKey,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
        sink: Sink<'_, 'a>,
    ) -> Result<Flow> {
        self.each(base, frame, focus, &mut |item| self.lookup_in(&item, key, frame, focus, sink))
    }

    /// What a key stands for in one item.
    pub(super) fn lookup_in(
        &self,
        item: &Item<'a>,
        key: &'a LookupKey,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
        sink: Sink<'_, 'a>,
    ) -> Result<Flow> {
        match key {
            LookupKey::Constant(key) => self.give(find(item, key)?, sink),
            LookupKey::Wildcard => self.give(self.everything(item)?, sink),
            LookupKey::Expr(keys) => {
                let keys = atomize(&self.meter, &self.evaluate(keys, frame, focus)?)?;
                for key in keys.iter() {
                    self.meter.step()?;
                    if let Item::Atomic(key) = key
                        && self.give(find(item, key)?, sink)?.is_break()
                    {
                        return ENOUGH;
                    }
                }
                // Without a key the item is looked at all the same.
                if keys.is_empty() { self.check(item).and(MORE) } else { MORE }
            }
        }
    }

    fn everything(&self, item: &Item<'a>) -> Result<Sequence<'a>> {
        let mut values = SequenceBuilder::new(&self.meter);
        match item {
            Item::Map(map) => map.iter().try_for_each(|(_, value)| values.extend(value.clone()))?,
            Item::Array(array) => {
                array.members().iter().try_for_each(|member| values.extend(member.clone()))?;
            }
            _ => self.check(item)?,
        }
        Ok(values.finish())
    }

    fn check(&self, item: &Item<'a>) -> Result<()> {
        match item {
            Item::Map(_) | Item::Array(_) => Ok(()),
            _ => Err(no_container(item)),
        }
    }
}

fn find<'a>(item: &Item<'a>, key: &Atomic) -> Result<Sequence<'a>> {
    match item {
        Item::Map(map) => Ok(map.get(key).cloned().unwrap_or_default()),
        Item::Array(array) => match key {
            Atomic::Integer(..) => member_at(array, key).cloned(),
            Atomic::Untyped(_) => member_at(array, &cast::cast(key, AtomicType::Integer)?).cloned(),
            _ => {
                let found = Item::from(key.clone()).describe();
                let text = format!("a position in an array is an xs:integer, found {found}");
                Err(error("XPTY0004", text))
            }
        },
        _ => Err(no_container(item)),
    }
}

fn no_container(item: &Item<'_>) -> Error {
    let found = item.describe();
    error("XPTY0004", format!("\"?\" looks into maps and arrays, found {found}"))
}
