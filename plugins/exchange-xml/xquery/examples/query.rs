//! Runs a query on a document and prints the result: `query QUERY [DOCUMENT]`.

use std::io::Write as _;

use philter_xquery::{Document, Environment, Limits, Options, Query};

fn main() -> std::process::ExitCode {
    let mut arguments = std::env::args().skip(1);
    let query = arguments.next().unwrap_or_else(|| "1 to 3".to_owned());
    match run(&query, arguments.next().as_deref()) {
        Ok(text) => {
            let _ = writeln!(std::io::stdout(), "{text}");
            std::process::ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{}", error.report());
            std::process::ExitCode::FAILURE
        }
    }
}

fn run(query: &str, document: Option<&str>) -> philter_xquery::Result<String> {
    let query = Query::compile(query, &Options::default())?;
    let mut environment = Environment::default();
    if let Some(path) = document {
        let bytes = std::fs::read(path).unwrap_or_default();
        let document = Document::parse_bytes(&bytes, &Limits::default().document)?;
        environment.context_item = Some(document.into());
    }
    query.serialize(&environment)
}
