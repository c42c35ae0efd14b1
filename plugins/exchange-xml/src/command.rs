//! `philter xquery`: tries a query on a document, without a broker.
//!
//! Invariant: standard input is read only where the query reads a document, and only so far as a
//! document may be long.

use std::io::Read;

use philter_plugin_api::CommandOutput;

use crate::engine::{DocumentError, Value, Variables};
use crate::workers::{CompileFailure, Expression, Task, TaskBody, Workers};

const USAGE: &str = "\
usage: philter xquery try QUERY [--var NAME=VALUE]... < document.xml
       philter xquery check QUERY

try    prints the query's effective boolean value for the document on standard input
check  says whether the query compiles and what it reads

VALUE is an integer, a number with a point or an exponent, true or false; anything else is a
string, and so is what stands in double quotes: --var 'n=\"5\"'.
Exit code: 0 for an answer, 1 for an error, 2 for wrong usage.
";

/// Runs the subcommand.
pub(crate) fn run(workers: &Workers, arguments: &[&str], input: &mut dyn Read) -> CommandOutput {
    match arguments {
        ["check", query] => check(workers, query),
        ["try", query, options @ ..] => match variables(options) {
            Ok(variables) => try_query(workers, query, variables, input),
            Err(text) => usage(&format!("{text}\n")),
        },
        ["--help" | "-h" | "help"] => output(USAGE),
        _ => usage(""),
    }
}

fn check(workers: &Workers, query: &str) -> CommandOutput {
    let expression = match workers.compile(query) {
        Ok(expression) => expression,
        Err(failure) => return refused(&failure),
    };
    let analysis = expression.analysis();
    let names: Vec<String> = analysis.variables.iter().map(|name| format!("${name}")).collect();
    let variables = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let body = match (analysis.constant, analysis.reads_document) {
        (Some(constant), _) => format!("nothing, it is always {constant}"),
        (None, true) => "the body".to_owned(),
        (None, false) => "no body".to_owned(),
    };
    output(&format!("the query compiles\nreads: {body}\nvariables: {variables}\n"))
}

fn try_query(
    workers: &Workers,
    query: &str,
    variables: Variables,
    input: &mut dyn Read,
) -> CommandOutput {
    let expression = match workers.compile(query) {
        Ok(expression) => expression,
        Err(failure) => return refused(&failure),
    };
    let body = match body(workers, &expression, input) {
        Ok(body) => body,
        Err(error) => return failed(&format!("standard input cannot be read: {error}")),
    };
    let task = Task { body, variables, expressions: vec![expression] };
    match workers.evaluate(vec![task]).pop() {
        Some(Ok(answer)) => output(&format!("{answer}\n")),
        Some(Err(failure)) => failed(&failure.to_string()),
        None => failed("the query gave no answer"),
    }
}

fn body(
    workers: &Workers,
    expression: &Expression,
    input: &mut dyn Read,
) -> std::io::Result<TaskBody> {
    if !expression.analysis().reads_document {
        return Ok(TaskBody::Unused);
    }
    let document_bytes_max = workers.configuration().document_bytes_max;
    let mut bytes = Vec::new();
    input.take(document_bytes_max as u64 + 1).read_to_end(&mut bytes)?;
    let bytes_read = bytes.len();
    if bytes_read > document_bytes_max {
        let error = DocumentError::TooLong { bytes: bytes_read, document_bytes_max };
        return Ok(TaskBody::Refused(error));
    }
    Ok(TaskBody::Bytes(bytes))
}

fn variables(options: &[&str]) -> Result<Variables, String> {
    let mut variables = Variables::new();
    let mut options = options.iter();
    while let Some(option) = options.next() {
        let pair = match option.strip_prefix("--var") {
            Some("") => options.next().copied(),
            Some(joined) => joined.strip_prefix('='),
            None => return Err(format!("unknown option: {option}")),
        };
        let Some((name, text)) = pair.and_then(|pair| pair.split_once('=')) else {
            return Err("--var takes NAME=VALUE".to_owned());
        };
        variables.insert(name.into(), value(text));
    }
    Ok(variables)
}

