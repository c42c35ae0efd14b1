//! What a tree answers for a message, by the tables of JMS 3.1, section 3.8.1.2.
//!
//! Invariant: an operand that cannot change the answer any more is not evaluated.

use philter_plugin_api::MessageView;

use crate::expression::{List, Negation, Node};
use crate::value::{Comparison, Operator, Truth, Value, signed};

impl Node {
    /// The truth of this part for a message; unknown where it is no condition.
    pub(crate) fn truth(&self, message: &dyn MessageView) -> Truth {
        match self {
            Self::And(parts) => until(parts, Truth::False, message),
            Self::Or(parts) => until(parts, Truth::True, message),
            Self::Not(operand) => !operand.truth(message),
            Self::Compare(comparison, operands) => {
                let [left, right] = &**operands;
                match left.value(message) {
                    Value::Unknown => Truth::Unknown,
                    left => comparison.compare(&left, &right.value(message)),
                }
            }
            Self::Between(negation, operands) => between(*negation, operands, message),
            Self::In(negation, operand, list) => negation.of(list.has(operand, message)),
            Self::Like(negation, operand, pattern) => match operand.value(message) {
                Value::Text(text) => negation.of(Truth::of(pattern.matches(&text))),
                _ => Truth::Unknown,
            },
            Self::IsNull(negation, operand) => {
                negation.of(Truth::of(operand.value(message) == Value::Unknown))
            }
            Self::Literal(value) => value.truth(),
            Self::Field(field) => field.value(message).truth(),
            // Arithmetic is no condition.
            Self::Sum(..) | Self::Product(..) | Self::Sign { .. } => Truth::Unknown,
        }
    }

    /// The value of this part for a message.
    fn value<'m>(&'m self, message: &'m dyn MessageView) -> Value<'m> {
        match self {
            Self::Literal(Value::Text(text)) => Value::Text((&**text).into()),
            Self::Literal(value) => value.clone(),
            Self::Field(field) => field.value(message),
            Self::Sum(first, rest) | Self::Product(first, rest) => chain(first, rest, message),
            Self::Sign { is_negative, operand } => signed(*is_negative, &operand.value(message)),
            condition => condition.truth(message).into(),
        }
    }
}

impl Negation {
    fn of(self, truth: Truth) -> Truth {
        match self {
            Self::Plain => truth,
            Self::Negated => !truth,
        }
    }
}

/// The parts of an `AND` until one is false, or of an `OR` until one is true: `end`. Without one,
/// unknown where some part is.
fn until(parts: &[Node], end: Truth, message: &dyn MessageView) -> Truth {
    let mut truth = !end;
    for part in parts {
        match part.truth(message) {
            Truth::Unknown => truth = Truth::Unknown,
            found if found == end => return end,
            _ => {}
        }
    }
    truth
}

/// `a BETWEEN b AND c` is `a >= b AND a <= c`, and `a NOT BETWEEN b AND c` is `a < b OR a > c`.
fn between(negation: Negation, operands: &[Node; 3], message: &dyn MessageView) -> Truth {
    let [operand, low, high] = operands;
    let operand = operand.value(message);
    let (below, above, end) = match negation {
        Negation::Plain => (Comparison::GreaterEqual, Comparison::LessEqual, Truth::False),
        Negation::Negated => (Comparison::Less, Comparison::Greater, Truth::True),
    };
    let first = below.compare(&operand, &low.value(message));
    if first == end {
        return end;
    }
    match (first, above.compare(&operand, &high.value(message))) {
        (_, second) if second == end => end,
        (Truth::Unknown, _) | (_, Truth::Unknown) => Truth::Unknown,
        _ => !end,
    }
}

fn chain<'m>(
    first: &'m Node,
    rest: &'m [(Operator, Node)],
    message: &'m dyn MessageView,
) -> Value<'m> {
    let mut value = first.value(message);
    for (operator, node) in rest {
        if value == Value::Unknown {
            break;
        }
        value = operator.apply(&value, &node.value(message));
    }
    value
}

impl List {
    /// Whether some member equals the operand: each is compared as by `=`, all are joined as by
    /// `OR`.
    fn has(&self, operand: &Node, message: &dyn MessageView) -> Truth {
        let operand = operand.value(message);
        match (self, &operand) {
            (_, Value::Unknown) => Truth::Unknown,
            (Self::Texts(texts), Value::Text(text)) => {
                Truth::of(texts.binary_search_by(|other| (**other).cmp(text)).is_ok())
            }
            (Self::Texts(_), _) => Truth::False,
            (Self::Any(members), operand) => {
                let mut truth = Truth::False;
                for member in members {
                    match Comparison::Equal.compare(operand, &member.value(message)) {
                        Truth::True => return Truth::True,
                        Truth::Unknown => truth = Truth::Unknown,
                        Truth::False => {}
                    }
                }
                truth
            }
        }
    }
}

#[cfg(test)]
mod tests;
