//! Paths that lead down from the document node: what an automaton can follow in one pass.

use std::fmt;
use std::sync::Arc;

/// Steps from the document node; none: the document node itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Path {
    /// In order.
    pub steps: Vec<PathStep>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PathStep {
    /// Whether it may begin any number of elements further down (`//`).
    pub below: bool,
    /// Which nodes it leads to.
    pub kind: StepKind,
    /// What they are called.
    pub test: StepTest,
}

/// The nodes that a step leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StepKind {
    /// Child elements.
    Element,
    /// Attributes.
    Attribute,
    /// Text nodes.
    Text,
}

/// A test of a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StepTest {
    /// Any name, or a text node.
    Any,
    /// Namespace (empty for none) and local part.
    Name(Arc<str>, Arc<str>),
    /// Any name of this namespace.
    Namespace(Arc<str>),
    /// This local part in any namespace.
    Local(Arc<str>),
}

impl StepTest {
    /// Whether a name passes.
    #[must_use]
    pub fn matches(&self, namespace: &str, local: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Name(wanted, name) => **wanted == *namespace && **name == *local,
            Self::Namespace(wanted) => **wanted == *namespace,
            Self::Local(name) => **name == *local,
        }
    }
}

impl Path {
    /// This path and one step more.
    pub(crate) fn then(&self, step: PathStep) -> Self {
        let mut steps = self.steps.clone();
        steps.push(step);
        Self { steps }
    }

    /// Whether it leads to one node at the most, in any document: a document has one root element,
    /// and an element one attribute of a name.
    pub(crate) fn is_single(&self) -> bool {
        let one_name = |test: &StepTest| matches!(test, StepTest::Name(..));
        match self.steps.as_slice() {
            [] => true,
            [root] => !root.below && root.kind == StepKind::Element,
            [root, attribute] => {
                let is_root = !root.below && root.kind == StepKind::Element;
                let is_attribute = !attribute.below && attribute.kind == StepKind::Attribute;
                is_root && is_attribute && one_name(&attribute.test)
            }
            _ => false,
        }
    }

    /// Whether it begins with all of `other`'s steps.
    pub(crate) fn extends(&self, other: &Self) -> bool {
        self.steps.starts_with(&other.steps)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.steps.is_empty() {
            return f.write_str("/");
        }
        self.steps.iter().try_for_each(|step| step.fmt(f))
    }
}

impl fmt::Display for PathStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.below { "//" } else { "/" })?;
        match self.kind {
            StepKind::Element => {}
            StepKind::Attribute => f.write_str("@")?,
            StepKind::Text => return f.write_str("text()"),
        }
        match &self.test {
            StepTest::Any => f.write_str("*"),
            StepTest::Name(namespace, local) if namespace.is_empty() => f.write_str(local),
            StepTest::Name(namespace, local) => write!(f, "Q{{{namespace}}}{local}"),
            StepTest::Namespace(namespace) => write!(f, "Q{{{namespace}}}*"),
            StepTest::Local(local) => write!(f, "*:{local}"),
        }
    }
}
