//! Which sequence type is a part of which (XQuery 3.1, section 2.5.6).

use super::{FunctionType, ItemType, NameTest, NodeTest, Occurrence, SequenceType};
use crate::atomic::AtomicType;

/// Whether every value of `a` is one of `b` (`subtype(A, B)`).
pub(crate) fn subtype(a: &SequenceType, b: &SequenceType) -> bool {
    let may_be_empty = |occurrence| matches!(occurrence, Occurrence::Optional | Occurrence::Any);
    match (nonempty(a), nonempty(b)) {
        (None, None) => true,
        (None, Some(_)) => may_be_empty(b.occurrence),
        (Some(item), _) if *item == ItemType::Error => true,
        (Some(_), None) => false,
        (Some(item_a), Some(item_b)) => {
            occurrence_within(a.occurrence, b.occurrence) && item_subtype(item_a, item_b)
        }
    }
}

/// The item type; none for what only the empty sequence is of.
fn nonempty(kind: &SequenceType) -> Option<&ItemType> {
    let may_be_empty = matches!(kind.occurrence, Occurrence::Optional | Occurrence::Any);
    kind.item.as_ref().filter(|item| **item != ItemType::Error || !may_be_empty)
}

fn occurrence_within(a: Occurrence, b: Occurrence) -> bool {
    match b {
        Occurrence::Any => true,
        Occurrence::Optional => matches!(a, Occurrence::Optional | Occurrence::One),
        Occurrence::AtLeastOne => matches!(a, Occurrence::AtLeastOne | Occurrence::One),
        Occurrence::One => a == Occurrence::One,
    }
}

/// Whether every item of `a` is one of `b` (`subtype-itemtype(Ai, Bi)`).
fn item_subtype(a: &ItemType, b: &ItemType) -> bool {
    use ItemType as T;
    match (a, b) {
        (_, T::Any) | (T::Error, _) | (T::Numeric, T::Numeric) => true,
        (T::Atomic(a), T::Atomic(b)) => a.derives_from(*b),
        (T::Atomic(a), T::Numeric) => a.is_numeric(),
        (T::Numeric, T::Atomic(b)) => *b == AtomicType::AnyAtomic,
        (T::Node(a), T::Node(b)) => test_within(a, b),
        (T::Function(_) | T::Map(_) | T::Array(_), T::Function(None)) => true,
        (T::Function(Some(a)), T::Function(Some(b))) => function_subtype(a, b),
        (T::Map(_), T::Map(None)) | (T::Array(_), T::Array(None)) => true,
        (T::Map(a), T::Map(Some(b))) => match a {
            Some(a) => item_subtype(&a.0, &b.0) && subtype(&a.1, &b.1),
            None => item_subtype(&T::Atomic(AtomicType::AnyAtomic), &b.0) && is_any(&b.1),
        },
        (T::Array(a), T::Array(Some(b))) => a.as_ref().map_or_else(|| is_any(b), |a| subtype(a, b)),
        (T::Map(a), T::Function(Some(b))) => {
            function_subtype(&map_function(a.as_ref().map(|entry| &entry.1)), b)
        }
        (T::Array(a), T::Function(Some(b))) => function_subtype(&array_function(a.as_deref()), b),
        _ => false,
    }
}

fn is_any(kind: &SequenceType) -> bool {
    subtype(&SequenceType::ANY, kind)
}

/// Whether functions of type `a` are functions of type `b`: parameters may be wider, the result
/// narrower.
pub(crate) fn function_subtype(a: &FunctionType, b: &FunctionType) -> bool {
    a.parameters.len() == b.parameters.len()
        && a.parameters.iter().zip(&b.parameters).all(|(a, b)| subtype(b, a))
        && subtype(&a.result, &b.result)
}

/// A map as a function from keys to values.
fn map_function(value: Option<&SequenceType>) -> FunctionType {
    let mut result = value.cloned().unwrap_or(SequenceType::ANY);
    result.occurrence = match result.occurrence {
        Occurrence::One | Occurrence::Optional => Occurrence::Optional,
        Occurrence::Any | Occurrence::AtLeastOne => Occurrence::Any,
    };
    let key = SequenceType::one(ItemType::Atomic(AtomicType::AnyAtomic));
    FunctionType { parameters: vec![key], result }
}

