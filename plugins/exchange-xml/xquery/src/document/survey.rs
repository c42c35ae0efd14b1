//! One pass over a document's text before it is parsed, for what the parser's time and memory and
//! the tree's size depend on.
//!
//! Invariants: linear in the text; comments, tags and entities begin and end where the parser sees
//! them begin and end, so that nothing is hidden from the survey; a text that is not well-formed
//! may pass, for the parser refuses it; no well-formed text inside the limits is refused.

use std::collections::HashMap;

use super::error;
use super::load::Written;
use super::subset::{Subset, behind, behind_declaration};
use crate::error::Result;
use crate::limits::DocumentLimits;
use crate::meter::limit;

/// What a reference or a default costs besides its text.
const REFERENCE_BYTES: usize = 16;
/// As deep as the parser follows references.
const PARSER_ENTITY_DEPTH_MAX: usize = 10;
/// Trees count their texts in 32 bits: no limit reaches beyond.
const BYTES_MAX: usize = 1 << 30;
/// Bytes that a node or an attribute takes in the parser's result and in the tree.
const NODE_BYTES: usize = 128;

/// What was found.
#[derive(Debug)]
pub(super) struct Survey<'t, 'l> {
    text: &'t str,
    limits: &'l DocumentLimits,
    subset: Subset<'t>,
    has_subset: bool,
    /// What entities bring where they are referred to; none for one that is being looked at.
    extents: HashMap<&'t str, Option<Extent>>,
    content: Extent,
}

/// What a piece of content adds where it stands.
#[derive(Clone, Copy, Debug, Default)]
struct Extent {
    /// Elements open at a time.
    depth: usize,
    /// Declarations of namespaces in scope at a time.
    namespaces: usize,
    /// Nodes and attributes.
    nodes: usize,
    /// What references and defaults expand to.
    expanded_bytes: usize,
    /// References inside each other.
    entity_depth: usize,
}

/// Refuses what is too long.
pub(super) fn check_length(bytes: usize, limits: &DocumentLimits) -> Result<()> {
    let bytes_max = limits.document_bytes_max.min(BYTES_MAX);
    if bytes > bytes_max {
        let text = format!("the document has {bytes} bytes, more than {bytes_max}");
        return Err(limit("document_bytes_max", text));
    }
    Ok(())
}

impl<'t, 'l> Survey<'t, 'l> {
    /// Checks a text, whose length is checked already, against the limits.
    pub(super) fn of(text: &'t str, limits: &'l DocumentLimits) -> Result<Self> {
        let mut survey = Self {
            text,
            limits,
            subset: Subset::default(),
            has_subset: false,
            extents: HashMap::new(),
            content: Extent::default(),
        };
        survey.content = survey.content(behind_declaration(text), 0)?;
        Ok(survey)
    }

