//! What the functions of the library ask of their call: arguments by type, context, limits.
//!
//! Invariant: arguments are converted to the types of the signature already, so a mistake in
//! asking is one of the table: it comes out as an error of types, never as a panic.

use std::borrow::Cow;
use std::rc::Rc;

use super::Call;
use crate::atomic::Atomic;
use crate::atomic::compare::Comparer;
use crate::characters::{collapse, is_ncname};
use crate::collation::Collation;
use crate::error::{Error, ErrorCode, Result};
use crate::evaluate::{Focus, effective_boolean_value, string_value};
use crate::meter::Meter;
use crate::name::QName;
use crate::tree::Node;
use crate::value::{Array, Item, Map, Sequence};

/// The argument at an index from 0; the empty sequence for one that is not given.
pub(crate) fn argument<'s, 'a>(arguments: &'s [Sequence<'a>], index: usize) -> &'s Sequence<'a> {
    const NONE: &Sequence<'static> = &Sequence::Empty;
    arguments.get(index).unwrap_or(NONE)
}

impl<'c, 'a> Call<'c, 'a> {
    /// What the evaluation has left.
    pub(crate) fn meter(&self) -> &'c Meter<'a> {
        &self.evaluator.meter
    }

    /// An error at this call.
    pub(crate) fn error(&self, code: &'static str, text: impl Into<String>) -> Error {
        Error::new(ErrorCode::Standard(code), text).at(self.span)
    }

    /// The context item.
    ///
    /// # Errors
    ///
    /// `XPDY0002` where there is none.
    pub(crate) fn context_item(&self) -> Result<&'c Item<'a>> {
        self.known_focus().map(|focus| &focus.item)
    }

    /// The focus, where there is one.
    ///
    /// # Errors
    ///
    /// `XPDY0002` where there is none.
    pub(crate) fn known_focus(&self) -> Result<&'c Focus<'a>> {
        self.focus.ok_or_else(|| self.error("XPDY0002", "there is no context item"))
    }

