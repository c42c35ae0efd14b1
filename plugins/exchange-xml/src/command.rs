//! `philter xquery`: runs, tries and explains queries, without a broker.
//!
//! Invariants: a document is read only where the query looks at one, and only so far as it may be
//! long; errors name line and column and show the line.

mod arguments;

use std::io::Read;
use std::path::Path;

use clap::Parser;
use philter_plugin_api::CommandOutput;
use philter_xquery::conditions::Branch;
use philter_xquery::{Document, Evaluation, Query, Value};

use self::arguments::{Action, Arguments, Source};
use crate::index::{Index, Way};
use crate::queries::{Facts, Queries};

/// Why there is no result: what standard error says.
type Refusal = String;

/// Runs the subcommand.
pub(crate) fn run(queries: &Queries, arguments: &[&str], input: &mut dyn Read) -> CommandOutput {
    let words = std::iter::once("philter xquery").chain(arguments.iter().copied());
    let result = match Arguments::try_parse_from(words) {
        Ok(Arguments { action: Action::Run { source, variables, document } }) => {
            evaluated(queries, &source, &variables, document.as_deref(), input, |evaluation| {
                evaluation.serialize()
            })
        }
        Ok(Arguments { action: Action::Try { source, variables, document } }) => {
            evaluated(queries, &source, &variables, document.as_deref(), input, |evaluation| {
                evaluation.boolean().map(|answer| answer.to_string())
            })
        }
        Ok(Arguments { action: Action::Check { source } }) => check(queries, &source),
        Ok(Arguments { action: Action::Explain { source } }) => explain(queries, &source),
        Err(error) => return usage(&error),
    };
    match result {
        Ok(output) => CommandOutput { output: with_newline(output), ..CommandOutput::default() },
        Err(text) => {
            CommandOutput { errors: with_newline(text), exit_code: 1, ..CommandOutput::default() }
        }
    }
}

fn evaluated(
    queries: &Queries,
    source: &Source,
    variables: &[(String, Value)],
    document: Option<&Path>,
    input: &mut dyn Read,
    result: impl Fn(&Evaluation<'_>) -> philter_xquery::Result<String>,
) -> Result<String, Refusal> {
    let query = compile(queries, source)?;
    let document = if query.reads_context_item() || document.is_some() {
        Some(read(queries, document, input)?)
    } else {
        None
    };
    let mut evaluation = Evaluation::new(&query);
    if let Some(document) = &document {
        evaluation = evaluation.document(document);
    }
    for (name, value) in variables {
        evaluation = evaluation.variable(name, std::slice::from_ref(value));
    }
    result(&evaluation).map_err(|error| error.report())
}

fn compile(queries: &Queries, source: &Source) -> Result<Query, Refusal> {
    let text = source.text()?;
    Query::compile(&text, queries.options()).map_err(|error| error.report())
}

fn read(
    queries: &Queries,
    document: Option<&Path>,
    input: &mut dyn Read,
) -> Result<Document, Refusal> {
    let limits = &queries.options().limits.document;
    let mut file;
    let (name, from): (_, &mut dyn Read) = match document.filter(|path| *path != Path::new("-")) {
        None => ("standard input".to_owned(), input),
        Some(path) => {
            let name = path.display().to_string();
            file = std::fs::File::open(path)
                .map_err(|error| format!("{name} cannot be read: {error}"))?;
            (name, &mut file)
        }
    };
    let mut bytes = Vec::new();
    let bytes_max = limits.document_bytes_max as u64;
    from.take(bytes_max + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("{name} cannot be read: {error}"))?;
    Document::parse_bytes(&bytes, limits).map_err(|error| format!("{name}: {}", error.report()))
}

fn check(queries: &Queries, source: &Source) -> Result<String, Refusal> {
    let query = compile(queries, source)?;
    let conditions = query.conditions();
    let facts = Facts::of(&query, &conditions);
    Ok(format!("the query compiles\n{}", needs(&facts)))
}

/// What an answer needs of a message.
fn needs(facts: &Facts) -> String {
    let names: Vec<String> = facts.variables.iter().map(|name| format!("${name}")).collect();
    let variables = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let body = match (facts.constant, facts.reads_body) {
        (Some(constant), _) => format!("nothing, it is always {constant}"),
        (None, true) => "the body".to_owned(),
        (None, false) => "no body".to_owned(),
    };
    format!("reads: {body}\nvariables: {variables}")
}

fn explain(queries: &Queries, source: &Source) -> Result<String, Refusal> {
    let query = compile(queries, source)?;
    let conditions = query.conditions();
    let facts = Facts::of(&query, &conditions);
    // What a binding with this query alone would be filed under.
    let mut index = Index::default();
    let entry = index.insert(&conditions, facts.reads_body, ());
    let way = index.get(entry).map_or("", |entry| meaning(entry.way));
    let mut lines = vec![format!("as a filter: {way}"), needs(&facts)];
    let branches = conditions.branches.iter().zip(index.found_by(entry));
    for (number, (branch, found_by)) in branches.enumerate() {
        let several = conditions.branches.len() > 1;
        lines.push(match (several, number) {
            (false, _) => "all of:".to_owned(),
            (true, 0) => "either all of:".to_owned(),
            (true, _) => "or all of:".to_owned(),
        });
        lines.extend(branch_lines(branch, &found_by));
    }
    Ok(lines.join("\n"))
}

fn meaning(way: Way) -> &'static str {
    match way {
        Way::Constant => "constant, nothing is evaluated",
        Way::Indexed => "indexed, nothing is evaluated",
        Way::Residual => "residual, evaluated where the index finds it",
        Way::Scanned => "scanned, its terms are looked at for every message",
        Way::Evaluated => "evaluated for every message",
    }
}

fn branch_lines(branch: &Branch, found_by: &[String]) -> Vec<String> {
    let mut lines = Vec::new();
    for term in &branch.terms {
        let term = term.to_string();
        let mark = if found_by.contains(&term) { "   (the index entry)" } else { "" };
        lines.push(format!("  {term}{mark}"));
    }
    match (branch.terms.is_empty(), branch.is_exact) {
        (_, true) => {}
        (false, false) => lines.push("  and the query itself (residual)".to_owned()),
        (true, false) => {
            lines.push("  the query itself, which has nothing that an index could hold".to_owned());
        }
    }
    lines
}

fn usage(error: &clap::Error) -> CommandOutput {
    let text = error.render().to_string();
    if error.use_stderr() {
        CommandOutput { errors: text, exit_code: 2, ..CommandOutput::default() }
    } else {
        CommandOutput { output: text, ..CommandOutput::default() }
    }
}

fn with_newline(mut text: String) -> String {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests;
