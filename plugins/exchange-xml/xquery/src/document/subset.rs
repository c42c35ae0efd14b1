//! The internal subset of a DOCTYPE (XML 1.0, section 2.8): entities, and what it says about
//! attributes.
//!
//! Invariants: declarations begin and end where the parser sees them begin and end, so that no
//! entity escapes the survey; one pass.

use crate::characters::is_space;
use std::collections::HashMap;

/// What an internal subset declares.
#[derive(Debug, Default)]
pub(super) struct Subset<'t> {
    /// Names and literal values, the first declaration of a name alone; external ones are empty.
    pub(super) entities: HashMap<&'t str, &'t str>,
    /// By element and attribute, as they are written.
    types: HashMap<(&'t str, &'t str), AttributeType>,
    /// Default values by element: attribute and literal value.
    defaults: HashMap<&'t str, Vec<(&'t str, &'t str)>>,
}

/// The type of an attribute (XML 1.0, section 3.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AttributeType {
    Cdata,
    Id,
    /// `IDREF` or `IDREFS`.
    Idref,
    /// Names, tokens and enumerations.
    Token,
}

/// A subset that ends too early or holds what none may hold; the rest of the text from there.
#[derive(Debug)]
pub(super) struct Broken<'t>(pub(super) &'t str);

impl<'t> Subset<'t> {
    /// Reads what follows `<!DOCTYPE`; gives what follows its `>` as well.
    pub(super) fn read(text: &'t str) -> Result<(Self, &'t str), Broken<'t>> {
        let mut subset = Self::default();
        let (_, rest) = name(skip_spaces(text));
        let (_, rest) = external_id(skip_spaces(rest))?;
        let rest = skip_spaces(rest);
        if let Some(rest) = rest.strip_prefix('>') {
            return Ok((subset, rest));
        }
        let mut rest = rest.strip_prefix('[').ok_or(Broken(rest))?;
        loop {
            rest = skip_spaces(rest);
            if let Some(end) = rest.strip_prefix(']') {
                let end = skip_spaces(end);
                return end.strip_prefix('>').map(|rest| (subset, rest)).ok_or(Broken(end));
            }
            rest = subset.declaration(rest)?;
        }
    }

    /// Whether a reference can stand for something.
    pub(super) fn has_entities(&self) -> bool {
        !self.entities.is_empty()
    }

    /// The type of an attribute, by the names as they are written.
    pub(super) fn attribute_type(&self, element: &str, attribute: &str) -> AttributeType {
        if self.types.is_empty() {
            return AttributeType::Cdata;
        }
        self.types.get(&(element, attribute)).copied().unwrap_or(AttributeType::Cdata)
    }

    /// Whether an attribute's type or default matters at all.
    pub(super) fn has_attributes(&self) -> bool {
        !self.types.is_empty()
    }

    /// Attributes of an element that have defaults, and these as they are written.
    pub(super) fn defaults(&self, element: &str) -> &[(&'t str, &'t str)] {
        if self.defaults.is_empty() {
            return &[];
        }
        self.defaults.get(element).map(Vec::as_slice).unwrap_or_default()
    }

    fn declaration(&mut self, text: &'t str) -> Result<&'t str, Broken<'t>> {
        if let Some(entity) = text.strip_prefix("<!ENTITY") {
            return self.entity(entity);
        }
        if let Some(comment) = text.strip_prefix("<!--") {
            return comment.split_once("-->").map(|(_, rest)| rest).ok_or(Broken(text));
        }
        if let Some(instruction) = text.strip_prefix("<?") {
            return instruction.split_once("?>").map(|(_, rest)| rest).ok_or(Broken(text));
        }
        // The parser ends these at the first `>`, be it quoted or not.
        if let Some(list) = text.strip_prefix("<!ATTLIST") {
            let (list, rest) = list.split_once('>').ok_or(Broken(text))?;
            self.attribute_list(list);
            return Ok(rest);
        }
        let others = ["<!ELEMENT", "<!NOTATION"];
        let other = others.iter().find_map(|start| text.strip_prefix(start)).ok_or(Broken(text))?;
        other.split_once('>').map(|(_, rest)| rest).ok_or(Broken(text))
    }

    /// `EntityDecl`. Parameter entities count as general ones, which the parser takes them for.
    fn entity(&mut self, text: &'t str) -> Result<&'t str, Broken<'t>> {
        let rest = skip_spaces(text);
        let (key, rest) = name(skip_spaces(rest.strip_prefix('%').unwrap_or(rest)));
        let rest = skip_spaces(rest);
        let (value, rest) = match external_id(rest)? {
            (true, rest) => ("", notation(skip_spaces(rest))),
            (false, rest) => quoted(rest)?,
        };
        self.entities.entry(key).or_insert(value);
        let rest = skip_spaces(rest);
        rest.strip_prefix('>').ok_or(Broken(rest))
    }

    /// `AttlistDecl`, without its `>`. What is malformed declares nothing: the parser skips it.
    fn attribute_list(&mut self, text: &'t str) {
        let (element, mut rest) = name(skip_spaces(text));
        while let Some((attribute, kind, default, behind)) = attribute_definition(rest) {
            rest = behind;
            if self.types.contains_key(&(element, attribute)) {
                continue;
            }
            self.types.insert((element, attribute), kind);
            if let Some(default) = default {
                self.defaults.entry(element).or_default().push((attribute, default));
            }
        }
    }
}

