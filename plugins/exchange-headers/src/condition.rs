//! What a binding says of one header: that it is there, or that it has a value.
//!
//! Invariant: a condition is decided by the one header that it names.

use philter_plugin_api::{Value, ValueRef};

use crate::comparable::{Comparable, Fixed};

/// A header's name and what is expected of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Condition {
    /// The header's name, compared exactly.
    pub(crate) name: Box<str>,
    /// What is expected.
    pub(crate) expected: Expected,
}

/// What is expected of a header.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expected {
    /// That it is there, with any value or none.
    Present,
    /// That it equals this.
    Fixed(Fixed),
    /// That it is a text, symbol or binary of these bytes.
    Bytes(Box<[u8]>),
    /// That it equals this list, map, array or described value.
    Compound(Value),
    /// NaN, which nothing equals.
    Nothing,
}

impl Condition {
    /// The condition that an argument states.
    pub(crate) fn new(name: &str, value: ValueRef<'_>) -> Self {
        let expected = match Comparable::of(value) {
            Comparable::Void => Expected::Present,
            Comparable::NotANumber => Expected::Nothing,
            Comparable::Fixed(fixed) => Expected::Fixed(fixed),
            Comparable::Bytes(bytes) => Expected::Bytes(bytes.into()),
            // The arguments were walked over when they were parsed; a value that still does not
            // decode equals nothing.
            Comparable::Compound => value.to_value().map_or(Expected::Nothing, Expected::Compound),
        };
        Self { name: name.into(), expected }
    }

    /// Whether the header fulfils it; `None` is a header that is not there.
    pub(crate) fn accepts(&self, actual: Option<ValueRef<'_>>) -> bool {
        let Some(actual) = actual else { return false };
        match &self.expected {
            Expected::Present => true,
            Expected::Fixed(fixed) => Comparable::of(actual) == Comparable::Fixed(*fixed),
            Expected::Bytes(bytes) => Comparable::of(actual) == Comparable::Bytes(bytes),
            Expected::Compound(value) => actual.to_value().is_ok_and(|actual| actual == *value),
            Expected::Nothing => false,
        }
    }

    /// Whether nothing can fulfil it.
    pub(crate) fn is_hopeless(&self) -> bool {
        self.expected == Expected::Nothing
    }
}