    /// The context item as a node.
    ///
    /// # Errors
    ///
    /// `XPDY0002` where there is none, `XPTY0004` where it is no node.
    pub(crate) fn context_node(&self) -> Result<Node<'a>> {
        let item = self.context_item()?;
        let text = || format!("the context item is {}, a node was expected", item.describe());
        item.as_node().ok_or_else(|| self.error("XPTY0004", text()))
    }

    /// What compares values in a collation.
    pub(crate) fn comparer<'x>(&self, collation: &'x Collation) -> Comparer<'x> {
        Comparer {
            collation,
            implicit_timezone_minutes: self.evaluator.implicit_timezone_minutes(),
        }
    }

    /// The atomic value of an argument; none where it is empty.
    pub(crate) fn optional_atomic<'s>(
        &self,
        arguments: &'s [Sequence<'a>],
        index: usize,
    ) -> Result<Option<&'s Atomic>> {
        match argument(arguments, index).first() {
            None => Ok(None),
            Some(Item::Atomic(atomic)) => Ok(Some(atomic)),
            Some(other) => Err(self.unexpected("an atomic value", Some(other))),
        }
    }

    /// The atomic value of an argument.
    pub(crate) fn atomic<'s>(
        &self,
        arguments: &'s [Sequence<'a>],
        index: usize,
    ) -> Result<&'s Atomic> {
        let atomic = self.optional_atomic(arguments, index)?;
        atomic.ok_or_else(|| self.unexpected("an atomic value", None))
    }

    /// The string of an argument; none where it is empty.
    pub(crate) fn optional_text<'s>(
        &self,
        arguments: &'s [Sequence<'a>],
        index: usize,
    ) -> Result<Option<&'s str>> {
        match self.optional_atomic(arguments, index)? {
            None => Ok(None),
            Some(Atomic::String(text, _) | Atomic::Untyped(text) | Atomic::AnyUri(text)) => {
                Ok(Some(text))
            }
            Some(other) => Err(self.unexpected("a string", Some(&other.clone().into()))),
        }
    }

    /// The string of an argument; the empty one where it is empty.
    pub(crate) fn text<'s>(&self, arguments: &'s [Sequence<'a>], index: usize) -> Result<&'s str> {
        Ok(self.optional_text(arguments, index)?.unwrap_or_default())
    }

    /// The integer of an argument; none where it is empty.
    pub(crate) fn optional_integer(
        &self,
        arguments: &[Sequence<'a>],
        index: usize,
    ) -> Result<Option<i128>> {
        match argument(arguments, index).first() {
            None => Ok(None),
            Some(Item::Atomic(Atomic::Integer(number, _))) => Ok(Some(*number)),
            Some(other) => Err(self.unexpected("an integer", Some(other))),
        }
    }

    /// The integer of an argument.
    pub(crate) fn integer(&self, arguments: &[Sequence<'a>], index: usize) -> Result<i128> {
        let number = self.optional_integer(arguments, index)?;
        number.ok_or_else(|| self.unexpected("an integer", None))
    }

    /// The double of an argument; none where it is empty.
    pub(crate) fn optional_double(
        &self,
        arguments: &[Sequence<'a>],
        index: usize,
    ) -> Result<Option<f64>> {
        match argument(arguments, index).first() {
            None => Ok(None),
            Some(Item::Atomic(Atomic::Double(number))) => Ok(Some(*number)),
            Some(other) => Err(self.unexpected("a double", Some(other))),
        }
    }

    /// The double of an argument.
    pub(crate) fn double(&self, arguments: &[Sequence<'a>], index: usize) -> Result<f64> {
        let number = self.optional_double(arguments, index)?;
        number.ok_or_else(|| self.unexpected("a double", None))
    }

    /// The node of an argument; none where it is empty.
    pub(crate) fn optional_node(
        &self,
        arguments: &[Sequence<'a>],
        index: usize,
    ) -> Result<Option<Node<'a>>> {
        match argument(arguments, index).first() {
            None => Ok(None),
            Some(Item::Node(node)) => Ok(Some(*node)),
            Some(other) => Err(self.unexpected("a node", Some(other))),
        }
    }

    /// The node of an argument, none where it is empty; the context item where it is not given.
    ///
    /// # Errors
    ///
    /// As [`Self::context_node`].
    pub(crate) fn node_or_context(
        &self,
        arguments: &[Sequence<'a>],
        index: usize,
    ) -> Result<Option<Node<'a>>> {
        match arguments.len() > index {
            true => self.optional_node(arguments, index),
            false => self.context_node().map(Some),
        }
    }

    /// The string of the first argument, empty where that is; the string value of the context item
    /// where it is not given.
    ///
    /// # Errors
    ///
    /// As [`Self::context_item`] and [`Self::string_value`].
    pub(crate) fn text_or_context<'s>(&self, arguments: &'s [Sequence<'a>]) -> Result<Cow<'s, str>>
    where
        'c: 's,
    {
        match arguments.is_empty() {
            false => self.text(arguments, 0).map(Cow::Borrowed),
            true => self.string_value(self.context_item()?),
        }
    }

    /// The map of an argument.
    pub(crate) fn map<'s>(
        &self,
        arguments: &'s [Sequence<'a>],
        index: usize,
    ) -> Result<&'s Rc<Map<'a>>> {
        match argument(arguments, index).only() {
            Some(Item::Map(map)) => Ok(map),
            other => Err(self.unexpected("a map", other)),
        }
    }

    /// The array of an argument.
    pub(crate) fn array<'s>(
        &self,
        arguments: &'s [Sequence<'a>],
        index: usize,
    ) -> Result<&'s Rc<Array<'a>>> {
        match argument(arguments, index).only() {
            Some(Item::Array(array)) => Ok(array),
            other => Err(self.unexpected("an array", other)),
        }
    }

    /// The function of an argument, to be called by [`Evaluator::call`].
    ///
    /// [`Evaluator::call`]: crate::evaluate::Evaluator::call
    pub(crate) fn function<'s>(
        &self,
        arguments: &'s [Sequence<'a>],
        index: usize,
    ) -> Result<&'s Item<'a>> {
        match argument(arguments, index).only() {
            Some(item @ (Item::Function(_) | Item::Map(_) | Item::Array(_))) => Ok(item),
            other => Err(self.unexpected("a function", other)),
        }
    }

    /// Whether a function's result has a true effective boolean value.
    pub(crate) fn holds(&self, function: &Item<'a>, arguments: Vec<Sequence<'a>>) -> Result<bool> {
        let result = self.evaluator.call(function, arguments)?;
        effective_boolean_value(&result).map_err(|error| error.at(self.span))
    }

    /// Counts a sequence of known length before it is made.
    pub(crate) fn reserve(&self, items: usize) -> Result<()> {
        self.meter().items(items)?;
        self.meter().steps(items as u64)?;
        self.meter().build(items.saturating_mul(size_of::<Item<'_>>()))
    }

    /// Adds items to those gathered so far, counted before they are kept.
    pub(crate) fn gather(&self, gathered: &mut Vec<Item<'a>>, items: Sequence<'a>) -> Result<()> {
        let more = items.len();
        self.meter().steps(more as u64)?;
        let length = gathered.len().saturating_add(more);
        if length > gathered.capacity() {
            self.meter().items(length)?;
            let capacity = length.max(gathered.capacity().saturating_mul(2)).max(4);
            self.meter().build((capacity - gathered.capacity()) * size_of::<Item<'_>>())?;
            gathered.reserve_exact(capacity - gathered.len());
        }
        gathered.extend(items.into_iter());
        Ok(())
    }

    /// Sequences one behind the other.
    pub(crate) fn concatenate(&self, sequences: &[&Sequence<'a>]) -> Result<Sequence<'a>> {
        let mut gathered = Vec::new();
        for sequence in sequences {
            self.gather(&mut gathered, (*sequence).clone())?;
        }
        Ok(gathered.into())
    }

    /// The string value of an item (`fn:string`): nothing is copied for a node.
    ///
    /// # Errors
    ///
    /// `FOTY0014` for a function.
    pub(crate) fn string_value<'s>(&self, item: &'s Item<'a>) -> Result<Cow<'s, str>> {
        string_value(item).map_err(|error| error.at(self.span))
    }

    /// The name that an `EQName` stands for, by the prefixes of the static context; none without a
    /// prefix is in no namespace. None where the text is no name or the prefix is not known.
    pub(crate) fn eqname(&self, text: &str) -> Option<QName> {
        let (namespace, local) = match text.strip_prefix("Q{") {
            Some(braced) => {
                let (uri, local) = braced.split_once('}')?;
                let is_name = is_ncname(local) && !uri.contains('{');
                return is_name.then(|| QName::new(&collapse(uri), local));
            }
            None => match text.split_once(':') {
                Some((prefix, local)) => {
                    let mut namespaces = self.context.namespaces.iter().rev();
                    (&*namespaces.find(|known| *known.0 == *prefix)?.1, local)
                }
                None => ("", text),
            },
        };
        is_ncname(local).then(|| QName::new(namespace, local))
    }

    /// The error of an argument of another type than the signature has.
    pub(super) fn unexpected(&self, expected: &str, found: Option<&Item<'a>>) -> Error {
        let found = found.map_or("nothing".to_owned(), Item::describe);
        self.error("XPTY0004", format!("{expected} was expected, found {found}"))
    }
}
