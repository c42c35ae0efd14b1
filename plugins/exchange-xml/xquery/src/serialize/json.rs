//! The JSON method (section 9).
//!
//! Invariant: recursion is by the depth of maps and arrays, which a limit bounds.

use std::borrow::Cow;
use std::collections::HashSet;

use super::character_data::{Escape, Output};
use super::error;
use super::parameters::Parameters;
use crate::atomic::{Atomic, quoted};
use crate::error::Result;
use crate::evaluate::stack;
use crate::tree::Node;
use crate::value::{Array, Item, Map, Sequence};

/// Writes a sequence of at most one item.
pub(super) fn write<'a>(
    sequence: &Sequence<'a>,
    parameters: &Parameters,
    output: &mut Output<'_, '_>,
) -> Result<()> {
    Json { parameters, output }.sequence(sequence, 0)
}

struct Json<'w, 'p, 'o, 'l> {
    parameters: &'p Parameters,
    output: &'w mut Output<'o, 'l>,
}

impl Json<'_, '_, '_, '_> {
    fn sequence(&mut self, sequence: &Sequence<'_>, depth: usize) -> Result<()> {
        self.output.meter().step()?;
        match sequence.as_slice() {
            [] => self.output.push("null"),
            [item] => stack(|| self.item(item, depth)),
            items => {
                let text = format!("JSON has no sequences: there are {} items", items.len());
                Err(error("SERE0023", text))
            }
        }
    }

    fn item(&mut self, item: &Item<'_>, depth: usize) -> Result<()> {
        match item {
            Item::Atomic(value) => self.atomic(value),
            Item::Array(array) => self.array(array, depth),
            Item::Map(map) => self.map(map, depth),
            Item::Node(node) => self.node(*node),
            Item::Function(_) => Err(error("SERE0021", "JSON has no functions")),
        }
    }

    fn atomic(&mut self, value: &Atomic) -> Result<()> {
        match value {
            Atomic::Boolean(_) | Atomic::Integer(..) | Atomic::Decimal(_) => {
                self.output.push(&value.to_text())
            }
            Atomic::Float(number) if number.is_finite() => self.output.push(&value.to_text()),
            Atomic::Double(number) if number.is_finite() => self.output.push(&value.to_text()),
            Atomic::Float(_) | Atomic::Double(_) => {
                Err(error("SERE0020", format!("JSON has no number {}", value.to_text())))
            }
            _ => self.string(&value.to_text()),
        }
    }

    fn string(&mut self, text: &str) -> Result<()> {
        self.output.push("\"")?;
        self.output.characters(text, Escape::Json)?;
        self.output.push("\"")
    }

    fn array(&mut self, array: &Array<'_>, depth: usize) -> Result<()> {
        self.output.push("[")?;
        for (index, member) in array.members().iter().enumerate() {
            self.begin(index, depth)?;
            self.sequence(member, depth + 1)?;
        }
        self.end(array.len(), depth)?;
        self.output.push("]")
    }

    fn map(&mut self, map: &Map<'_>, depth: usize) -> Result<()> {
        let mut names: HashSet<Cow<'_, str>> = HashSet::new();
        self.output.push("{")?;
        for (index, (key, value)) in map.iter().enumerate() {
            let name = key.to_text();
            self.begin(index, depth)?;
            self.string(&name)?;
            self.output.push(if self.parameters.indent { ": " } else { ":" })?;
            self.sequence(value, depth + 1)?;
            if !self.parameters.allow_duplicate_names {
                self.output.meter().build(name.len())?;
                if let Some(name) = names.replace(name) {
                    let text = format!("a map has two keys that are {} in JSON", quoted(&name));
                    return Err(error("SERE0022", text));
                }
            }
        }
        self.end(map.len(), depth)?;
        self.output.push("}")
    }

    fn begin(&mut self, index: usize, depth: usize) -> Result<()> {
        if index > 0 {
            self.output.push(",")?;
        }
        if self.parameters.indent { self.output.line(depth + 1) } else { Ok(()) }
    }

    fn end(&mut self, len: usize, depth: usize) -> Result<()> {
        if len > 0 && self.parameters.indent { self.output.line(depth) } else { Ok(()) }
    }

    /// A node is a string, as `json-node-output-method` writes it.
    fn node(&mut self, node: Node<'_>) -> Result<()> {
        let parameters = Parameters {
            method: self.parameters.json_node_output_method,
            omit_xml_declaration: Some(true),
            ..Parameters::default()
        };
        let text = super::serialize(&Item::Node(node).into(), &parameters, self.output.meter())?;
        self.string(&text)
    }
}
