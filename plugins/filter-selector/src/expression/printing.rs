//! A tree as text, with no parentheses but those that it needs.

use std::fmt::{self, Display, Formatter};

use super::{List, Negation, Node};
use crate::identifier::{is_part, is_start};
use crate::like::LikePattern;
use crate::token::Keyword;
use crate::value::{Comparison, Operator, Value};

/// How tightly a part holds together; one that stands where a tighter one is wanted gets
/// parentheses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tightness {
    Or,
    And,
    Not,
    Condition,
    Sum,
    Product,
    Sign,
    Value,
}

impl Display for Node {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(value) => literal(value, f),
            Self::Field(field) => identifier(field.name(), f),
            Self::Or(parts) => separated(parts, " OR ", Tightness::And, f),
            Self::And(parts) => separated(parts, " AND ", Tightness::Not, f),
            Self::Not(operand) => write!(f, "NOT {}", Inside(operand, Tightness::Not)),
            Self::Compare(comparison, operands) => {
                let [left, right] = operands.each_ref().map(operand);
                write!(f, "{left} {} {right}", spelling(*comparison))
            }
            Self::Between(negation, operands) => {
                let [operand, low, high] = operands.each_ref().map(operand);
                write!(f, "{operand} {negation}BETWEEN {low} AND {high}")
            }
            Self::In(negation, node, list) => {
                write!(f, "{} {negation}IN ({list})", operand(node))
            }
            Self::Like(negation, node, pattern) => {
                write!(f, "{} {negation}LIKE {pattern}", operand(node))
            }
            Self::IsNull(negation, node) => write!(f, "{} IS {negation}NULL", operand(node)),
            Self::Sum(first, rest) => chain(first, rest, Tightness::Product, f),
            Self::Product(first, rest) => chain(first, rest, Tightness::Sign, f),
            Self::Sign { is_negative, operand } => sign(*is_negative, operand, f),
        }
    }
}

/// A part where at least this tightness is wanted.
struct Inside<'n>(&'n Node, Tightness);

impl Display for Inside<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match tightness(self.0) >= self.1 {
            true => self.0.fmt(f),
            false => write!(f, "({})", self.0),
        }
    }
}

fn operand(node: &Node) -> Inside<'_> {
    Inside(node, Tightness::Sum)
}

fn tightness(node: &Node) -> Tightness {
    match node {
        Node::Literal(_) | Node::Field(_) => Tightness::Value,
        Node::Or(_) => Tightness::Or,
        Node::And(_) => Tightness::And,
        Node::Not(_) => Tightness::Not,
        Node::Compare(..) | Node::Between(..) => Tightness::Condition,
        Node::In(..) | Node::Like(..) | Node::IsNull(..) => Tightness::Condition,
        Node::Sum(..) => Tightness::Sum,
        Node::Product(..) => Tightness::Product,
        Node::Sign { .. } => Tightness::Sign,
    }
}

fn separated(
    parts: &[Node],
    separator: &str,
    wanted: Tightness,
    f: &mut Formatter<'_>,
) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        f.write_str(if index == 0 { "" } else { separator })?;
        Inside(part, wanted).fmt(f)?;
    }
    Ok(())
}

fn chain(
    first: &Node,
    rest: &[(Operator, Node)],
    wanted: Tightness,
    f: &mut Formatter<'_>,
) -> fmt::Result {
    Inside(first, wanted).fmt(f)?;
    rest.iter().try_for_each(|(operator, node)| {
        let operator = match operator {
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
        };
        write!(f, " {operator} {}", Inside(node, wanted))
    })
}

/// A sign right before a number without one would be the number's own.
fn sign(is_negative: bool, operand: &Node, f: &mut Formatter<'_>) -> fmt::Result {
    let has_none = match operand {
        Node::Literal(Value::Integer(number)) => *number >= 0,
        Node::Literal(Value::Double(number)) => number.is_sign_positive(),
        _ => false,
    };
    f.write_str(if is_negative { "-" } else { "+" })?;
    match has_none {
        true => write!(f, "({operand})"),
        false => Inside(operand, Tightness::Sign).fmt(f),
    }
}

fn spelling(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "=",
        Comparison::NotEqual => "<>",
        Comparison::Less => "<",
        Comparison::LessEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterEqual => ">=",
    }
}

fn literal(value: &Value<'_>, f: &mut Formatter<'_>) -> fmt::Result {
    match value {
        Value::Unknown => f.write_str("NULL"),
        Value::Bool(true) => f.write_str("TRUE"),
        Value::Bool(false) => f.write_str("FALSE"),
        Value::Integer(number) => number.fmt(f),
        Value::Double(number) => write!(f, "{number:?}"),
        Value::Text(text) => write!(f, "'{}'", text.replace('\'', "''")),
    }
}

/// In quotes where the name alone would not read as an identifier.
fn identifier(name: &str, f: &mut Formatter<'_>) -> fmt::Result {
    let is_plain = name.starts_with(is_start)
        && name.chars().all(|c| is_part(c) || is_start(c))
        && Keyword::of(name).is_none();
    match is_plain {
        true => f.write_str(name),
        false => write!(f, "\"{}\"", name.replace('"', "\"\"")),
    }
}

impl Display for Negation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain => Ok(()),
            Self::Negated => f.write_str("NOT "),
        }
    }
}

impl Display for List {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any(members) => separated(members, ", ", Tightness::Sum, f),
            Self::Texts(texts) => texts.iter().enumerate().try_for_each(|(index, text)| {
                f.write_str(if index == 0 { "" } else { ", " })?;
                write!(f, "'{}'", text.replace('\'', "''"))
            }),
        }
    }
}

impl Display for LikePattern {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'", self.text().replace('\'', "''"))?;
        match self.escape() {
            Some('\'') => f.write_str(" ESCAPE ''''"),
            Some(escape) => write!(f, " ESCAPE '{escape}'"),
            None => Ok(()),
        }
    }
}
