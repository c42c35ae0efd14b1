//! A sequence that is kept.
//!
//! Invariants: a clone and a part share the items; one item needs no allocation.

use std::rc::Rc;

use super::Item;

/// Items in order.
#[derive(Clone, Debug, Default)]
pub(crate) enum Sequence<'a> {
    #[default]
    Empty,
    One(Item<'a>),
    /// A range of shared items.
    Many {
        items: Rc<Vec<Item<'a>>>,
        start: usize,
        end: usize,
    },
}

impl<'a> Sequence<'a> {
    /// How many items there are.
    pub(crate) fn len(&self) -> usize {
        self.as_slice().len()
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The items.
    pub(crate) fn as_slice(&self) -> &[Item<'a>] {
        match self {
            Self::Empty => &[],
            Self::One(item) => std::slice::from_ref(item),
            Self::Many { items, start, end } => items.get(*start..*end).unwrap_or_default(),
        }
    }

    /// The items one by one.
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Item<'a>> {
        self.as_slice().iter()
    }

    /// The first item.
    pub(crate) fn first(&self) -> Option<&Item<'a>> {
        self.as_slice().first()
    }

    /// The item at an index from 0.
    pub(crate) fn get(&self, index: usize) -> Option<&Item<'a>> {
        self.as_slice().get(index)
    }

    /// The only item; none where there is none or more than one.
    pub(crate) fn only(&self) -> Option<&Item<'a>> {
        match self.as_slice() {
            [item] => Some(item),
            _ => None,
        }
    }

    /// The items from `from` (from 0) to before `to`, cut to what there is.
    pub(crate) fn slice(&self, from: usize, to: usize) -> Self {
        let to = to.min(self.len());
        if from >= to {
            return Self::Empty;
        }
        match self {
            Self::Many { items, start, .. } if to - from > 1 => {
                Self::Many { items: Rc::clone(items), start: start + from, end: start + to }
            }
            _ => self.get(from).cloned().map_or(Self::Empty, Self::One),
        }
    }

    /// The items as an owned vector, without copying where nobody else has them.
    pub(crate) fn into_vec(self) -> Vec<Item<'a>> {
        match self {
            Self::Empty => Vec::new(),
            Self::One(item) => vec![item],
            Self::Many { items, start, end } => match Rc::try_unwrap(items) {
                Ok(mut items) => {
                    items.truncate(end);
                    items.drain(..start.min(items.len()));
                    items
                }
                Err(items) => items.get(start..end).unwrap_or_default().to_vec(),
            },
        }
    }

    /// The items one by one, without copying where nobody else has them.
    pub(crate) fn into_iter(self) -> impl Iterator<Item = Item<'a>> {
        let (one, many) = match self {
            Self::Empty => (None, Vec::new()),
            Self::One(item) => (Some(item), Vec::new()),
            many => (None, many.into_vec()),
        };
        one.into_iter().chain(many)
    }

    /// How many maps, arrays and functions lie in each other.
    pub(crate) fn depth(&self) -> usize {
        self.iter().map(Item::depth).max().unwrap_or(0)
    }
}

impl<'a> From<Vec<Item<'a>>> for Sequence<'a> {
    fn from(mut items: Vec<Item<'a>>) -> Self {
        if items.len() > 1 {
            let end = items.len();
            return Self::Many { items: Rc::new(items), start: 0, end };
        }
        items.pop().map_or(Self::Empty, Self::One)
    }
}

impl<'a, T: Into<Item<'a>>> From<T> for Sequence<'a> {
    fn from(item: T) -> Self {
        Self::One(item.into())
    }
}

impl<'a> From<Option<Item<'a>>> for Sequence<'a> {
    fn from(item: Option<Item<'a>>) -> Self {
        item.map_or(Self::Empty, Self::One)
    }
}

impl<'a> FromIterator<Item<'a>> for Sequence<'a> {
    fn from_iter<I: IntoIterator<Item = Item<'a>>>(items: I) -> Self {
        items.into_iter().collect::<Vec<_>>().into()
    }
}
