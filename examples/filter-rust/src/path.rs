//! A place in a JSON body: `$`, `$.order.card`, `$.items[0]`, `$["any name"]`.

use std::fmt;

use serde_json::Value;

use crate::token::is_word;

/// A place in a JSON body.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Path(pub(crate) Vec<Step>);

/// A step down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Member(String),
    Element(usize),
}

impl Path {
    /// What is there.
    pub(crate) fn find<'a>(&self, body: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(body, |value, step| match step {
            Step::Member(name) => value.get(name),
            Step::Element(index) => value.get(index),
        })
    }

    /// Replaces what is there, and says whether something was.
    pub(crate) fn replace(&self, body: &mut Value, with: Value) -> bool {
        let place = self.0.iter().try_fold(body, |value, step| match step {
            Step::Member(name) => value.get_mut(name),
            Step::Element(index) => value.get_mut(index),
        });
        place.map(|place| *place = with).is_some()
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        self.0.iter().try_for_each(|step| match step {
            Step::Member(name) if is_word(name) => write!(f, ".{name}"),
            Step::Member(name) => write!(f, "[{}]", Value::from(name.as_str())),
            Step::Element(index) => write!(f, "[{index}]"),
        })
    }
}
