//! One pass over a document's text before it is parsed, for what the parser's time and memory
//! depend on: depth, attributes of an element, namespaces in scope, and what entities may expand
//! to.
//!
//! Invariants: linear in the text; a text that is not well-formed may pass, for the parser refuses
//! it; no well-formed text inside the limits is refused.

use super::error::DocumentError;
use crate::engine::limits::{Limits, NAMESPACES_IN_SCOPE_MAX};

/// The most that the parser follows references inside references: 255 of them per reference in the
/// text.
const NESTED_REFERENCES_MAX: usize = 256;

/// Checks a text against the limits.
pub(super) fn check(text: &str, limits: &Limits) -> Result<(), DocumentError> {
    let mut survey =
        Survey { limits, open: Vec::new(), namespaces: 0, entities: Entities::default() };
    let mut rest = text;
    while let Some(markup) = rest.find('<') {
        let (content, tail) = rest.split_at_checked(markup).unwrap_or((rest, ""));
        survey.entities.count_references(content);
        rest = survey.markup(tail)?;
    }
    survey.entities.check(limits)
}

struct Survey<'a> {
    limits: &'a Limits,
    /// For each open element, the namespaces that it declares.
    open: Vec<usize>,
    namespaces: usize,
    entities: Entities,
}

impl Survey<'_> {
    /// Takes what begins with `<`, gives what follows it.
    fn markup<'t>(&mut self, text: &'t str) -> Result<&'t str, DocumentError> {
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
            return self.entities.doctype(doctype);
        }
        if let Some(end_tag) = text.strip_prefix("</") {
            self.namespaces -= self.open.pop().unwrap_or(0);
            return Ok(behind(end_tag, ">"));
        }
        self.start_tag(text.strip_prefix('<').unwrap_or_default())
    }

    fn start_tag<'t>(&mut self, text: &'t str) -> Result<&'t str, DocumentError> {
        let tag = Tag::read(text);
        self.entities.count_references(tag.text);
        let attributes_max = self.limits.attributes_max;
        if tag.attributes > attributes_max {
            return Err(DocumentError::TooManyAttributes { attributes_max });
        }
        if self.namespaces + tag.namespaces > NAMESPACES_IN_SCOPE_MAX {
            let namespaces_max = NAMESPACES_IN_SCOPE_MAX;
            return Err(DocumentError::TooManyNamespaces { namespaces_max });
        }
        let depth_max = self.limits.depth_max;
        if self.open.len() >= depth_max {
            return Err(DocumentError::TooDeep { depth_max });
        }
        if !tag.is_empty {
            self.open.push(tag.namespaces);
            self.namespaces += tag.namespaces;
        }
        Ok(tag.rest)
    }
}

/// A start tag without its `<`.
struct Tag<'t> {
    text: &'t str,
    rest: &'t str,
    attributes: usize,
    namespaces: usize,
    is_empty: bool,
}

impl<'t> Tag<'t> {
    fn read(text: &'t str) -> Self {
        let mut quote = None;
        let mut attributes = 0;
        let mut end = text.len();
        for (at, byte) in text.bytes().enumerate() {
            match (quote, byte) {
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'=') => attributes += 1,
                (None, b'>') => {
                    end = at;
                    break;
                }
                (Some(open), _) if open == byte => quote = None,
                _ => {}
            }
        }
        let (text, rest) = text.split_at_checked(end).unwrap_or((text, ""));
        let namespaces = text.match_indices("xmlns").count().min(attributes);
        let is_empty = text.ends_with('/');
        Self {
            text,
            rest: rest.strip_prefix('>').unwrap_or(rest),
            attributes,
            namespaces,
            is_empty,
        }
    }
}

/// What the entities of a document may expand to, from above.
#[derive(Default)]
struct Entities {
    references: usize,
    longest_bytes: usize,
    is_nested: bool,
}

impl Entities {
    fn count_references(&mut self, content: &str) {
        self.references += references(content);
    }

    /// Takes what follows `<!DOCTYPE`, gives what follows its `>`.
    fn doctype<'t>(&mut self, text: &'t str) -> Result<&'t str, DocumentError> {
        let mut rest = text;
        let mut is_inside = false;
        while let Some(at) = rest.find(['"', '\'', '[', ']', '<', '>']) {
            let (_, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
            let mut characters = tail.chars();
            let Some(mark) = characters.next() else { break };
            rest = characters.as_str();
            match mark {
                '[' => is_inside = true,
                ']' => is_inside = false,
                '>' if !is_inside => return Ok(rest),
                '"' | '\'' => rest = behind(rest, mark.encode_utf8(&mut [0; 4])),
                '<' => rest = self.declaration(tail)?,
                _ => {}
            }
        }
        Ok("")
    }

    /// Takes a declaration of the internal subset from its `<`, gives what follows it.
    fn declaration<'t>(&mut self, text: &'t str) -> Result<&'t str, DocumentError> {
        if let Some(comment) = text.strip_prefix("<!--") {
            return Ok(behind(comment, "-->"));
        }
        if let Some(instruction) = text.strip_prefix("<?") {
            return Ok(behind(instruction, "?>"));
        }
        let is_entity = text.starts_with("<!ENTITY");
        let mut rest = text.strip_prefix('<').unwrap_or_default();
        while let Some(at) = rest.find(['"', '\'', '>']) {
            let (_, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
            let mut characters = tail.chars();
            let Some(mark) = characters.next().filter(|mark| *mark != '>') else {
                return Ok(characters.as_str());
            };
            let (value, tail) = characters.as_str().split_once(mark).unwrap_or_default();
            rest = tail;
            if is_entity {
                self.entity(value)?;
            }
        }
        Ok("")
    }

    fn entity(&mut self, value: &str) -> Result<(), DocumentError> {
        if value.contains('<') {
            return Err(DocumentError::MarkupInEntity);
        }
        self.longest_bytes = self.longest_bytes.max(value.len());
        self.is_nested |= references(value) > 0;
        Ok(())
    }

    fn check(&self, limits: &Limits) -> Result<(), DocumentError> {
        let document_bytes_max = limits.document_bytes_max;
        let each = if self.is_nested { NESTED_REFERENCES_MAX } else { 1 };
        let expanded = self.references.saturating_mul(each).saturating_mul(self.longest_bytes);
        if expanded > document_bytes_max {
            return Err(DocumentError::EntitiesTooLong { document_bytes_max });
        }
        Ok(())
    }
}

