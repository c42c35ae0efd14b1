//! Annotations of declarations and of function tests (XQuery 3.1, section 4.15).

use super::fault::fault;
use super::in_scope::InScope;
use crate::error::{Result, Span};
use crate::name::namespace;
use crate::syntax::ast::Name;

/// Namespaces that no function may be declared in, and no annotation but the language's own.
pub(super) const RESERVED: [&str; 8] = [
    namespace::XML,
    namespace::XS,
    namespace::XSI,
    namespace::FN,
    namespace::MATH,
    namespace::MAP,
    namespace::ARRAY,
    namespace::XQUERY,
];

/// What annotations say. Those with a prefix of the author's mean nothing here.
#[derive(Debug, Default)]
pub(super) struct Annotations {
    /// How often `%private` and `%public` stand there.
    private: usize,
    public: usize,
}

impl Annotations {
    /// Whether other modules may not see it; an error with this code where that is said twice.
    pub(super) fn is_private(&self, code: &'static str, span: Span) -> Result<bool> {
        if self.private + self.public > 1 {
            let text = "only one of %public and %private can stand here, and once";
            return Err(fault(code, text, span));
        }
        Ok(self.private > 0)
    }

    /// Whether one of the two is there.
    pub(super) fn has_visibility(&self) -> bool {
        self.private + self.public > 0
    }
}

/// Reads annotations.
pub(super) fn read(scope: &InScope, list: &[Name], span: Span) -> Result<Annotations> {
    let mut annotations = Annotations::default();
    for annotation in list {
        let name = scope.annotation(annotation)?;
        if name.is(namespace::XQUERY, "private") {
            annotations.private += 1;
        } else if name.is(namespace::XQUERY, "public") {
            annotations.public += 1;
        } else if RESERVED.contains(&&*name.namespace) {
            let text = format!("there is no annotation %{name}; its namespace is reserved");
            let at = if annotation.span == Span::default() { span } else { annotation.span };
            return Err(fault("XQST0045", text, at));
        }
    }
    Ok(annotations)
}
