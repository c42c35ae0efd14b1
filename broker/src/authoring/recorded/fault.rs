//! What is wrong in JSON that an author wrote, with the path of the field.

use std::fmt;

/// A field, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) struct Fault {
    /// From the outside in.
    path: Vec<String>,
    why: String,
}

impl Fault {
    /// What is wrong, of the value itself.
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self { path: Vec::new(), why: why.into() }
    }

    /// A field that nobody knows, and those that are known.
    pub(crate) fn unknown(name: &str, known: &[&str]) -> Self {
        Self::new(format!("no such field; there are {}", known.join(", "))).in_field(name)
    }

    /// The same, of a value in this field.
    #[must_use]
    pub(crate) fn in_field(mut self, name: &str) -> Self {
        self.path.insert(0, name.to_owned());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path.join("."))?;
        }
        f.write_str(&self.why)
    }
}
