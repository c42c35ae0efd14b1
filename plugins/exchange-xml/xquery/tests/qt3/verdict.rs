//! Whether what a query gave is what its case expects.
//!
//! Invariant: what the specifications define is asked of the engine in XQuery, with the result as
//! `$result`; nothing is compared twice in two ways.

use std::sync::Arc;

use philter_xquery::{Atomic, Error, QName, Value};

use crate::assertion::{Assertion, Expression};
use crate::catalog::Case;
use crate::engine::{self, Query, Setting};
use crate::xml_comparison;

/// A query that ran, and what came out.
pub(crate) struct Run<'r> {
    pub(crate) case: &'r Case,
    pub(crate) setting: &'r Setting,
    /// The query, where it compiled.
    pub(crate) query: Option<&'r Query>,
    pub(crate) outcome: Result<Vec<Value>, Error>,
}

impl Run<'_> {
    /// Whether an assertion is true of the outcome, or why it isn't.
    pub(crate) fn check(&self, assertion: &Assertion) -> Result<(), String> {
        match assertion {
            Assertion::AllOf(parts) => parts.iter().try_for_each(|part| self.check(part)),
            Assertion::AnyOf(parts) => {
                let failures: Vec<_> = parts.iter().map(|part| self.check(part)).collect();
                let passed = failures.iter().any(Result::is_ok);
                let first = failures.into_iter().find_map(Result::err);
                if passed { Ok(()) } else { Err(first.unwrap_or_default()) }
            }
            Assertion::Not(part) => match self.check(part) {
                Ok(()) => Err("what must not hold does".to_owned()),
                Err(_) => Ok(()),
            },
            Assertion::Error(code) => self.check_error(code),
            Assertion::SerializationError(code) => self.check_serialization_error(code),
            _ => match &self.outcome {
                Ok(values) => self.check_values(assertion, values),
                Err(error) => Err(format!("error {error}")),
            },
        }
    }

    fn check_error(&self, code: &str) -> Result<(), String> {
        match &self.outcome {
            Err(error) if is_error(error, code) => Ok(()),
            Err(error) => Err(format!("error {error}")),
            Ok(_) if code.starts_with("SE") => self.check_serialization_error(code),
            Ok(values) => Err(format!("result {}", engine::show(values))),
        }
    }

    fn check_serialization_error(&self, code: &str) -> Result<(), String> {
        match self.serialized() {
            Err(error) if is_error(&error, code) => Ok(()),
            Err(error) => Err(format!("error {error}")),
            Ok(text) => Err(format!("serialized as {text}")),
        }
    }

    fn serialized(&self) -> Result<String, Error> {
        let query = self.query.expect("what has a result was compiled");
        query.serialize(&self.setting.environment)
    }

    fn check_values(&self, assertion: &Assertion, values: &[Value]) -> Result<(), String> {
        let found = || Err(format!("result {}", engine::show(values)));
        let passed = match assertion {
            Assertion::Empty => values.is_empty(),
            Assertion::Count(count) => values.len() == *count,
            Assertion::True => matches!(values, [Value::Atomic(Atomic::Boolean(true))]),
            Assertion::False => matches!(values, [Value::Atomic(Atomic::Boolean(false))]),
            Assertion::StringValue { text, normalized } => {
                string_value(values).is_some_and(|found| match normalized {
                    true => normalize(&found) == normalize(text),
                    false => found == *text,
                })
            }
            Assertion::Xml { text, prefixes_matter } => {
                return self.check_xml(text, *prefixes_matter, values);
            }
            Assertion::SerializationMatches { pattern, flags } => {
                return self.check_serialization(pattern, flags);
            }
            _ => return self.check_expression(assertion, values),
        };
        if passed { Ok(()) } else { found() }
    }

    fn check_xml(
        &self,
        expected: &str,
        prefixes_matter: bool,
        values: &[Value],
    ) -> Result<(), String> {
        let found = engine::serialize_as_xml(values).map_err(|error| format!("error {error}"))?;
        if xml_comparison::is_same(expected, &found, prefixes_matter) {
            return Ok(());
        }
        Err(format!("result {found}"))
    }

    fn check_serialization(&self, pattern: &str, flags: &str) -> Result<(), String> {
        let found = self.serialized().map_err(|error| format!("error {error}"))?;
        let expression = format!("fn:matches($result, $pattern, '{flags}')");
        let values = [("result", found.as_str()), ("pattern", pattern)]
            .map(|(name, value)| (name, vec![Value::Atomic(Atomic::string(value))]));
        match self.ask(&expression, &[], &values) {
            Ok(true) => Ok(()),
            Ok(false) => Err(format!("serialized as {found}")),
            Err(error) => Err(format!("error {error} while matching")),
        }
    }

    /// Asks the engine.
    fn check_expression(&self, assertion: &Assertion, values: &[Value]) -> Result<(), String> {
        let (question, expression) = match assertion {
            Assertion::Holds(expression) => (expression.text.clone(), expression),
            Assertion::Equal(expression) => {
                (format!("$result eq ({}\n)", expression.text), expression)
            }
            Assertion::DeepEqual(expression) => {
                (format!("fn:deep-equal($result, ({}\n))", expression.text), expression)
            }
            Assertion::Permutation(expression) => (permutation(&expression.text), expression),
            Assertion::Type(expression) => {
                (format!("$result instance of {}", expression.text), expression)
            }
            _ => return Err(format!("{assertion} can't be asked of the engine")),
        };
        let answer = match values.iter().any(holds_function) {
            true => self.ask_beside_query(&question, expression),
            false => self.ask(&question, &expression.namespaces, &[("result", values.to_owned())]),
        };
        match answer {
            Ok(true) => Ok(()),
            Ok(false) => Err(format!("result {}", engine::show(values))),
            Err(error) => {
                Err(format!("result {}, asserting failed: {error}", engine::show(values)))
            }
        }
    }

    fn ask(
        &self,
        question: &str,
        namespaces: &[(String, String)],
        values: &[(&str, Vec<Value>)],
    ) -> Result<bool, Error> {
        let mut setting = self.setting.clone();
        setting.namespaces.extend_from_slice(namespaces);
        setting.environment.context_item = match values {
            [(_, result)] if result.len() == 1 => result.first().cloned(),
            _ => None,
        };
        for (name, value) in values {
            let name = QName::new("", name);
            setting.variables.retain(|variable| variable.0 != name);
            setting.variables.push((name.clone(), None));
            setting.environment.variables.insert(name, value.clone());
        }
        let query = engine::compile(question, &self.case.file, &setting, &Arc::default())?;
        query.boolean(&setting.environment)
    }

    /// A function can't leave its evaluation, so the question becomes a part of the query.
    fn ask_beside_query(&self, question: &str, expression: &Expression) -> Result<bool, Error> {
        let mut setting = self.setting.clone();
        setting.namespaces.extend_from_slice(&expression.namespaces);
        let semicolons = self.case.query.match_indices(';').map(|(at, _)| at + 1);
        let mut splits: Vec<_> = semicolons.chain([0]).collect();
        splits.sort_unstable_by(|a, b| b.cmp(a));
        let mut last = None;
        for split in splits {
            let (prolog, body) = self.case.query.split_at(split);
            let text = format!("{prolog} let $result := ({body}\n) return ({question}\n)");
            match engine::compile(&text, &self.case.file, &setting, &self.case.modules) {
                Ok(query) => return query.boolean(&setting.environment),
                Err(error) => last = Some(error),
            }
        }
        Err(last.expect("there was one split at least"))
    }
}

