//! Expanded names (XQuery 3.1, section 2.1; XML Namespaces), and the namespaces that are known
//! without a declaration (section 4.2).
//!
//! Invariant: two names are equal where namespace and local part are; a prefix is for people.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Namespaces with a fixed meaning.
pub(crate) mod namespace {
    pub(crate) const XML: &str = "http://www.w3.org/XML/1998/namespace";
    pub(crate) const XMLNS: &str = "http://www.w3.org/2000/xmlns/";
    pub(crate) const XS: &str = "http://www.w3.org/2001/XMLSchema";
    pub(crate) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
    pub(crate) const FN: &str = "http://www.w3.org/2005/xpath-functions";
    pub(crate) const LOCAL: &str = "http://www.w3.org/2005/xquery-local-functions";
    pub(crate) const MATH: &str = "http://www.w3.org/2005/xpath-functions/math";
    pub(crate) const MAP: &str = "http://www.w3.org/2005/xpath-functions/map";
    pub(crate) const ARRAY: &str = "http://www.w3.org/2005/xpath-functions/array";
    pub(crate) const ERR: &str = "http://www.w3.org/2005/xqt-errors";
    pub(crate) const OUTPUT: &str = "http://www.w3.org/2010/xslt-xquery-serialization";
    pub(crate) const XQUERY: &str = "http://www.w3.org/2012/xquery";
}

/// A name with its namespace. The namespace is empty where there is none.
#[derive(Clone, Debug)]
pub struct QName {
    /// What stood before the colon; none for a name without.
    pub prefix: Option<Arc<str>>,
    /// The namespace's URI; empty for no namespace.
    pub namespace: Arc<str>,
    /// The local part.
    pub local: Arc<str>,
}

impl QName {
    /// A name without a prefix.
    #[must_use]
    pub fn new(namespace: &str, local: &str) -> Self {
        Self { prefix: None, namespace: namespace.into(), local: local.into() }
    }

    /// A name with a prefix.
    #[must_use]
    pub fn prefixed(prefix: &str, namespace: &str, local: &str) -> Self {
        Self { prefix: Some(prefix.into()), ..Self::new(namespace, local) }
    }

    /// Whether this is the name `local` in `namespace`.
    #[must_use]
    pub fn is(&self, namespace: &str, local: &str) -> bool {
        *self.local == *local && *self.namespace == *namespace
    }

    /// As it is written in XML: `prefix:local`, or `local`.
    #[must_use]
    pub fn lexical(&self) -> String {
        match &self.prefix {
            Some(prefix) if !prefix.is_empty() => format!("{prefix}:{}", self.local),
            _ => self.local.to_string(),
        }
    }

    /// As `Q{namespace}local` (XQuery 3.1, section 2.1).
    #[must_use]
    pub fn braced(&self) -> String {
        format!("Q{{{}}}{}", self.namespace, self.local)
    }
}

impl PartialEq for QName {
    fn eq(&self, other: &Self) -> bool {
        self.is(&other.namespace, &other.local)
    }
}

impl Eq for QName {}

impl Hash for QName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.namespace.hash(state);
        self.local.hash(state);
    }
}

impl PartialOrd for QName {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for QName {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (&self.namespace, &self.local).cmp(&(&other.namespace, &other.local))
    }
}

impl std::fmt::Display for QName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.lexical())
    }
}
