//! A compiled selector: parsed once, asked for each message.

use std::fmt;
use std::str::FromStr;

use philter_plugin_api::{MessageView, Reads};

use crate::error::SelectorError;
use crate::expression::Node;
use crate::field::Field;
use crate::parser::parse;
use crate::value::Truth;

/// A compiled selector. It prints as a selector that means the same, with every keyword in capitals
/// and no needless parentheses.
#[derive(Clone, Debug, PartialEq)]
pub struct Selector {
    root: Node,
    reads: Reads,
}

impl FromStr for Selector {
    type Err = SelectorError;

    /// Compiles a selector.
    fn from_str(text: &str) -> Result<Self, SelectorError> {
        let root = parse(text).map_err(|located| located.in_selector(text))?;
        let mut read = Reads::default();
        root.fields(&mut |field| read = read | field.reads());
        // There is no set for "nothing": it is said as the routing key.
        let reads = if read == Reads::default() { Reads::KEY } else { read };
        Ok(Self { root, reads })
    }
}

impl Selector {
    /// Whether the message is selected: the answer is true, neither false nor unknown.
    pub fn selects(&self, message: &dyn MessageView) -> bool {
        self.answer(message) == Truth::True
    }

    /// What the selector answers for a message (JMS 3.1, section 3.8.1.2).
    pub fn answer(&self, message: &dyn MessageView) -> Truth {
        self.root.truth(message)
    }

    /// What of a message the answer depends on; never the body.
    pub fn reads(&self) -> Reads {
        self.reads
    }

    /// The fields that it names, each once, in the order of their names.
    pub(crate) fn fields(&self) -> Vec<&Field> {
        let mut fields = Vec::new();
        self.root.fields(&mut |field| fields.push(field));
        fields.sort_unstable_by_key(|field| field.name());
        fields.dedup_by_key(|field| field.name());
        fields
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.fmt(f)
    }
}