/// `AttDef`: name, type, default, and what follows.
fn attribute_definition(text: &str) -> Option<(&str, AttributeType, Option<&str>, &str)> {
    let (attribute, rest) = name(skip_spaces(text));
    let rest = skip_spaces(rest);
    let (kind, rest) = attribute_type(rest).filter(|_| !attribute.is_empty())?;
    let rest = skip_spaces(rest);
    for keyword in ["#REQUIRED", "#IMPLIED"] {
        if let Some(rest) = rest.strip_prefix(keyword) {
            return Some((attribute, kind, None, rest));
        }
    }
    let rest = skip_spaces(rest.strip_prefix("#FIXED").unwrap_or(rest));
    let (value, rest) = quoted(rest).ok()?;
    Some((attribute, kind, Some(value), rest))
}

fn attribute_type(text: &str) -> Option<(AttributeType, &str)> {
    if let Some(enumeration) = text.strip_prefix('(') {
        return enumeration.split_once(')').map(|(_, rest)| (AttributeType::Token, rest));
    }
    let (word, rest) = name(text);
    let kind = match word {
        "CDATA" => AttributeType::Cdata,
        "ID" => AttributeType::Id,
        "IDREF" | "IDREFS" => AttributeType::Idref,
        "NOTATION" => {
            let rest = skip_spaces(rest).strip_prefix('(')?;
            return rest.split_once(')').map(|(_, rest)| (AttributeType::Token, rest));
        }
        "ENTITY" | "ENTITIES" | "NMTOKEN" | "NMTOKENS" => AttributeType::Token,
        _ => return None,
    };
    Some((kind, rest))
}

/// Skips `ExternalID`; whether there is one.
fn external_id(text: &str) -> Result<(bool, &str), Broken<'_>> {
    if let Some(rest) = text.strip_prefix("SYSTEM") {
        let (_, rest) = quoted(skip_spaces(rest))?;
        return Ok((true, rest));
    }
    let Some(rest) = text.strip_prefix("PUBLIC") else { return Ok((false, text)) };
    let (_, rest) = quoted(skip_spaces(rest))?;
    let (_, rest) = quoted(skip_spaces(rest))?;
    Ok((true, rest))
}

/// Skips `NDataDecl`.
fn notation(text: &str) -> &str {
    text.strip_prefix("NDATA").map_or(text, |rest| name(skip_spaces(rest)).1)
}

fn quoted(text: &str) -> Result<(&str, &str), Broken<'_>> {
    let mut characters = text.chars();
    let quote = characters.next().filter(|c| matches!(c, '"' | '\'')).ok_or(Broken(text))?;
    characters.as_str().split_once(quote).ok_or(Broken(text))
}

/// What stands before whitespace or a delimiter, and the rest.
fn name(text: &str) -> (&str, &str) {
    let is_end = |c: char| is_space(c) || matches!(c, '"' | '\'' | '>' | '[' | '(' | '<' | '#');
    text.split_at_checked(text.find(is_end).unwrap_or(text.len())).unwrap_or((text, ""))
}

fn skip_spaces(text: &str) -> &str {
    text.trim_start_matches(is_space)
}

/// What follows byte order mark and XML declaration, whose values may hold anything.
pub(super) fn behind_declaration(text: &str) -> &str {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Some(mut rest) = text.strip_prefix("<?xml ") else { return text };
    while let Some(at) = rest.find(['"', '\'', '?']) {
        let (_, mark) = rest.split_at_checked(at).unwrap_or((rest, ""));
        if let Some(behind) = mark.strip_prefix("?>") {
            return behind;
        }
        rest = match quoted(mark) {
            Ok((_, behind)) => behind,
            Err(_) if mark.starts_with('?') => mark.strip_prefix('?').unwrap_or_default(),
            Err(_) => return "",
        };
    }
    ""
}

/// What follows a mark; nothing where there is none.
pub(super) fn behind<'t>(text: &'t str, mark: &str) -> &'t str {
    text.split_once(mark).map_or("", |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_entities_and_attributes() {
        let text = " a PUBLIC '[' \"]>\" [\n<!-- ]> --><?p ]>?>\
            <!ELEMENT a ANY><!NOTATION n SYSTEM 'x'>\
            <!ENTITY e 'one'><!ENTITY e 'two'><!ENTITY x SYSTEM '>' NDATA n>\
            <!ENTITY % p \"]>\">\
            <!ATTLIST a i ID #REQUIRED r IDREFS #IMPLIED\n k (x|y) 'x' f CDATA #FIXED \"&e;\">\
            <!ATTLIST a i CDATA 'second' n NOTATION (n) #IMPLIED t NMTOKEN 't'>\
            ] ><a/>";
        let (subset, rest) = Subset::read(text).unwrap();
        assert_eq!(rest, "<a/>");
        let mut entities: Vec<_> = subset.entities.iter().map(|(k, v)| (*k, *v)).collect();
        entities.sort_unstable();
        assert_eq!(entities, [("e", "one"), ("p", "]>"), ("x", "")]);
        for (attribute, expected) in [
            ("i", AttributeType::Id),
            ("r", AttributeType::Idref),
            ("k", AttributeType::Token),
            ("n", AttributeType::Token),
            ("f", AttributeType::Cdata),
            ("other", AttributeType::Cdata),
        ] {
            assert_eq!(subset.attribute_type("a", attribute), expected, "{attribute}");
        }
        assert_eq!(subset.defaults("a"), [("k", "x"), ("f", "&e;"), ("t", "t")]);
        assert_eq!(subset.defaults("b"), []);
    }

    #[test]
    fn what_is_broken_is_said() {
        for text in
            [" a", " a [", " a [%p;]>", " a [<!ENTITY e>]>", " a [<!ENTITY e 'x]>", " a []x"]
        {
            assert!(Subset::read(text).is_err(), "{text}");
        }
    }
}
