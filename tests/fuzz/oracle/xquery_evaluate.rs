//! What must hold for any query that the grammar allows, over any document.
//!
//! The first byte chooses the dialect, the second says how many of the next ones make the document;
//! the rest makes the query. It compiles; it ends within its limits; twice it gives the same; its
//! boolean value is that of its result.

use std::time::{Duration, Instant};

use philter_xquery::arbitrary::{self, Dialect, NAMESPACE};
use philter_xquery::{Atomic, Document, Error, Evaluation, Limits, Options, Query, Value};

/// What an evaluation may take by the clock, however slow the machine and the build.
const LONGEST: Duration = Duration::from_secs(10);

/// Evaluates what `bytes` say.
///
/// # Panics
/// A rule of the engine does not hold.
pub(crate) fn check(bytes: &[u8]) {
    let (choice, bytes) = bytes.split_first().unwrap_or((&0, &[]));
    let (length, bytes) = bytes.split_first().unwrap_or((&0, &[]));
    let (document, query) = bytes.split_at(bytes.len().min(usize::from(*length)));
    let text = match choice % 3 {
        0 => arbitrary::query(query, Dialect::XQuery),
        1 => arbitrary::query(query, Dialect::XPath),
        _ => arbitrary::filter(query),
    };
    check_query(&text, &arbitrary::document(document));
}

fn check_query(text: &str, document: &str) {
    let options = options();
    let query = Query::compile(text, &options).unwrap_or_else(|e| panic!("{text}\n{}", e.report()));
    let parsed = Document::parse(document, &options.limits.document);
    let parsed = parsed.unwrap_or_else(|error| panic!("{document}\n{error}"));
    let header: Value = Atomic::string("a").into();
    let evaluation = Evaluation::new(&query)
        .document(&parsed)
        .variable("v", std::slice::from_ref(&header))
        .variable("w", &[]);

    let begun = Instant::now();
    let first = evaluation.serialize();
    assert!(begun.elapsed() < LONGEST, "{text}\n{document}");
    let second = evaluation.serialize();
    assert_eq!(outcome(&first), outcome(&second), "{text}\n{document}");
    check_boolean(&evaluation, text, document);
}

/// A filter's answer is never a surprise to whoever looks at the result.
fn check_boolean(evaluation: &Evaluation<'_>, text: &str, document: &str) {
    let (answer, items) = (evaluation.boolean(), evaluation.evaluate());
    if let (Ok(answer), Ok([])) = (&answer, items.as_deref()) {
        assert!(!answer, "{text}\n{document}");
    }
    if let (Ok(answer), Ok([Value::Atomic(Atomic::Boolean(item))])) = (&answer, items.as_deref()) {
        assert_eq!(answer, item, "{text}\n{document}");
    }
}

fn outcome(result: &Result<String, Error>) -> Result<&str, String> {
    result.as_deref().map_err(|error| error.code().to_string())
}

fn options() -> Options {
    let limits = Limits {
        steps_max: 200_000,
        deadline: LONGEST,
        call_depth_max: 200,
        sequence_items_max: 20_000,
        built_bytes_max: 4 * 1024 * 1024,
        ..Limits::default()
    };
    let (prefix, uri) = NAMESPACE;
    let namespaces = vec![(prefix.to_owned(), uri.to_owned())];
    Options { limits, namespaces, ..Options::default() }
}