/// Every item is as often in the one as in the other.
fn permutation(expected: &str) -> String {
    format!(
        "let $expected := ({expected}\n) return fn:count($expected) eq fn:count($result) and \
         (every $item in $expected satisfies \
         fn:count($expected[fn:deep-equal(., $item)]) eq \
         fn:count($result[fn:deep-equal(., $item)]))"
    )
}

fn is_error(error: &Error, code: &str) -> bool {
    let name = error.name();
    let named = match code.strip_prefix("Q{") {
        Some(_) => name.braced() == code,
        None => *name.local == *code,
    };
    // XPDY0130 is what the specification has for limits.
    if error.is_limit() { code == "XPDY0130" } else { code == "*" || named }
}

fn holds_function(value: &Value) -> bool {
    match value {
        Value::Function(_) => true,
        Value::Map(entries) => entries.iter().any(|(_, value)| value.iter().any(holds_function)),
        Value::Array(members) => members.iter().any(|member| member.iter().any(holds_function)),
        Value::Atomic(_) | Value::Node(_) => false,
    }
}

/// The items' string values with a space between each; none where an item has none.
fn string_value(values: &[Value]) -> Option<String> {
    let texts = values.iter().map(|value| match value {
        Value::Atomic(atomic) => Some(atomic.to_text().into_owned()),
        Value::Node(node) => Some(node.string_value().to_owned()),
        _ => None,
    });
    Some(texts.collect::<Option<Vec<_>>>()?.join(" "))
}

fn normalize(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
