//! A selector as a tree.
//!
//! Invariants: chains of `AND`, `OR`, `+` and `*` are one node each, so the tree is as deep as its
//! parentheses, `NOT`s and signs are, and no deeper; the text that it prints reads as the same
//! tree.

mod printing;

use crate::field::Field;
use crate::like::LikePattern;
use crate::value::{Comparison, Operator, Value};

/// A part of a selector. Any part may stand where a value is wanted, and is unknown where its type
/// does not suit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    Literal(Value<'static>),
    Field(Field),
    Or(Vec<Node>),
    And(Vec<Node>),
    Not(Box<Node>),
    Compare(Comparison, Box<[Node; 2]>),
    /// `operand BETWEEN low AND high`.
    Between(Negation, Box<[Node; 3]>),
    In(Negation, Box<Node>, List),
    Like(Negation, Box<Node>, Box<LikePattern>),
    IsNull(Negation, Box<Node>),
    /// Additions and subtractions, from left to right.
    Sum(Box<Node>, Vec<(Operator, Node)>),
    /// Multiplications and divisions, from left to right.
    Product(Box<Node>, Vec<(Operator, Node)>),
    Sign {
        is_negative: bool,
        operand: Box<Node>,
    },
}

/// Whether a condition is written with `NOT` inside, as in `NOT LIKE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Negation {
    Plain,
    Negated,
}

/// What an `IN` asks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum List {
    /// Text literals alone, sorted, each once.
    Texts(Box<[Box<str>]>),
    Any(Box<[Node]>),
}

impl List {
    /// The list of these members.
    pub(crate) fn of(members: Vec<Node>) -> Self {
        let texts = members.iter().map(|member| match member {
            Node::Literal(Value::Text(text)) => Some(Box::from(&**text)),
            _ => None,
        });
        match texts.collect::<Option<Vec<Box<str>>>>() {
            Some(mut texts) => {
                texts.sort_unstable();
                texts.dedup();
                Self::Texts(texts.into())
            }
            None => Self::Any(members.into()),
        }
    }
}

impl Node {
    /// Shows every field that the selector names, as often as it names it.
    pub(crate) fn fields<'n>(&'n self, visit: &mut dyn FnMut(&'n Field)) {
        match self {
            Self::Literal(_) => {}
            Self::Field(field) => visit(field),
            Self::Or(parts) | Self::And(parts) => all(parts, visit),
            Self::Not(operand)
            | Self::Like(_, operand, _)
            | Self::IsNull(_, operand)
            | Self::Sign { operand, .. } => operand.fields(visit),
            Self::Compare(_, operands) => all(&**operands, visit),
            Self::Between(_, operands) => all(&**operands, visit),
            Self::In(_, operand, list) => {
                operand.fields(visit);
                if let List::Any(members) = list {
                    all(members, visit);
                }
            }
            Self::Sum(first, rest) | Self::Product(first, rest) => {
                first.fields(visit);
                all(rest.iter().map(|(_, node)| node), visit);
            }
        }
    }
}

fn all<'n>(nodes: impl IntoIterator<Item = &'n Node>, visit: &mut dyn FnMut(&'n Field)) {
    nodes.into_iter().for_each(|node| node.fields(visit));
}
