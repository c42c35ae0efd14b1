//! Three-valued logic the plain way: every operand is evaluated, a missing answer is `None`,
//! integers are computed with twice the bits and cut down.

use std::cmp::Ordering;

use proptest::prelude::*;

use crate::tree::{NAMES, Tree};

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Datum {
    Null,
    Bool(bool),
    Long(i64),
    Double(f64),
    Text(String),
}

/// Values by name.
pub(crate) type Headers = Vec<(&'static str, Datum)>;

pub(crate) fn headers() -> impl Strategy<Value = Headers> {
    prop::collection::vec(datum(), NAMES.len())
        .prop_map(|data| NAMES.into_iter().zip(data).collect())
}

pub(crate) fn datum() -> impl Strategy<Value = Datum> {
    prop_oneof![
        1 => Just(Datum::Null),
        2 => any::<bool>().prop_map(Datum::Bool),
        3 => (-3_i64..4).prop_map(Datum::Long),
        1 => prop::sample::select(&[i64::MAX, i64::MIN, 1 << 53, (1 << 53) + 1][..])
            .prop_map(Datum::Long),
        2 => (-3_i8..4).prop_map(|halves| Datum::Double(f64::from(halves) / 2.0)),
        2 => "[xy']{0,3}".prop_map(Datum::Text),
    ]
}

impl Datum {
    /// As a literal; none for NULL.
    pub(crate) fn literal(&self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Bool(it) => Some(it.to_string()),
            // With its sign, the least one is a number; without, it would be too great for one.
            Self::Long(it) if *it % 2 == 0 || *it < 0 => Some(it.to_string()),
            Self::Long(it) => Some(format!("0x{it:X}L")),
            Self::Double(it) => Some(format!("{it:?}D")),
            Self::Text(it) => Some(format!("'{}'", it.replace('\'', "''"))),
        }
    }

    fn condition(&self) -> Option<bool> {
        if let Self::Bool(it) = self { Some(*it) } else { None }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Self::Long(it) => Some(*it as f64),
            Self::Double(it) => Some(*it),
            _ => None,
        }
    }
}

pub(crate) fn truth(tree: &Tree, headers: &Headers) -> Option<bool> {
    datum_of(tree, headers).condition()
}

fn datum_of(tree: &Tree, headers: &Headers) -> Datum {
    let value = |tree: &Tree| datum_of(tree, headers);
    let answer = match tree {
        Tree::Literal(_, datum) => return datum.clone(),
        Tree::Name(name) => {
            let found = headers.iter().find(|(other, _)| other == name);
            return found.map_or(Datum::Null, |(_, datum)| datum.clone());
        }
        Tree::Parentheses(inner) => return value(inner),
        Tree::Prefix("NOT ", inner) => value(inner).condition().map(|it| !it),
        Tree::Prefix("-", inner) => return arithmetic("*", &Datum::Long(-1), &value(inner)),
        Tree::Prefix(_, inner) => return arithmetic("*", &Datum::Long(1), &value(inner)),
        Tree::Infix(left, operator, right) => {
            let (left, right) = (value(left), value(right));
            match *operator {
                "AND" => and(left.condition(), right.condition()),
                "or" => or(left.condition(), right.condition()),
                "+" | "-" | "*" | "/" => return arithmetic(operator, &left, &right),
                comparison => compare(comparison, &left, &right),
            }
        }
        Tree::Between(inner, negated, low, high) => {
            let (inner, low, high) = (value(inner), value(low), value(high));
            match negated {
                false => and(compare(">=", &inner, &low), compare("<=", &inner, &high)),
                true => or(compare("<", &inner, &low), compare(">", &inner, &high)),
            }
        }
        Tree::In(inner, negated, members) => {
            let inner = value(inner);
            let equal = members.iter().map(|member| compare("=", &inner, &value(member)));
            equal.fold(Some(false), or).map(|it| it != *negated)
        }
        Tree::Like(inner, negated, pattern) => match value(inner) {
            Datum::Text(text) => Some(like(text.as_bytes(), pattern.as_bytes()) != *negated),
            _ => None,
        },
        Tree::IsNull(inner, negated) => Some((value(inner) == Datum::Null) != *negated),
    };
    answer.map_or(Datum::Null, Datum::Bool)
}

fn and(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    if left == Some(false) || right == Some(false) { Some(false) } else { Some(left? && right?) }
}

fn or(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    if left == Some(true) || right == Some(true) { Some(true) } else { Some(left? || right?) }
}

fn compare(operator: &str, left: &Datum, right: &Datum) -> Option<bool> {
    let order = match (left, right) {
        (Datum::Null, _) | (_, Datum::Null) => return None,
        (Datum::Long(left), Datum::Long(right)) => Some(left.cmp(right)),
        (Datum::Text(_), Datum::Text(_)) | (Datum::Bool(_), Datum::Bool(_)) => {
            return Some((operator == "=" && left == right) || (operator == "<>" && left != right));
        }
        _ => match (left.number(), right.number()) {
            (Some(left), Some(right)) => left.partial_cmp(&right),
            _ => return Some(false),
        },
    };
    let fitting: &[&str] = match order {
        Some(Ordering::Equal) => &["=", "<=", ">="],
        Some(Ordering::Less) => &["<", "<=", "<>"],
        Some(Ordering::Greater) => &[">", ">=", "<>"],
        None => &["<>"],
    };
    Some(fitting.contains(&operator))
}

fn arithmetic(operator: &str, left: &Datum, right: &Datum) -> Datum {
    if let (Datum::Long(left), Datum::Long(right)) = (left, right) {
        let (left, right) = (i128::from(*left), i128::from(*right));
        return match operator {
            "+" => Datum::Long((left + right) as i64),
            "-" => Datum::Long((left - right) as i64),
            "*" => Datum::Long((left * right) as i64),
            _ if right == 0 => Datum::Null,
            _ => Datum::Long((left / right) as i64),
        };
    }
    match (left.number(), right.number()) {
        (Some(left), Some(right)) => match operator {
            "+" => Datum::Double(left + right),
            "-" => Datum::Double(left - right),
            "*" => Datum::Double(left * right),
            _ if right == 0.0 => Datum::Null,
            _ => Datum::Double(left / right),
        },
        _ => Datum::Null,
    }
}

fn like(text: &[u8], pattern: &[u8]) -> bool {
    match (pattern, text) {
        ([], _) => text.is_empty(),
        ([b'%', rest @ ..], _) => (0..=text.len()).any(|skipped| like(&text[skipped..], rest)),
        ([b'_', rest @ ..], [_, text @ ..]) => like(text, rest),
        ([one, rest @ ..], [found, text @ ..]) => one == found && like(text, rest),
        _ => false,
    }
}
