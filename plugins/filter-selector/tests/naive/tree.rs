//! Random trees, and the text of each: with all parentheses, or with those alone that the
//! precedence of operators asks for.

use std::fmt;

use proptest::prelude::*;

/// A selector as it is made up.
#[derive(Clone, Debug)]
pub(crate) enum Tree {
    /// Its text, and what it is.
    Literal(String, crate::evaluator::Datum),
    Name(&'static str),
    /// `NOT`, `-`, `+`.
    Prefix(&'static str, Box<Tree>),
    /// `AND`, `OR`, comparisons and arithmetic.
    Infix(Box<Tree>, &'static str, Box<Tree>),
    Between(Box<Tree>, bool, Box<Tree>, Box<Tree>),
    In(Box<Tree>, bool, Vec<Tree>),
    Like(Box<Tree>, bool, String),
    IsNull(Box<Tree>, bool),
    /// What needs no parentheses has some.
    Parentheses(Box<Tree>),
}

/// Identifiers; messages have values for some of them.
pub(crate) const NAMES: [&str; 4] = ["a", "b", "c", "d"];

const INFIX: [&str; 12] = ["AND", "or", "=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/"];

pub(crate) fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        2 => crate::evaluator::datum().prop_filter_map("NULL is no literal", literal),
        3 => prop::sample::select(&NAMES[..]).prop_map(Tree::Name),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        let one = inner.clone().prop_map(Box::new).boxed();
        let prefix = prop::sample::select(&["NOT ", "-", "+"][..]);
        let infix = prop::sample::select(&INFIX[..]);
        let members = prop::collection::vec(inner, 1..4);
        prop_oneof![
            2 => (prefix, one.clone()).prop_map(|(sign, tree)| Tree::Prefix(sign, tree)),
            6 => (one.clone(), infix, one.clone()).prop_map(|(a, op, b)| Tree::Infix(a, op, b)),
            1 => (one.clone(), any::<bool>(), one.clone(), one.clone())
                .prop_map(|(a, not, b, c)| Tree::Between(a, not, b, c)),
            1 => (one.clone(), any::<bool>(), members).prop_map(|(a, not, b)| Tree::In(a, not, b)),
            1 => (one.clone(), any::<bool>(), "[xy%_]{0,4}")
                .prop_map(|(a, not, pattern)| Tree::Like(a, not, pattern)),
            1 => (one.clone(), any::<bool>()).prop_map(|(a, not)| Tree::IsNull(a, not)),
            1 => one.prop_map(Tree::Parentheses),
        ]
    })
}

fn literal(datum: crate::evaluator::Datum) -> Option<Tree> {
    datum.literal().map(|text| Tree::Literal(text, datum))
}

impl Tree {
    /// The greater, the tighter it holds together.
    fn tightness(&self) -> u8 {
        match self {
            Self::Infix(_, "or", _) => 0,
            Self::Infix(_, "AND", _) => 1,
            Self::Prefix("NOT ", _) => 2,
            Self::Infix(_, "+" | "-", _) => 4,
            Self::Infix(_, "*" | "/", _) => 5,
            Self::Prefix(..) => 6,
            Self::Literal(..) | Self::Name(_) | Self::Parentheses(_) => 7,
            _ => 3,
        }
    }

    fn at_least(&self, tightness: u8) -> String {
        if self.tightness() < tightness { format!("({self})") } else { self.to_string() }
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not = |negated: &bool| if *negated { "NOT " } else { "" };
        let own = self.tightness();
        match self {
            Self::Literal(text, _) => f.write_str(text),
            Self::Name(name) => f.write_str(name),
            Self::Prefix(sign, tree) => write!(f, "{sign}{}", tree.at_least(own)),
            Self::Infix(left, operator, right) if own == 3 => {
                write!(f, "{} {operator} {}", left.at_least(4), right.at_least(4))
            }
            // From left to right: on the right side, what is as tight is looser.
            Self::Infix(left, operator, right) => {
                write!(f, "{} {operator} {}", left.at_least(own), right.at_least(own + 1))
            }
            Self::Between(tree, negated, low, high) => {
                let [tree, low, high] = [tree, low, high].map(|tree| tree.at_least(4));
                write!(f, "{tree} {}between {low} and {high}", not(negated))
            }
            Self::In(tree, negated, members) => {
                let members: Vec<_> = members.iter().map(|member| member.at_least(4)).collect();
                write!(f, "{} {}IN({})", tree.at_least(4), not(negated), members.join(","))
            }
            Self::Like(tree, negated, pattern) => {
                write!(f, "{} {}LIKE '{pattern}'", tree.at_least(4), not(negated))
            }
            Self::IsNull(tree, negated) => {
                write!(f, "{} is {}null", tree.at_least(4), not(negated))
            }
            Self::Parentheses(tree) => write!(f, "({tree})"),
        }
    }
}
