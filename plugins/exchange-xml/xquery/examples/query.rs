//! Runs a query and prints its result as its output declarations say: `query QUERY [DOCUMENT]`.

use std::io::Write as _;
use std::process::ExitCode;

use philter_xquery::{Document, DocumentLimits, Environment, Options, Query, Result};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let query = arguments.next().unwrap_or_else(|| "1 to 3".to_owned());
    let read = |name: String| {
        std::fs::read(&name).map_err(|error| format!("{name} cannot be read: {error}"))
    };
    let document = match arguments.next().map(read).transpose() {
        Ok(document) => document,
        Err(text) => return failed(&text),
    };
    match run(&query, document.as_deref()) {
        Ok(text) => {
            let _ = writeln!(std::io::stdout(), "{text}");
            ExitCode::SUCCESS
        }
        Err(error) => failed(&error.report()),
    }
}

fn run(query: &str, document: Option<&[u8]>) -> Result<String> {
    let query = Query::compile(query, &Options::default())?;
    let mut environment = Environment::default();
    if let Some(bytes) = document {
        let document = Document::parse_bytes(bytes, &DocumentLimits::default())?;
        environment.context_item = Some(document.into());
    }
    query.serialize(&environment)
}

fn failed(text: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{text}");
    ExitCode::FAILURE
}
