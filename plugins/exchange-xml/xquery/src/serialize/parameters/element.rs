//! Parameters as an `output:serialization-parameters` element (section 3.1).

use std::sync::Arc;

use super::{Kind, Parameters, error, parameter};
use crate::error::{Error, ErrorCode, Result};
use crate::meter::Meter;
use crate::name::namespace;
use crate::tree::{Node, NodeKind};

impl Parameters {
    /// Reads an element.
    ///
    /// # Errors
    ///
    /// `XPTY0004` for another element, `SEPM0017` for what the schema does not allow, `SEPM0018`
    /// and `SEPM0019` for what is given twice, `SESU0007` and its kin for values that this engine
    /// has no use for.
    pub(crate) fn of_element(element: Node<'_>, meter: &Meter<'_>) -> Result<Self> {
        let name = element.expanded_name();
        let is_named = |local: &str| {
            name.is_some_and(|name| *name.namespace == *namespace::OUTPUT && *name.local == *local)
        };
        if !element.is_element() || !is_named("serialization-parameters") {
            let text = "serialization parameters are a map or an element \
                        output:serialization-parameters";
            return Err(error("XPTY0004", text));
        }
        only_attributes(element, &[])?;
        let mut parameters = Self::default();
        let mut given: Vec<&'static str> = Vec::new();
        for child in element.children() {
            meter.step()?;
            let Some((name, kind)) = named(child)? else { continue };
            if given.contains(&name) {
                return Err(error("SEPM0019", format!("the parameter {name} is given twice")));
            }
            given.push(name);
            if kind == Kind::CharacterMap {
                parameters.read_character_map(child, meter)?;
                continue;
            }
            only_attributes(child, &["value"])?;
            let value = required(child, "value")?;
            let prefixes = |prefix: &str| child.namespace_of_prefix(prefix).map(Arc::from);
            parameters.set(name, value, &prefixes).map_err(against_schema)?;
        }
        parameters.check_version()?;
        Ok(parameters)
    }

    fn read_character_map(&mut self, element: Node<'_>, meter: &Meter<'_>) -> Result<()> {
        only_attributes(element, &[])?;
        for child in element.children() {
            meter.step()?;
            if is_ignored(child)? {
                continue;
            }
            let name = child.expanded_name();
            let is_map = name.is_some_and(|name| {
                *name.namespace == *namespace::OUTPUT && *name.local == *"character-map"
            });
            if !is_map {
                let text = "output:use-character-maps has only output:character-map inside";
                return Err(error("SEPM0017", text));
            }
            only_attributes(child, &["character", "map-string"])?;
            let (character, text) = (required(child, "character")?, required(child, "map-string")?);
            meter.build(text.len())?;
            self.map_character(character, text).map_err(against_schema)?;
        }
        Ok(())
    }
}

/// A value that is wrong for its parameter makes the element invalid.
fn against_schema(error: Error) -> Error {
    match error.code() {
        ErrorCode::Standard("SEPM0016") => {
            Error::new(ErrorCode::Standard("SEPM0017"), error.message())
        }
        _ => error,
    }
}

/// The parameter that a child is; none for what is ignored.
fn named(child: Node<'_>) -> Result<Option<(&'static str, Kind)>> {
    if is_ignored(child)? {
        return Ok(None);
    }
    let Some(name) = child.expanded_name() else { return Ok(None) };
    if name.namespace.is_empty() {
        let text = format!("the parameter {} is in no namespace", name.local);
        return Err(error("SEPM0017", text));
    }
    if *name.namespace != *namespace::OUTPUT {
        return Ok(None);
    }
    let found = parameter(name.local);
    found
        .map(Some)
        .ok_or_else(|| error("SEPM0017", format!("there is no parameter {}", name.local)))
}

fn is_ignored(child: Node<'_>) -> Result<bool> {
    match child.kind() {
        NodeKind::Element => Ok(false),
        NodeKind::Text if !child.string_value().trim_ascii().is_empty() => {
            Err(error("SEPM0017", "serialization parameters have no text beside them"))
        }
        _ => Ok(true),
    }
}

/// Attributes of no namespace must be known ones.
fn only_attributes(element: Node<'_>, known: &[&str]) -> Result<()> {
    for attribute in element.attributes() {
        let Some(name) = attribute.expanded_name() else { continue };
        let is_known = known.contains(&name.local) && name.namespace.is_empty();
        if !is_known && (name.namespace.is_empty() || *name.namespace == *namespace::OUTPUT) {
            let text = format!("a serialization parameter has no attribute {}", name.local);
            return Err(error("SEPM0017", text));
        }
    }
    Ok(())
}

fn required<'a>(element: Node<'a>, attribute: &str) -> Result<&'a str> {
    let found = element.attribute("", attribute).map(Node::string_value);
    found.ok_or_else(|| {
        error("SEPM0017", format!("a serialization parameter needs the attribute {attribute}"))
    })
}
