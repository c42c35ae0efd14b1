//! A place in a JSON body: `$`, `$.order.card`, `$.items[0]`, `$["any name"]`.

use std::fmt;

use serde_json::Value;

use crate::json::Json;
use crate::token::is_word;

/// Steps of a path: as many levels as serde_json reads. Each is some of the stack.
pub(crate) const STEPS_MAX: usize = 127;

/// A place in a JSON body.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Path(pub(crate) Vec<Step>);

/// A step down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Member(String),
    Element(usize),
}

/// Replaces what is at the end of these steps, each member of a name that stands several times
/// too, and says whether something was there.
pub(crate) fn replace(steps: &[Step], value: &mut Json<'_>, with: &'static str) -> bool {
    let Some((first, rest)) = steps.split_first() else {
        *value = Json::Text(with.into());
        return true;
    };
    match first {
        Step::Member(name) => {
            let changed = value.members_mut(name).map(|member| replace(rest, member, with));
            changed.fold(false, |before, changed| before | changed)
        }
        Step::Element(index) => {
            value.element_mut(*index).is_some_and(|element| replace(rest, element, with))
        }
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