    /// What the tree is made with.
    pub(super) fn written(self) -> Written<'t> {
        Written { subset: self.subset, declarations: None }
    }

    /// Bytes that parsing and the tree take, at most.
    pub(super) fn memory_bytes(&self) -> usize {
        let texts = self.text.len().saturating_add(self.content.expanded_bytes);
        self.content.nodes.saturating_mul(NODE_BYTES).saturating_add(texts.saturating_mul(2))
    }

    /// Content of the document (level 0), or of an entity.
    fn content(&mut self, text: &'t str, level: usize) -> Result<Extent> {
        let mut piece = Piece { level, ..Piece::default() };
        let mut rest = text;
        while let Some(at) = rest.find('<') {
            let (content, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
            piece.extent.nodes += usize::from(!content.is_empty());
            self.references(content, &mut piece)?;
            rest = self.markup(tail, &mut piece)?;
        }
        self.references(rest, &mut piece)?;
        if level > 0 && !piece.open.is_empty() {
            return Err(self.unbalanced(rest));
        }
        Ok(piece.extent)
    }

    /// Takes what begins with `<`, gives what follows it.
    fn markup(&mut self, text: &'t str, piece: &mut Piece) -> Result<&'t str> {
        // Most often it is a tag.
        let is_tag = !matches!(text.as_bytes().get(1), Some(b'!' | b'?'));
        if let Some(end_tag) = text.strip_prefix("</") {
            let Some(namespaces) = piece.open.pop() else {
                return if piece.level == 0 { Ok("") } else { Err(self.unbalanced(text)) };
            };
            piece.namespaces -= namespaces;
            return Ok(end_tag.split_once('>').map_or("", |(_, rest)| rest));
        }
        piece.extent.nodes += 1;
        if is_tag {
            return self.start_tag(text.strip_prefix('<').unwrap_or_default(), piece);
        }
        if let Some(comment) = text.strip_prefix("<!--") {
            return Ok(behind(comment, "-->"));
        }
        if let Some(data) = text.strip_prefix("<![CDATA[") {
            return Ok(behind(data, "]]>"));
        }
        if let Some(instruction) = text.strip_prefix("<?") {
            return Ok(behind(instruction, "?>"));
        }
        if let Some(doctype) = text.strip_prefix("<!DOCTYPE") {
            return if piece.level == 0 { self.doctype(doctype) } else { Ok("") };
        }
        self.start_tag(text.strip_prefix('<').unwrap_or_default(), piece)
    }

    fn doctype(&mut self, text: &'t str) -> Result<&'t str> {
        if !self.limits.doctype_allowed {
            return Err(limit("doctype_allowed", "the document has a DOCTYPE".to_owned()));
        }
        if self.has_subset {
            // The parser takes one alone, before the root element.
            return Err(self.malformed(text, "a second DOCTYPE"));
        }
        self.has_subset = true;
        let (subset, rest) = Subset::read(text)
            .map_err(|broken| self.malformed(broken.0, "the DOCTYPE is malformed"))?;
        let entities_max = self.limits.entities_max;
        if subset.entities.len() > entities_max {
            let text = format!("the document declares more than {entities_max} entities");
            return Err(limit("entities_max", text));
        }
        self.subset = subset;
        Ok(rest)
    }

    fn start_tag(&mut self, text: &'t str, piece: &mut Piece) -> Result<&'t str> {
        let tag = Tag::read(text);
        if let Some(undeclared) = tag.undeclared {
            return Err(self.malformed(undeclared, "a prefix is bound to an empty URI"));
        }
        if !tag.is_closed && piece.level > 0 {
            return Err(self.unbalanced(text));
        }
        if self.subset.has_entities() {
            self.references(tag.text, piece)?;
        }
        for (_, value) in self.subset.defaults(tag.name) {
            piece.extent.expanded_bytes += REFERENCE_BYTES + value.len();
            piece.extent.nodes += 1;
        }
        piece.extent.nodes += tag.attributes;
        let attributes_max = self.limits.attributes_max;
        if tag.attributes > attributes_max {
            let text =
                format!("an element of the document has more than {attributes_max} attributes");
            return Err(limit("attributes_max", text));
        }
        piece.extent.depth = piece.extent.depth.max(piece.open.len() + 1);
        piece.extent.namespaces = piece.extent.namespaces.max(piece.namespaces + tag.namespaces);
        self.check(&piece.extent)?;
        if !tag.is_empty {
            piece.open.push(tag.namespaces);
            piece.namespaces += tag.namespaces;
        }
        Ok(tag.rest)
    }

    /// Adds what the references in a text bring.
    fn references(&mut self, text: &'t str, piece: &mut Piece) -> Result<()> {
        if !self.subset.has_entities() {
            return Ok(());
        }
        let mut rest = text;
        while let Some((_, reference)) = rest.split_once('&') {
            rest = reference;
            let Some((name, _)) = reference.split_once(';') else { break };
            let is_predefined = matches!(name, "lt" | "gt" | "amp" | "quot" | "apos");
            let Some((name, value)) = self.subset.entities.get_key_value(name) else { continue };
            let (name, value) = (*name, *value);
            if is_predefined {
                continue;
            }
            let entity = self.entity(name, value, piece.level)?;
            piece.add(&entity, value.len());
            self.check(&piece.extent)?;
        }
        Ok(())
    }

    /// What one reference brings. Looked at when first referred to, once.
    fn entity(&mut self, name: &'t str, value: &'t str, level: usize) -> Result<Extent> {
        let depth_max = self.entity_depth_max();
        match self.extents.get(name) {
            Some(Some(extent)) => return Ok(*extent),
            None if level < depth_max => {}
            _ => return Err(too_nested(depth_max)),
        }
        self.extents.insert(name, None);
        let extent = self.content(value, level + 1)?;
        self.extents.insert(name, Some(extent));
        Ok(extent)
    }

    fn entity_depth_max(&self) -> usize {
        self.limits.entity_depth_max.min(PARSER_ENTITY_DEPTH_MAX)
    }

    fn check(&self, extent: &Extent) -> Result<()> {
        let limits = self.limits;
        let depth_max = limits.depth_max;
        if extent.depth > depth_max {
            return Err(too_deep(depth_max));
        }
        let namespaces_max = limits.namespaces_max;
        if extent.namespaces > namespaces_max {
            let text = format!("more than {namespaces_max} namespaces are declared in one place");
            return Err(limit("namespaces_max", text));
        }
        let bytes_max = limits.entity_bytes_max.min(BYTES_MAX);
        if extent.expanded_bytes > bytes_max {
            let text = format!("the document's entities expand to more than {bytes_max} bytes");
            return Err(limit("entity_bytes_max", text));
        }
        let depth_max = self.entity_depth_max();
        if extent.entity_depth > depth_max { Err(too_nested(depth_max)) } else { Ok(()) }
    }

    fn unbalanced(&self, rest: &str) -> crate::Error {
        self.malformed(rest, "an entity holds part of an element")
    }

    /// An error where a rest of the text begins.
    fn malformed(&self, rest: &str, message: &str) -> crate::Error {
        let byte = (rest.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        error::malformed_at(self.text, byte, message)
    }
}

/// The error of elements that lie too deep.
pub(super) fn too_deep(depth_max: usize) -> crate::Error {
    let text = format!("more than {depth_max} elements of the document lie in each other");
    limit("depth_max", text)
}

fn too_nested(depth_max: usize) -> crate::Error {
    let text = format!("more than {depth_max} references to entities lie in each other");
    limit("entity_depth_max", text)
}

/// Content that is being looked at.
#[derive(Debug, Default)]
struct Piece {
    /// References that it lies in.
    level: usize,
    /// For each open element, the namespaces that it declares.
    open: Vec<usize>,
    /// The sum of these.
    namespaces: usize,
    extent: Extent,
}

impl Piece {
    /// Adds what an entity brings at this place.
    fn add(&mut self, entity: &Extent, value_bytes: usize) {
        let extent = &mut self.extent;
        extent.depth = extent.depth.max(self.open.len() + entity.depth);
        extent.namespaces = extent.namespaces.max(self.namespaces + entity.namespaces);
        extent.nodes = extent.nodes.saturating_add(entity.nodes + 1);
        extent.entity_depth = extent.entity_depth.max(entity.entity_depth + 1);
        let bytes = REFERENCE_BYTES.saturating_add(value_bytes);
        let bytes = bytes.saturating_add(entity.expanded_bytes);
        extent.expanded_bytes = extent.expanded_bytes.saturating_add(bytes);
    }
}

/// A start tag without its `<`.
struct Tag<'t> {
    name: &'t str,
    text: &'t str,
    rest: &'t str,
    /// With declarations of namespaces.
    attributes: usize,
    namespaces: usize,
    is_empty: bool,
    is_closed: bool,
    /// Where a prefix is bound to nothing, which only the default namespace may be.
    undeclared: Option<&'t str>,
}

impl<'t> Tag<'t> {
    fn read(text: &'t str) -> Self {
        let name_end = text.bytes().position(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b'>'));
        let (name, mut rest) = split(text, name_end.unwrap_or(text.len()));
        let mut tag = Self {
            name: name.strip_suffix('/').unwrap_or(name),
            text,
            rest: "",
            attributes: 0,
            namespaces: 0,
            is_empty: name.ends_with('/'),
            is_closed: false,
            undeclared: None,
        };
        while let Some(at) = rest.bytes().position(|b| matches!(b, b'"' | b'\'' | b'>')) {
            let (before, tail) = split(rest, at);
            let mut behind = tail.chars();
            let mark = behind.next();
            let behind = behind.as_str();
            let Some(mark @ ('"' | '\'')) = mark else {
                tag.is_closed = true;
                tag.is_empty |= before.ends_with('/');
                tag.text = split(text, text.len() - behind.len()).0;
                tag.rest = behind;
                break;
            };
            let (value, behind) = behind.split_once(mark).unwrap_or((behind, ""));
            tag.attribute(before.trim_start(), value);
            rest = behind;
        }
        tag
    }

    /// Takes an attribute, its name with what stands between that and the value.
    fn attribute(&mut self, name: &'t str, value: &str) {
        self.attributes += 1;
        let Some(declared) = name.strip_prefix("xmlns") else { return };
        if declared.starts_with(':') && value.is_empty() {
            self.undeclared.get_or_insert(name);
        }
        if declared.starts_with([':', '=', ' ', '\t', '\r', '\n']) {
            self.namespaces += 1;
        }
    }
}

/// Both parts of a text; `at` is a boundary of characters, being before or behind an ASCII one.
fn split(text: &str, at: usize) -> (&str, &str) {
    text.split_at_checked(at).unwrap_or((text, ""))
}
