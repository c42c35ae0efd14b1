//! What must hold for any text that the compiler of queries is given.
//!
//! What is accepted is accepted again and can be asked what it needs; what is refused is refused at
//! a place inside the text, in a report that is short.

use philter_xquery::{Error, Options, Query};

/// Bytes that a report may have: a line of the query twice, a message, a name or two.
const REPORT_BYTES_MAX: usize = 16 * 1024;

/// Compiles `bytes`.
///
/// # Panics
/// A rule of the compiler does not hold.
pub(crate) fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match Query::compile(&text, &Options::default()) {
        Ok(query) => {
            assert_eq!(query.source(), text);
            let (reads, constant) = (query.reads_context_item(), query.constant());
            assert!(constant.is_none() || !reads, "{text}");
            let _ = (query.external_variables().count(), query.conditions());
        }
        Err(error) => check_error(&error, &text),
    }
}

fn check_error(error: &Error, text: &str) {
    let report = error.report();
    assert!(report.len() <= REPORT_BYTES_MAX, "{} bytes of report", report.len());
    if let Some(span) = error.span() {
        assert!(span.start <= span.end && span.end as usize <= text.len(), "{report}");
    }
    let syntax = error.code().to_string() == "XPST0003";
    assert!(!syntax || error.place().is_some(), "{report}");
    if let Some(place) = error.place() {
        let lines: Vec<&str> = text.split('\n').collect();
        assert!((1..=lines.len()).contains(&(place.line as usize)), "{report}");
        let columns = lines[place.line as usize - 1].chars().count() + 1;
        assert!((1..=columns).contains(&(place.column as usize)), "{report}");
    }
}
