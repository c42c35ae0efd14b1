//! The functions that a query may not call here, and why.
//!
//! Invariants: nothing that would look outside the message is called; nothing builds a value that
//! nests deeper than the query's own text could; a regular expression is at most as long as the
//! query.

use crate::engine::static_error::StaticFault;

const FUNCTIONS: &str = "http://www.w3.org/2005/xpath-functions";
const ARRAY_FUNCTIONS: &str = "http://www.w3.org/2005/xpath-functions/array";

/// What reads files, other documents or the environment.
const OUTSIDE: [&str; 12] = [
    "available-environment-variables",
    "collection",
    "doc",
    "doc-available",
    "environment-variable",
    "json-doc",
    "load-xquery-module",
    "transform",
    "unparsed-text",
    "unparsed-text-available",
    "unparsed-text-lines",
    "uri-collection",
];

/// What the engine has but cannot do safely or rightly: a fold builds values of any depth, which
/// the engine walks recursively; a looked up function could be any of the refused; a second
/// document would not pass the limits of the first; ids need a DTD.
const NOT_SUPPORTED: [&str; 8] = [
    "element-with-id",
    "fold-left",
    "fold-right",
    "function-lookup",
    "id",
    "idref",
    "parse-xml",
    "parse-xml-fragment",
];

/// What takes a regular expression, as its second argument.
const WITH_PATTERN: [&str; 4] = ["analyze-string", "matches", "replace", "tokenize"];

/// How a function is named and used in a query.
#[derive(Clone, Copy, Debug)]
pub(super) struct Use<'a> {
    pub(super) namespace: &'a str,
    pub(super) name: &'a str,
    pub(super) arity: usize,
    /// Whether its second argument is a string literal.
    pub(super) has_literal_pattern: bool,
}

/// Refuses the uses that are not allowed.
pub(super) fn check(used: Use<'_>) -> Result<(), StaticFault> {
    let name = used.name;
    if used.namespace == ARRAY_FUNCTIONS && name.starts_with("fold-") {
        return Err(StaticFault::NotSupported(format!("the function array:{name}")));
    }
    if used.namespace != FUNCTIONS {
        return Ok(());
    }
    if OUTSIDE.contains(&name) {
        return Err(StaticFault::Outside(format!("the function fn:{name}")));
    }
    if NOT_SUPPORTED.contains(&name) {
        return Err(StaticFault::NotSupported(format!("the function fn:{name}")));
    }
    if WITH_PATTERN.contains(&name) && used.arity > 1 && !used.has_literal_pattern {
        let what = format!("fn:{name} with a pattern that is not a string literal");
        return Err(StaticFault::NotSupported(what));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(namespace: &'static str, name: &'static str, arity: usize) -> Use<'static> {
        Use { namespace, name, arity, has_literal_pattern: false }
    }

    #[test]
    fn refuses_what_reads_outside_the_message() {
        for name in OUTSIDE {
            let refused = check(used(FUNCTIONS, name, 1));
            assert!(matches!(refused, Err(StaticFault::Outside(_))), "{name}");
            assert_eq!(check(used("urn:other", name, 1)), Ok(()));
        }
    }

    #[test]
    fn refuses_what_the_engine_cannot_do_safely() {
        for name in NOT_SUPPORTED {
            let refused = check(used(FUNCTIONS, name, 1));
            assert!(matches!(refused, Err(StaticFault::NotSupported(_))), "{name}");
        }
        assert!(check(used(ARRAY_FUNCTIONS, "fold-left", 3)).is_err());
        assert!(check(used(ARRAY_FUNCTIONS, "size", 1)).is_ok());
    }

    #[test]
    fn a_pattern_is_a_literal() {
        assert!(check(used(FUNCTIONS, "matches", 2)).is_err());
        assert!(check(used(FUNCTIONS, "tokenize", 1)).is_ok());
        assert!(check(Use { has_literal_pattern: true, ..used(FUNCTIONS, "matches", 2) }).is_ok());
    }
}
