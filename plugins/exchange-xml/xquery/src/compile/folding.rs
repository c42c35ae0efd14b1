//! Expressions of literals, evaluated before the query is.
//!
//! Invariants: what would fail stays as it is, and fails when it is evaluated; nothing that depends
//! on the dynamic context is touched.

use crate::atomic::Atomic;
use crate::atomic::arithmetic::{arithmetic, negate};
use crate::atomic::compare::Comparer;
use crate::collation::{CODEPOINT, Collation};
use crate::expression::{Comparison, Expr, Kind, StaticContext};

/// The same expression, simpler where it can be.
pub(super) fn fold(kind: Kind, context: &StaticContext) -> Kind {
    match kind {
        Kind::Arithmetic(operator, both) => {
            let value = numbers(&both).and_then(|(left, right)| {
                // Numbers have no timezone.
                arithmetic(operator, left, right, 0).ok()
            });
            value.map_or(Kind::Arithmetic(operator, both), Kind::Literal)
        }
        Kind::Negate(operand) => match &operand.kind {
            Kind::Literal(value) if value.type_of().is_numeric() => {
                negate(value).map_or(Kind::Negate(operand), Kind::Literal)
            }
            _ => Kind::Negate(operand),
        },
        Kind::General(how, both) => {
            compare(how, &both, context).unwrap_or(Kind::General(how, both))
        }
        Kind::Value(how, both) => compare(how, &both, context).unwrap_or(Kind::Value(how, both)),
        Kind::And(operands) => connective(operands, false),
        Kind::Or(operands) => connective(operands, true),
        Kind::Not(operand) => match truth(&operand) {
            Some(truth) => boolean(!truth),
            None => Kind::Not(operand),
        },
        Kind::Boolean(operand) => match truth(&operand) {
            Some(truth) => boolean(truth),
            None => Kind::Boolean(operand),
        },
        Kind::If { condition, then, otherwise } => match truth(&condition) {
            Some(true) => then.kind,
            Some(false) => otherwise.kind,
            None => Kind::If { condition, then, otherwise },
        },
        other => other,
    }
}

fn boolean(truth: bool) -> Kind {
    Kind::Literal(Atomic::Boolean(truth))
}

/// A literal `true()` or `false()`.
fn truth(expr: &Expr) -> Option<bool> {
    match &expr.kind {
        Kind::Literal(Atomic::Boolean(truth)) => Some(*truth),
        _ => None,
    }
}

fn literals((left, right): &(Expr, Expr)) -> Option<(&Atomic, &Atomic)> {
    match (&left.kind, &right.kind) {
        (Kind::Literal(left), Kind::Literal(right)) => Some((left, right)),
        _ => None,
    }
}

fn numbers(both: &(Expr, Expr)) -> Option<(&Atomic, &Atomic)> {
    let is_number = |value: &Atomic| value.type_of().is_numeric();
    literals(both).filter(|(left, right)| is_number(left) && is_number(right))
}

fn compare(how: Comparison, both: &(Expr, Expr), context: &StaticContext) -> Option<Kind> {
    let is_text = |value: &Atomic| matches!(value, Atomic::String(..));
    let texts = || literals(both).filter(|(left, right)| is_text(left) && is_text(right));
    let texts = || texts().filter(|_| *context.default_collation == *CODEPOINT);
    let (left, right) = numbers(both).or_else(texts)?;
    let comparer = Comparer { collation: &Collation::Codepoint, implicit_timezone_minutes: 0 };
    comparer.value(how, left, right).ok().map(boolean)
}

/// A chain of `or` where `decisive` is true, of `and` where it is false: one operand that decides
/// does so whatever the others are, and what can't decide is left out.
fn connective(operands: Vec<Expr>, decisive: bool) -> Kind {
    if operands.iter().any(|operand| truth(operand) == Some(decisive)) {
        return boolean(decisive);
    }
    let mut open: Vec<Expr> =
        operands.into_iter().filter(|operand| truth(operand).is_none()).collect();
    match open.len() {
        0 => boolean(!decisive),
        1 => open.pop().map_or(boolean(!decisive), |only| Kind::Boolean(Box::new(only))),
        _ if decisive => Kind::Or(open),
        _ => Kind::And(open),
    }
}
