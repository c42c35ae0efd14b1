//! A compiled expression: a condition, and what is taken out of bodies that meet it.

use philter_plugin_api::Reads;

use crate::path::Path;
use crate::wanted::Wanted;

/// A compiled expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Expression {
    pub(crate) condition: Condition,
    /// Where bodies are redacted; empty where the expression is a condition alone.
    pub(crate) redact: Vec<Path>,
}

/// What is true or false of a message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Condition {
    Always,
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    /// It is there, and neither null nor false.
    Holds(Operand),
    Compare(Operand, Comparison, Operand),
}

/// What is compared.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    Header(String),
    /// A place in the body, and the numbers of the way to it among those that are asked for.
    Body(Path, Vec<usize>),
    Text(String),
    Number(f64),
    Bool(bool),
    Null,
}

/// How it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Expression {
    /// What `matches` and `transform` read of a message. Redacting reads the body: the condition
    /// alone does not say so.
    pub(crate) fn reads(&self) -> Reads {
        let mut reads = Reads::KEY;
        self.condition.visit(&mut |operand| {
            reads = reads
                | match operand {
                    Operand::Header(_) => Reads::HEADERS,
                    Operand::Body(..) => Reads::BODY,
                    _ => Reads::KEY,
                };
        });
        if self.redact.is_empty() { reads } else { reads | Reads::BODY }
    }
}

impl Condition {
    /// Adds what it asks of bodies, and notes the ways to the places.
    pub(crate) fn ask(&mut self, wanted: &mut Wanted) {
        let mut ask = |operand: &mut Operand| {
            if let Operand::Body(path, way) = operand {
                *way = wanted.add(path);
            }
        };
        match self {
            Condition::Always => {}
            Condition::All(conditions) | Condition::Any(conditions) => {
                conditions.iter_mut().for_each(|condition| condition.ask(wanted));
            }
            Condition::Not(condition) => condition.ask(wanted),
            Condition::Holds(operand) => ask(operand),
            Condition::Compare(left, _, right) => {
                ask(left);
                ask(right);
            }
        }
    }

    /// Calls `visit` with every operand, in the order of the expression.
    pub(crate) fn visit<'a>(&'a self, visit: &mut dyn FnMut(&'a Operand)) {
        match self {
            Condition::Always => {}
            Condition::All(conditions) | Condition::Any(conditions) => {
                for condition in conditions {
                    condition.visit(visit);
                }
            }
            Condition::Not(condition) => condition.visit(visit),
            Condition::Holds(operand) => visit(operand),
            Condition::Compare(left, _, right) => {
                visit(left);
                visit(right);
            }
        }
    }
}
