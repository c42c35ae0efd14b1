//! The parts that a report counts: folders of the suite, and what filters use.

/// The folder of a test set's file.
pub(crate) fn folder(file: &str) -> &str {
    file.split_once('/').map_or("", |(folder, _)| folder)
}

/// The parts that filters use, in a report's order.
pub(crate) const FILTER_PARTS: [&str; 14] = [
    "paths",
    "comparisons",
    "FLWOR",
    "quantified",
    "conditionals",
    "prolog",
    "operators",
    "strings",
    "numbers",
    "sequences",
    "dates",
    "booleans",
    "maps and arrays",
    "math",
];

/// The part that a test set belongs to; none for what filters hardly use.
pub(crate) fn filter_part(file: &str) -> Option<&'static str> {
    let (folder, name) = file.trim_end_matches(".xml").split_once('/')?;
    match folder {
        "op" => Some("operators"),
        "map" | "array" => Some("maps and arrays"),
        "math" => Some("math"),
        "prod" => production_part(name.split('.').next()?),
        "fn" => function_part(name),
        _ => None,
    }
}

fn production_part(production: &str) -> Option<&'static str> {
    Some(match production {
        "AxisStep" | "PathExpr" | "StepExpr" | "NameTest" | "NodeTest" | "Predicate"
        | "ContextItemExpr" => "paths",
        "GeneralComp" | "ValueComp" => "comparisons",
        "FLWORExpr" | "ForClause" | "LetClause" | "WhereClause" | "OrderByClause"
        | "GroupByClause" | "CountClause" | "WindowClause" | "PositionalVar" | "ReturnClause" => {
            "FLWOR"
        }
        "QuantifiedExpr" => "quantified",
        "IfExpr" | "SwitchExpr" | "TypeswitchExpr" | "OrExpr" | "AndExpr" => "conditionals",
        "VarDefaultValue" | "ModuleImport" | "Annotation" => "prolog",
        name if name.ends_with("Decl") => "prolog",
        _ => return None,
    })
}

const STRINGS: [&str; 22] = [
    "codepoint-equal",
    "codepoints-to-string",
    "compare",
    "concat",
    "contains",
    "contains-token",
    "ends-with",
    "lower-case",
    "matches",
    "normalize-space",
    "normalize-unicode",
    "replace",
    "starts-with",
    "string",
    "string-join",
    "string-length",
    "string-to-codepoints",
    "substring",
    "tokenize",
    "translate",
    "upper-case",
    "analyze-string",
];

const NUMBERS: [&str; 12] = [
    "abs",
    "avg",
    "ceiling",
    "count",
    "floor",
    "format-integer",
    "format-number",
    "max",
    "min",
    "number",
    "round",
    "sum",
];

const SEQUENCES: [&str; 24] = [
    "data",
    "deep-equal",
    "distinct-values",
    "empty",
    "exactly-one",
    "exists",
    "filter",
    "fold-left",
    "fold-right",
    "for-each",
    "for-each-pair",
    "head",
    "index-of",
    "insert-before",
    "last",
    "one-or-more",
    "position",
    "remove",
    "reverse",
    "sort",
    "subsequence",
    "tail",
    "unordered",
    "zero-or-one",
];

const BOOLEANS: [&str; 4] = ["boolean", "false", "not", "true"];

fn function_part(function: &str) -> Option<&'static str> {
    let is_date = ["date", "time", "duration"].iter().any(|word| function.contains(word));
    if BOOLEANS.contains(&function) {
        Some("booleans")
    } else if NUMBERS.contains(&function) || function == "round-half-to-even" {
        Some("numbers")
    } else if SEQUENCES.contains(&function) {
        Some("sequences")
    } else if STRINGS.contains(&function) || function.starts_with("substring-") {
        Some("strings")
    } else {
        is_date.then_some("dates")
    }
}
