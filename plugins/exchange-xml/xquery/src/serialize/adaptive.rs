//! The adaptive method (section 10): any sequence, for people.
//!
//! Invariant: recursion is by the depth of maps and arrays, which a limit bounds.

use super::character_data::{Escape, Output};
use super::parameters::{Method, Parameters};
use crate::atomic::{Atomic, AtomicType};
use crate::error::Result;
use crate::evaluate::stack;
use crate::name::{QName, namespace};
use crate::tree::{Node, NodeKind};
use crate::value::{Function, Item, Sequence};

/// Writes a sequence, its items on lines of their own.
pub(super) fn write<'a>(
    sequence: &Sequence<'a>,
    parameters: &Parameters,
    output: &mut Output<'_, '_>,
) -> Result<()> {
    let separator = parameters.item_separator.as_deref().unwrap_or("\n");
    let markup = Parameters {
        method: Method::Xml,
        item_separator: None,
        standalone: None,
        doctype_system: None,
        ..parameters.clone()
    };
    let mut adaptive = Adaptive { markup, output };
    for (index, item) in sequence.iter().enumerate() {
        if index > 0 {
            adaptive.output.push(separator)?;
        }
        adaptive.item(item)?;
    }
    Ok(())
}

struct Adaptive<'w, 'o, 'l> {
    /// For nodes.
    markup: Parameters,
    output: &'w mut Output<'o, 'l>,
}

impl Adaptive<'_, '_, '_> {
    fn item(&mut self, item: &Item<'_>) -> Result<()> {
        self.output.meter().step()?;
        match item {
            Item::Node(node) => self.node(*node),
            Item::Atomic(value) => self.atomic(value),
            Item::Function(function) => self.output.push(&function_name(function)),
            Item::Array(array) => {
                self.output.push("[")?;
                for (index, member) in array.members().iter().enumerate() {
                    self.comma(index)?;
                    self.nested(member)?;
                }
                self.output.push("]")
            }
            Item::Map(map) => {
                self.output.push("map{")?;
                for (index, (key, value)) in map.iter().enumerate() {
                    self.comma(index)?;
                    self.atomic(key)?;
                    self.output.push(":")?;
                    self.nested(value)?;
                }
                self.output.push("}")
            }
        }
    }

    fn nested(&mut self, sequence: &Sequence<'_>) -> Result<()> {
        stack(|| match sequence.as_slice() {
            [item] => self.item(item),
            items => {
                self.output.push("(")?;
                for (index, item) in items.iter().enumerate() {
                    self.comma(index)?;
                    self.item(item)?;
                }
                self.output.push(")")
            }
        })
    }

    fn comma(&mut self, index: usize) -> Result<()> {
        if index > 0 { self.output.push(",") } else { Ok(()) }
    }

    fn node(&mut self, node: Node<'_>) -> Result<()> {
        let value = node.string_value();
        match node.kind() {
            NodeKind::Attribute => {
                let name = node.name().map(|name| name.lexical()).unwrap_or_default();
                self.output.push(&name)?;
                self.quoted_attribute(value)
            }
            NodeKind::Namespace => {
                let prefix = node.expanded_name().map_or("", |name| name.local);
                self.output.push(if prefix.is_empty() { "xmlns" } else { "xmlns:" })?;
                self.output.push(prefix)?;
                self.quoted_attribute(value)
            }
            _ => {
                let sequence = Item::Node(node).into();
                let text = super::serialize(&sequence, &self.markup, self.output.meter())?;
                self.output.push(&text)
            }
        }
    }

    fn quoted_attribute(&mut self, value: &str) -> Result<()> {
        self.output.push("=\"")?;
        self.output.characters(value, Escape::Attribute)?;
        self.output.push("\"")
    }

    fn atomic(&mut self, value: &Atomic) -> Result<()> {
        let text = value.to_text();
        match value {
            Atomic::Boolean(true) => self.output.push("true()"),
            Atomic::Boolean(false) => self.output.push("false()"),
            Atomic::Integer(..) | Atomic::Decimal(_) => self.output.push(&text),
            Atomic::Double(number) => self.output.push(&double(*number)),
            Atomic::QName(name) | Atomic::Notation(name) => self.output.push(&name.braced()),
            Atomic::String(..) | Atomic::Untyped(_) | Atomic::AnyUri(_) => {
                self.output.push("\"")?;
                self.output.meter().build(text.len())?;
                self.output.characters(&text.replace('"', "\"\""), Escape::Plain)?;
                self.output.push("\"")
            }
            _ => self.output.push(&format!("{}(\"{text}\")", primitive(value.type_of()))),
        }
    }
}

fn primitive(kind: AtomicType) -> AtomicType {
    match kind.primitive() {
        AtomicType::YearMonthDuration | AtomicType::DayTimeDuration => AtomicType::Duration,
        primitive => primitive,
    }
}

/// As `format-number` has it with the picture `0.0##########################e0`.
fn double(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "INF" } else { "-INF" }.to_owned();
    }
    let text = format!("{number:e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) if !mantissa.contains('.') => {
            format!("{mantissa}.0e{exponent}")
        }
        _ => text,
    }
}

fn function_name(function: &Function<'_>) -> String {
    let arity = function.signature.parameters.len();
    match &function.name {
        Some(name) => format!("{}#{arity}", known_name(name)),
        None => format!("(anonymous-function)#{arity}"),
    }
}

/// With the usual prefix where the namespace has one.
fn known_name(name: &QName) -> String {
    let prefix = match &*name.namespace {
        namespace::FN => "fn",
        namespace::MATH => "math",
        namespace::MAP => "map",
        namespace::ARRAY => "array",
        namespace::XS => "xs",
        _ => return name.braced(),
    };
    format!("{prefix}:{}", name.local)
}