fn value(text: &str) -> Value {
    let quoted = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    if let Some(inner) = quoted {
        return Value::String(inner.into());
    }
    if let Ok(boolean) = text.parse() {
        return Value::Boolean(boolean);
    }
    let number: Option<i128> = text.parse().ok();
    let fits = |n: &i128| i64::try_from(*n).is_ok() || u64::try_from(*n).is_ok();
    if let Some(integer) = number.filter(fits) {
        return Value::Integer(integer);
    }
    let starts_as_number = text.starts_with(['-', '+', '.']) || text.starts_with(char::is_numeric);
    match text.parse() {
        Ok(double) if starts_as_number => Value::Double(double),
        _ => Value::String(text.into()),
    }
}

fn refused(failure: &CompileFailure) -> CommandOutput {
    match failure {
        CompileFailure::Refused(error) => {
            let place = error.place.map_or_else(String::new, |place| {
                format!("line {}, column {}: ", place.line, place.column)
            });
            failed(&format!("{place}{error}"))
        }
        other => failed(&other.to_string()),
    }
}

fn output(text: &str) -> CommandOutput {
    CommandOutput { output: text.to_owned(), ..CommandOutput::default() }
}

fn failed(text: &str) -> CommandOutput {
    CommandOutput { errors: format!("{text}\n"), exit_code: 1, ..CommandOutput::default() }
}

fn usage(text: &str) -> CommandOutput {
    CommandOutput { errors: format!("{text}{USAGE}"), exit_code: 2, ..CommandOutput::default() }
}

#[cfg(test)]
mod tests {
    use philter_plugin_api::{Factory, testing};

    use crate::XQuery;

    fn philter(arguments: &[&str], input: &str) -> (String, i32) {
        let context = testing::context("xquery");
        let output = XQuery::command(&context, arguments, &mut input.as_bytes()).unwrap();
        assert!(output.output.is_empty() || output.errors.is_empty());
        (output.output + &output.errors, output.exit_code)
    }

    #[test]
    fn try_prints_the_effective_boolean_value() {
        let answer = |query, input| philter(&["try", query], input);
        assert_eq!(answer("./a/b = 5", "<a><b>5</b></a>"), ("true\n".to_owned(), 0));
        assert_eq!(answer("./b", "<a/>"), ("false\n".to_owned(), 0));
        assert_eq!(answer("true()", "no document"), ("true\n".to_owned(), 0));
    }

    #[test]
    fn variables_have_the_type_that_they_look_like() {
        let declared = "declare variable $v external; ";
        for (value, query) in [
            ("v=5", "$v instance of xs:integer and $v = 5"),
            ("v=18446744073709551615", "$v = 18446744073709551615"),
            ("v=-1.5e3", "$v instance of xs:double and $v = -1500"),
            ("v=true", "$v instance of xs:boolean and $v"),
            ("v=\"5\"", "$v instance of xs:string and $v = '5'"),
            ("v=a=b", "$v = 'a=b'"),
            ("v=infinity", "$v = 'infinity'"),
            ("v=", "$v = ''"),
        ] {
            let query = format!("{declared}{query}");
            let expected = ("true\n".to_owned(), 0);
            assert_eq!(philter(&["try", &query, "--var", value], ""), expected, "{value}");
            let joined = format!("--var={value}");
            assert_eq!(philter(&["try", &query, &joined], ""), expected, "{value}");
        }
    }

    #[test]
    fn an_error_has_its_place() {
        let (text, code) = philter(&["try", "1 = \n $x"], "");
        assert!(text.starts_with("line 2, column 2: XPST0008"), "{text}");
        assert_eq!(code, 1);
        let (text, code) = philter(&["try", "./a"], "no document");
        assert!(text.starts_with("the body is no XML document"), "{text}");
        assert_eq!(code, 1);
    }

    #[test]
    fn check_says_what_a_query_reads() {
        let (text, code) = philter(&["check", "declare variable $x external; $x = ./a"], "");
        assert_eq!(text, "the query compiles\nreads: the body\nvariables: $x\n");
        assert_eq!(code, 0);
        let (text, _) = philter(&["check", "true()"], "");
        assert!(text.contains("nothing, it is always true"), "{text}");
        assert_eq!(philter(&["check", "1 +"], "").1, 1);
    }

    #[test]
    fn wrong_usage_says_so() {
        for arguments in
            [&[][..], &["eval", "1"], &["try"], &["try", "1", "--var"], &["try", "1", "x"]]
        {
            let (text, code) = philter(arguments, "");
            assert!(text.contains("usage: philter xquery"), "{text}");
            assert_eq!(code, 2);
        }
        assert_eq!(philter(&["--help"], "").1, 0);
    }
}
