//! What an evaluation knows of the world (XQuery 3.1, section 2.1.2), which is what its caller
//! gives: nothing is read behind the caller's back.

use std::collections::HashMap;
use std::sync::Arc;

use crate::atomic::DateTime;
use crate::document::Document;
use crate::error::Result;
use crate::name::QName;
use crate::value::Value;

/// What functions such as `fn:doc` read. Each gives none for what does not exist.
pub trait Resources: Send + Sync {
    /// The document of an absolute URI (`fn:doc`).
    ///
    /// # Errors
    ///
    /// What the query sees, usually `FODC0002` or `FODC0005`.
    fn document(&self, uri: &str) -> Result<Option<Document>>;

    /// A text and, where known, the name of its encoding (`fn:unparsed-text`, `fn:json-doc`).
    ///
    /// # Errors
    ///
    /// What the query sees, usually `FOUT1170`.
    fn text(&self, uri: &str) -> Result<Option<(Vec<u8>, Option<String>)>>;

    /// The items of a collection (`fn:collection`); the default one for no URI.
    ///
    /// # Errors
    ///
    /// What the query sees, usually `FODC0002`.
    fn collection(&self, uri: Option<&str>) -> Result<Option<Vec<Value>>>;

    /// The URIs of a collection's resources (`fn:uri-collection`); of the default one for none.
    ///
    /// # Errors
    ///
    /// What the query sees, usually `FODC0002`.
    fn uri_collection(&self, uri: Option<&str>) -> Result<Option<Vec<String>>>;

    /// The environment variables (`fn:environment-variable`).
    fn environment_variables(&self) -> Vec<(String, String)>;
}

/// The dynamic context that a caller gives to an evaluation.
#[derive(Clone, Default)]
pub struct Environment {
    /// The context item; none for absent.
    pub context_item: Option<Value>,
    /// Values of external variables.
    pub variables: HashMap<QName, Vec<Value>>,
    /// `fn:current-dateTime`, with a timezone, which is the implicit one; the clock's UTC for none.
    pub now: Option<DateTime>,
    /// What can be read; nothing for none.
    pub resources: Option<Arc<dyn Resources>>,
}
