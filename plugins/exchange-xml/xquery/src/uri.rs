//! Resolution of URI references (RFC 3986, section 5; RFC 3987).
//!
//! Invariant: what is resolved is not normalised: no case, no escape is changed.

use iri_string::types::{IriAbsoluteStr, IriReferenceStr, IriStr};

/// Why a reference can't be resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UriError {
    #[error("the reference is not a valid URI reference")]
    Reference,
    #[error("the base is not an absolute URI without a fragment")]
    Base,
}

/// Whether it is a URI with a scheme.
pub(crate) fn is_absolute(uri: &str) -> bool {
    IriStr::new(uri).is_ok()
}

/// Makes a reference absolute; an absolute one stays as it is, whatever the base.
///
/// # Errors
///
/// A reference or a base that is malformed, or a base that is not absolute or has a fragment.
pub(crate) fn resolve(reference: &str, base: &str) -> Result<String, UriError> {
    if is_absolute(reference) {
        return Ok(reference.to_owned());
    }
    let reference = IriReferenceStr::new(reference).map_err(|_| UriError::Reference)?;
    let base = IriAbsoluteStr::new(base).map_err(|_| UriError::Base)?;
    Ok(reference.resolve_against(base).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved_as_the_rfc_says() {
        let base = "http://a/b/c/d;p?q";
        let cases = [
            ("g:h", "g:h"),
            ("g", "http://a/b/c/g"),
            ("./g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g"),
            ("?y", "http://a/b/c/d;p?y"),
            ("#s", "http://a/b/c/d;p?q#s"),
            ("", "http://a/b/c/d;p?q"),
            ("../../../g", "http://a/g"),
            ("http://X/%7e/../y", "http://X/%7e/../y"),
        ];
        for (reference, expected) in cases {
            assert_eq!(resolve(reference, base).as_deref(), Ok(expected), "{reference}");
        }
        assert_eq!(resolve(":", base), Err(UriError::Reference));
        assert_eq!(resolve("a", "b"), Err(UriError::Base));
        assert_eq!(resolve("a", "http://b/#c"), Err(UriError::Base));
    }
}
