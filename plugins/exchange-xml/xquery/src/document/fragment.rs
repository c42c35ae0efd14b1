//! External general parsed entities: content without a root element, as `fn:parse-xml-fragment`
//! takes it (XML 1.0, section 4.3.2).
//!
//! The parser wants a root element, so the content is put into one, which the tree leaves out. It
//! can't be closed from inside: what follows would be a second root.

use super::survey::Survey;
use super::{Document, Origin, error, load, parse, survey};
use crate::characters::is_space;
use crate::error::Result;
use crate::limits::DocumentLimits;
use crate::meter::Meter;

const OPEN: &str = "<_>";
const CLOSE: &str = "</_>";

impl Document {
    /// The content of an entity as a document, counted before it is made.
    pub(crate) fn parse_fragment(text: &str, origin: &Origin, meter: &Meter<'_>) -> Result<Self> {
        let content = behind_text_declaration(text)?;
        meter.build(content.len())?;
        let wrapped = [OPEN, content, CLOSE].concat();
        let document = &meter.limits.document;
        let limits = DocumentLimits {
            depth_max: document.depth_max.saturating_add(1),
            document_bytes_max: document.document_bytes_max.saturating_add(OPEN.len() * 3),
            ..document.clone()
        };
        survey::check_length(wrapped.len(), &limits)?;
        let survey = Survey::of(&wrapped, &limits)?;
        meter.build(survey.memory_bytes())?;
        let parsed = parse(&wrapped).map_err(|found| error::malformed(&found, OPEN.len()))?;
        load::tree(parsed.root_element(), &survey.written(), origin, document.depth_max, None)
            .map(Self)
    }
}

/// What follows `TextDecl`, which has an encoding and may have a version.
fn behind_text_declaration(text: &str) -> Result<&str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Some(declaration) = text.strip_prefix("<?xml").filter(|rest| rest.starts_with(is_space))
    else {
        return Ok(text);
    };
    let malformed = || error::new("the text declaration is malformed: an encoding was expected");
    let rest = value_of("version", declaration).unwrap_or(declaration);
    let rest = value_of("encoding", rest).ok_or_else(malformed)?;
    rest.trim_start_matches(is_space).strip_prefix("?>").ok_or_else(malformed)
}

/// What follows `name="…"`, with whitespace before it.
fn value_of<'t>(name: &str, text: &'t str) -> Option<&'t str> {
    let rest = text.trim_start_matches(is_space);
    if rest.len() == text.len() {
        return None;
    }
    let rest = rest.strip_prefix(name)?.trim_start_matches(is_space);
    let rest = rest.strip_prefix('=')?.trim_start_matches(is_space);
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    rest.get(1..)?.split_once(quote).map(|(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use crate::tree::NodeKind;

    fn parsed(text: &str) -> Result<Document> {
        let limits = Limits::default();
        Document::parse_fragment(text, &Origin::default(), &Meter::new(&limits))
    }

    #[test]
    fn content_needs_no_root_element() {
        for (text, children) in [
            ("", 0),
            ("a", 1),
            ("a<b/>c<!--d--><?e f?>", 5),
            ("<a/><b>x</b>", 2),
            ("\u{feff}<?xml version='1.0' encoding=\"utf-8\" ?>a", 1),
            ("<?xml encoding='iso-8859-1'?><a/>", 1),
            ("<?xml-stylesheet?>", 1),
        ] {
            let document = parsed(text).unwrap();
            let root = document.0.root();
            assert_eq!(root.kind(), NodeKind::Document);
            assert_eq!(root.children().count(), children, "{text}");
        }
    }

    #[test]
    fn what_is_no_content_is_refused() {
        for (text, expected) in [
            ("<a>", "not well-formed at line 1"),
            ("a</_><_>b", "line 1"),
            ("<!DOCTYPE a><a/>", "line 1, column 1: unknown token"),
            ("<?xml version='1.0'?>a", "an encoding was expected"),
            ("<?xml encoding='utf-8' standalone='yes'?>a", "an encoding was expected"),
            ("&e;", "line 1, column 1: unknown entity"),
        ] {
            let error = parsed(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn the_limits_are_those_of_documents() {
        let depth_max = Limits::default().document.depth_max;
        let nested = |depth: usize| ["<a>".repeat(depth), "</a>".repeat(depth)].concat();
        assert!(parsed(&nested(depth_max)).is_ok());
        assert!(parsed(&nested(depth_max + 1)).unwrap_err().is_limit());
    }
}
