//! Reads documents of one source, which mostly have the same names.
//!
//! Invariants: what is remembered has a limit; it changes how long reading takes and nothing else.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Document, Origin, decode, survey};
use crate::error::Result;
use crate::limits::DocumentLimits;
use crate::tree::Names;

/// What is remembered at the most; with more it begins anew.
const NAMES_MAX: usize = 128;
const NAMES_BYTES_MAX: usize = 64 * 1024;

/// Reads documents, and remembers the names of their elements and attributes: a document that has
/// no others is read faster. Shared between threads.
///
/// ```
/// use philter_xquery::{DocumentLimits, DocumentReader};
///
/// let reader = DocumentReader::new(DocumentLimits::default());
/// for text in ["<order total='5'/>", "<order total='6'/>"] {
///     let order = reader.read(text.as_bytes())?;
///     assert_eq!(order.root_element_name().unwrap().to_string(), "order");
/// }
/// # Ok::<(), philter_xquery::Error>(())
/// ```
#[derive(Debug)]
pub struct DocumentReader {
    limits: DocumentLimits,
    names: Mutex<Arc<Names>>,
}

impl DocumentReader {
    /// A reader that has read nothing.
    #[must_use]
    pub fn new(limits: DocumentLimits) -> Self {
        Self { limits, names: Mutex::default() }
    }

    /// The limits that documents are read within.
    #[must_use]
    pub fn limits(&self) -> &DocumentLimits {
        &self.limits
    }

    /// Reads a document, as [`Document::parse_bytes`] does.
    ///
    /// # Errors
    ///
    /// As [`Document::parse_bytes`].
    pub fn read(&self, bytes: &[u8]) -> Result<Document> {
        survey::check_length(bytes.len(), &self.limits)?;
        let text = decode(bytes)?;
        let known = Arc::clone(&self.names());
        let names = Some(Arc::clone(&known));
        let document = Document::parse_like(&text, &Origin::default(), &self.limits, names)?;
        let names = document.0.names();
        if !Arc::ptr_eq(names, &known) {
            let is_much = names.len() > NAMES_MAX || names.bytes() > NAMES_BYTES_MAX;
            *self.names() = if is_much { Arc::default() } else { Arc::clone(names) };
        }
        Ok(document)
    }

    fn names(&self) -> MutexGuard<'_, Arc<Names>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn serialized(document: &Document) -> String {
        let query = crate::Query::compile(".", &crate::Options::default()).unwrap();
        crate::Evaluation::new(&query).document(document).serialize().unwrap()
    }

    fn names(document: &Document) -> &Arc<Names> {
        document.0.names()
    }

    #[test]
    fn documents_share_names_as_long_as_they_have_no_others() {
        let reader = DocumentReader::new(DocumentLimits::default());
        let texts = [
            r#"<a xmlns:p="u" b="1"><p:c/><c p:b="2"/></a>"#,
            r#"<c xmlns:q="u" b="1"><q:c/><c q:b="2"/><a/></c>"#,
            r#"<c xmlns="u" b="1"><d xmlns="v"/><c/></c>"#,
            r#"<a xmlns:p="u" b="1"><p:c/><c p:b="2"/></a>"#,
        ];
        let read = texts.map(|text| reader.read(text.as_bytes()).unwrap());
        for (text, document) in texts.iter().zip(&read) {
            let alone = Document::parse(text, reader.limits()).unwrap();
            assert_eq!(serialized(document), serialized(&alone));
        }
        let [first, second, third, last] = &read;
        assert!(Arc::ptr_eq(names(first), names(second)));
        assert!(!Arc::ptr_eq(names(second), names(third)));
        assert!(Arc::ptr_eq(names(third), names(last)));
        assert!(names(second).find("v", "d").is_none());
    }

    #[test]
    fn what_is_remembered_has_a_limit() {
        let reader = DocumentReader::new(DocumentLimits::default());
        for number in 0..3 * NAMES_MAX {
            let document = reader.read(format!("<r><a{number}/></r>").as_bytes()).unwrap();
            assert!(names(&document).len() <= NAMES_MAX + 1);
        }
        let long = "a".repeat(NAMES_BYTES_MAX);
        reader.read(format!("<{long}/>").as_bytes()).unwrap();
        assert_eq!(reader.names().len(), 0);
    }

    #[test]
    fn a_bad_document_is_refused_as_ever() {
        let reader = DocumentReader::new(DocumentLimits::default());
        reader.read(b"<a/>").unwrap();
        for bytes in [&b"<a><b></a>"[..], b"<a>\xff</a>", b""] {
            let alone = Document::parse_bytes(bytes, reader.limits()).unwrap_err();
            assert_eq!(reader.read(bytes).unwrap_err().to_string(), alone.to_string());
        }
        assert_eq!(reader.names().len(), 1);
    }
}