/// References to entities, without those that stand for one character.
fn references(text: &str) -> usize {
    let is_entity = |(at, _): &(usize, &str)| {
        let name = text.get(at + 1..).unwrap_or_default();
        !["#", "lt;", "gt;", "amp;", "quot;", "apos;"].iter().any(|one| name.starts_with(one))
    };
    text.match_indices('&').filter(is_entity).count()
}

fn behind<'t>(text: &'t str, end: &str) -> &'t str {
    text.split_once(end).map_or("", |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits { document_bytes_max: 1000, depth_max: 3, attributes_max: 2, ..Limits::default() }
    }

    fn surveyed(text: &str) -> Result<(), DocumentError> {
        check(text, &limits())
    }

    #[test]
    fn counts_open_elements() {
        assert_eq!(surveyed("<a><b><c/></b><b><c></c></b></a>"), Ok(()));
        let deep = Err(DocumentError::TooDeep { depth_max: 3 });
        assert_eq!(surveyed("<a><b><c><d/></c></b></a>"), deep);
        assert_eq!(surveyed("<a><b><c x='>'><d></d></c></b></a>"), deep);
    }

    #[test]
    fn what_is_no_element_opens_none() {
        let text = "<?xml version='1.0'?>\
            <!DOCTYPE a [<!-- <a><a><a> --><!ELEMENT a ANY><?p <a><a> ?>]>\
            <a><!-- <a><a><a><a> --><![CDATA[<a><a><a><a>]]><?p <a><a><a><a> ?></a>";
        assert_eq!(surveyed(text), Ok(()));
    }

    #[test]
    fn counts_attributes_outside_their_values() {
        assert_eq!(surveyed("<a x='=====' y = \"='>\"/>"), Ok(()));
        let many = Err(DocumentError::TooManyAttributes { attributes_max: 2 });
        assert_eq!(surveyed("<a x='' y='' z=''/>"), many);
    }

    #[test]
    fn counts_namespaces_in_scope_and_not_in_sequence() {
        let siblings = format!("<a>{}</a>", "<b xmlns:p='u'></b>".repeat(500));
        assert_eq!(surveyed(&siblings), Ok(()));
        let declarations: String = (0..129).map(|n| format!(" xmlns:p{n}='u'")).collect();
        let limits = Limits { attributes_max: 200, ..limits() };
        assert!(matches!(
            check(&format!("<a{declarations}/>"), &limits),
            Err(DocumentError::TooManyNamespaces { .. })
        ));
    }

    #[test]
    fn bounds_what_entities_expand_to() {
        let with = |declarations: &str, content: &str| {
            surveyed(&format!("<!DOCTYPE a [{declarations}]><a>{content}</a>"))
        };
        let hundred = format!("<!ENTITY e '{}'>", "x".repeat(100));
        let too_long = Err(DocumentError::EntitiesTooLong { document_bytes_max: 1000 });
        assert_eq!(with(&hundred, &"&e;".repeat(10)), Ok(()));
        assert_eq!(with(&hundred, &"&e;".repeat(11)), too_long);
        assert_eq!(with(&hundred, &format!("<b c='{}'/>", "&e;".repeat(11))), too_long);
        assert_eq!(with("<!ENTITY e '12345'><!ENTITY f '&e;'>", "&f;"), too_long);
        assert_eq!(with("<!ENTITY e '&lt;&#65;'>", "&e;&lt;&amp;"), Ok(()));
    }

    #[test]
    fn refuses_markup_in_an_entity() {
        let text = "<!DOCTYPE a [<!ENTITY e \"<b/>\">]><a>&e;</a>";
        assert_eq!(surveyed(text), Err(DocumentError::MarkupInEntity));
    }

    #[test]
    fn an_external_identifier_may_hold_anything() {
        assert_eq!(surveyed("<!DOCTYPE a PUBLIC '[<>]' \"[<]>\"><a/>"), Ok(()));
    }

    proptest::proptest! {
        #[test]
        fn takes_any_text(text in "[<>/!?&;'\"=\\[\\]a-cxmlns: -]{0,200}") {
            let _ = surveyed(&text);
            let _ = surveyed(&format!("<!DOCTYPE {text}"));
        }
    }
}
