//! Values from outside of an evaluation.
//!
//! Invariant: a node that comes in stays alive until the evaluation ends.

use std::rc::Rc;

use super::{Evaluator, stack};
use crate::error::Result;
use crate::tree::{Node, OwnedNode};
use crate::value::{Array, Item, Map, NodeValue, Sequence, SequenceBuilder, Value};

impl<'a> Evaluator<'a> {
    /// Values as a sequence of this evaluation. Functions can't come in, and are left out.
    ///
    /// # Errors
    ///
    /// Limits.
    pub(crate) fn import(&self, values: &[Value]) -> Result<Sequence<'a>> {
        let mut adopt = |node: &OwnedNode| {
            let tree = self.adopt(node.tree().clone()).tree();
            node.within(tree)
        };
        self.import_by(values, &mut adopt)
    }

    /// The same for values that live as long as the evaluation: nothing is kept.
    pub(super) fn import_borrowed(&self, values: &'a [Value]) -> Result<Sequence<'a>> {
        self.import_by(values, &mut |node: &'a OwnedNode| node.node())
    }

    fn import_by<'v>(
        &self,
        values: &'v [Value],
        adopt: &mut dyn FnMut(&'v OwnedNode) -> Node<'a>,
    ) -> Result<Sequence<'a>> {
        let mut items = SequenceBuilder::new(&self.meter);
        for value in values {
            let item = match value {
                Value::Atomic(atomic) => Item::Atomic(atomic.clone()),
                Value::Node(NodeValue(node)) => Item::Node(adopt(node)),
                Value::Map(entries) => {
                    let mut map = Map::default();
                    for (key, value) in entries {
                        let value = stack(|| self.import_by(value, adopt))?;
                        self.meter.build(size_of::<Sequence<'_>>())?;
                        map.insert(key.clone(), value);
                    }
                    self.meter.value_depth(map.depth())?;
                    Item::Map(Rc::new(map))
                }
                Value::Array(members) => {
                    let mut array = Vec::new();
                    for member in members {
                        self.meter.build(size_of::<Sequence<'_>>())?;
                        array.push(stack(|| self.import_by(member, adopt))?);
                    }
                    let array: Array<'a> = array.into_iter().collect();
                    self.meter.value_depth(array.depth())?;
                    Item::Array(Rc::new(array))
                }
                Value::Function(_) => continue,
            };
            items.push(item)?;
        }
        Ok(items.finish())
    }
}
