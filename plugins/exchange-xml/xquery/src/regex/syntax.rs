//! The parts of a regular expression (XPath Functions 3.1, section 5.6.1; XML Schema 1.1 part 2,
//! appendix G), once read.
//!
//! Invariants: what depends on flags is already decided, but for what `^`, `$` and single
//! characters match; nodes lie no deeper in each other than the limit of nesting and three times
//! as much.

/// A part.
#[derive(Debug)]
pub(super) enum Node {
    /// What matches nothing but the empty string.
    Empty,
    Character(char),
    /// A set of characters, as the crate `regex` writes it; case is seen to.
    Class(Box<str>),
    /// `^`.
    Start,
    /// `$`.
    End,
    /// A group with its number, or one that captures nothing.
    Group(Option<u32>, Box<Node>),
    Sequence(Vec<Node>),
    Choice(Vec<Node>),
    Repeat {
        node: Box<Node>,
        min: u32,
        /// None for no bound.
        max: Option<u32>,
        greedy: bool,
    },
    BackReference(u32),
}

/// A regular expression.
#[derive(Debug)]
pub(super) struct Syntax {
    pub(super) root: Node,
    /// The number of the group that each group lies in, 0 for none; group 1 comes first.
    pub(super) parents: Vec<u32>,
    pub(super) has_anchors: bool,
    pub(super) has_back_references: bool,
}

impl Node {
    /// How many places a matcher may be at: what a search costs for each character, at worst.
    pub(super) fn places(&self) -> u64 {
        match self {
            Self::Empty => 0,
            Self::Character(_)
            | Self::Class(_)
            | Self::Start
            | Self::End
            | Self::BackReference(_) => 1,
            Self::Group(_, node) => node.places().saturating_add(1),
            Self::Sequence(nodes) | Self::Choice(nodes) => {
                nodes.iter().map(Self::places).fold(0, u64::saturating_add)
            }
            Self::Repeat { node, min, max, .. } => {
                let times = u64::from(max.unwrap_or(min.saturating_add(1)));
                node.places().saturating_add(1).saturating_mul(times)
            }
        }
    }
}
