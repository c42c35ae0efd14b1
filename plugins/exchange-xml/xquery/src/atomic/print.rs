//! Values to strings: the canonical forms (XPath Functions 3.1, section 19.1.2).

use std::borrow::Cow;

use super::Atomic;

impl Atomic {
    /// The value as `xs:string`.
    #[must_use]
    pub fn to_text(&self) -> Cow<'_, str> {
        todo!("helper: atomic")
    }
}
