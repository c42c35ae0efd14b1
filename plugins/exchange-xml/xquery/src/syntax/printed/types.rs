//! Types and tests of kinds as text.

use super::super::ast::{ItemType, KindTest, Name, Occurrence, SequenceType};
use super::{annotations, mark, name};

pub(super) fn as_type(kind: &Option<SequenceType>) -> String {
    kind.as_ref().map_or(String::new(), |kind| format!(" as {}", sequence(kind)))
}

pub(super) fn sequence(kind: &SequenceType) -> String {
    let occurrence = match kind.occurrence {
        Occurrence::One => "",
        Occurrence::Optional => "?",
        Occurrence::Any => "*",
        Occurrence::AtLeastOne => "+",
    };
    let item = kind.item.as_ref().map_or("empty-sequence()".to_owned(), item);
    format!("{item}{occurrence}")
}

fn item(kind: &ItemType) -> String {
    match kind {
        ItemType::Any => "item()".to_owned(),
        ItemType::Named(it) => name(it),
        ItemType::Kind(it) => kind_test(it),
        ItemType::Function(notes, None) => format!("{}function(*)", annotations(notes)),
        ItemType::Function(notes, Some((parameters, result))) => {
            let parameters: Vec<_> = parameters.iter().map(sequence).collect();
            let (notes, parameters) = (annotations(notes), parameters.join(","));
            format!("{notes}function({parameters})→{}", sequence(result))
        }
        ItemType::Map(None) => "map(*)".to_owned(),
        ItemType::Map(Some((key, value))) => format!("map({},{})", name(key), sequence(value)),
        ItemType::Array(None) => "array(*)".to_owned(),
        ItemType::Array(Some(member)) => format!("array({})", sequence(member)),
        ItemType::Parenthesized(it) => format!("({})", item(it)),
    }
}

pub(super) fn kind_test(test: &KindTest) -> String {
    let star = |it: &Option<Name>| it.as_ref().map_or("*".to_owned(), name);
    match test {
        KindTest::Any => "node()".to_owned(),
        KindTest::Text => "text()".to_owned(),
        KindTest::Comment => "comment()".to_owned(),
        KindTest::NamespaceNode => "namespace-node()".to_owned(),
        KindTest::Document(inner) => {
            format!("document-node({})", inner.as_ref().map_or(String::new(), |it| kind_test(it)))
        }
        KindTest::Element(it, kind) => {
            let kind = kind.as_ref().map(|(kind, nil)| format!(",{}{}", name(kind), mark(*nil)));
            format!("element({}{})", star(it), kind.unwrap_or_default())
        }
        KindTest::Attribute(it, kind) => {
            let kind = kind.as_ref().map(|kind| format!(",{}", name(kind)));
            format!("attribute({}{})", star(it), kind.unwrap_or_default())
        }
        KindTest::SchemaElement(it) => format!("schema-element({})", name(it)),
        KindTest::SchemaAttribute(it) => format!("schema-attribute({})", name(it)),
        KindTest::ProcessingInstruction(target) => {
            format!("processing-instruction({})", target.as_deref().unwrap_or_default())
        }
    }
}
