//! Which cases are about this engine: XQuery 3.1 without schemas, static typing and XSLT.

use crate::catalog::{Case, Dependency};

/// Why a case does not apply; none where it does.
pub(crate) fn reason_to_skip(case: &Case) -> Option<String> {
    let unmet = case.dependencies.iter().find(|dependency| !is_met(dependency))?;
    let not = if unmet.satisfied { "" } else { "not " };
    Some(format!("{not}{} {}", unmet.kind, unmet.value))
}

fn is_met(dependency: &Dependency) -> bool {
    has(&dependency.kind, &dependency.value) == dependency.satisfied
}

/// What this engine has and is.
fn has(kind: &str, value: &str) -> bool {
    match kind {
        "spec" => {
            let versions = ["XQ10+", "XQ30+", "XQ31+", "XQ31"];
            value.split_whitespace().any(|version| versions.contains(&version))
        }
        "feature" => has_feature(value),
        // The fifth edition of XML 1.0 has the names of XML 1.1 and the characters of 1.0.
        "xml-version" => value.split_whitespace().any(|v| matches!(v, "1.0" | "1.0:5+")),
        "xsd-version" => value == "1.1",
        "language" => value == "en",
        "default-language" => value == "en",
        "unicode-normalization-form" => value != "FULLY-NORMALIZED",
        // Those that cases ask for are older than the crates' tables.
        "unicode-version" => false,
        "limits" => value == "year_lt_0",
        "calendar" => false,
        _ => panic!("a dependency of an unknown kind, {kind}"),
    }
}

fn has_feature(feature: &str) -> bool {
    match feature {
        "higherOrderFunctions" | "serialization" | "collection-stability" => true,
        "non_empty_sequence_collection" | "non_unicode_codepoint_collation" => true,
        "simple-uca-fallback" => true,
        // External subsets are never read.
        "infoset-dtd" => false,
        "schemaImport" | "schemaValidation" | "staticTyping" | "typedData" => false,
        "fn-transform-XSLT" | "fn-transform-XSLT30" | "fn-load-xquery-module" => false,
        "namespace-axis" | "xpath-1.0-compatibility" | "remote_http" => false,
        "advanced-uca-fallback" | "arbitraryPrecisionDecimal" | "olson-timezone" => false,
        "directory-as-collection-uri" => false,
        _ => panic!("an unknown feature, {feature}"),
    }
}