/// An array as a function from positions to members.
fn array_function(member: Option<&SequenceType>) -> FunctionType {
    let position = SequenceType::one(ItemType::Atomic(AtomicType::Integer));
    let result = member.cloned().unwrap_or(SequenceType::ANY);
    FunctionType { parameters: vec![position], result }
}

fn test_within(a: &NodeTest, b: &NodeTest) -> bool {
    use crate::tree::NodeKind::Document;
    match (a, b) {
        (_, NodeTest::Any) | (NodeTest::Nothing, _) => true,
        (NodeTest::Kind(a) | NodeTest::Named(a, _), NodeTest::Kind(b)) => a == b,
        (NodeTest::Document(_), NodeTest::Kind(b)) => *b == Document,
        (NodeTest::Named(kind_a, a), NodeTest::Named(kind_b, b)) => {
            kind_a == kind_b && name_within(a, b)
        }
        (NodeTest::Document(a), NodeTest::Document(b)) => test_within(a, b),
        _ => false,
    }
}

fn name_within(a: &NameTest, b: &NameTest) -> bool {
    match (a, b) {
        (NameTest::Name(a), NameTest::Local(b)) => a.local == *b,
        (NameTest::Name(a), NameTest::Namespace(b)) => a.namespace == *b,
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::sequence_type;
    use crate::{Environment, Limits, Options, Query};

    #[test]
    fn types_lie_in_each_other_as_the_specification_says() {
        for (a, b, expected) in [
            ("xs:integer", "xs:decimal", true),
            ("xs:decimal", "xs:integer", false),
            ("xs:int", "xs:numeric", true),
            ("xs:numeric", "xs:anyAtomicType", true),
            ("xs:integer", "xs:integer?", true),
            ("xs:integer+", "xs:integer?", false),
            ("xs:integer?", "xs:integer*", true),
            ("xs:integer*", "xs:integer+", false),
            ("empty-sequence()", "xs:integer?", true),
            ("empty-sequence()", "xs:integer", false),
            ("xs:error", "element()", true),
            ("xs:error?", "empty-sequence()", true),
            ("xs:integer", "xs:error", false),
            ("element(fn:a)", "element()", true),
            ("element(fn:a)", "node()?", true),
            ("element()", "element(fn:a)", false),
            ("document-node(element(fn:a))", "document-node()", true),
            ("document-node()", "document-node(element())", false),
            ("map(xs:integer, xs:string)", "map(xs:decimal, xs:string?)", true),
            ("map(*)", "map(xs:anyAtomicType, item()*)", true),
            ("map(*)", "map(xs:string, item()*)", false),
            ("map(xs:integer, xs:string)", "function(xs:string) as xs:string?", true),
            ("map(xs:integer, xs:string)", "function(xs:string) as xs:string", false),
            ("array(xs:integer)", "function(xs:integer) as xs:decimal", true),
            ("array(*)", "function(*)", true),
            ("function(item()*) as xs:int", "function(xs:string) as xs:integer", true),
            ("function(xs:string) as item()", "function(item()) as item()", false),
            ("function(*)", "function(item()*) as item()*", false),
        ] {
            let (x, y) = (sequence_type(a).unwrap(), sequence_type(b).unwrap());
            assert_eq!(subtype(&x, &y), expected, "{a} in {b}");
        }
    }

    #[test]
    fn types_may_lie_in_each_other_as_deep_as_a_query_may_nest() {
        let depth = Limits::default().nesting_max;
        let (open, close) = ("array(".repeat(depth - 20), ")".repeat(depth - 20));
        let text = format!("[] instance of {open}function(*){close}");
        let query = Query::compile(&text, &Options::default()).unwrap();
        assert_eq!(query.serialize(&Environment::default()).unwrap(), "true");
        let text = format!(
            "function($x as {open}item(){close}) {{ 1 }} instance of \
             function({open}xs:int{close}) as item()*"
        );
        let query = Query::compile(&text, &Options::default()).unwrap();
        assert_eq!(query.serialize(&Environment::default()).unwrap(), "true");
    }
}
