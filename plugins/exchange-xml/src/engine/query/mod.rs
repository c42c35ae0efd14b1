//! A query: read, checked, translated and compiled once, evaluated over many documents.
//!
//! The way of a query: tokens (`lexer`), prolog (`prolog`), one XPath expression (`translation`),
//! the engine's parser, one walk that checks and rewrites (`rewriting`), the engine's compiler.
//!
//! Invariants: a compiled query is inside the [`Limits`]; its effective boolean value is its
//! answer, and an error of the evaluation is never one; it depends on no arena, so that one query
//! serves any document.

mod external_type;
mod flwor;
mod functions;
mod lexer;
mod prolog;
mod rewriting;
mod shapes;
mod string_literal;
mod translation;
mod unsupported;

use std::fmt;
use std::sync::Arc;

use xee_interpreter::atomic::Atomic;
use xee_interpreter::context::{StaticContext, StaticContextBuilder, Variables as Arguments};
use xee_interpreter::error::SpannedError;
use xee_interpreter::function::Array;
use xee_interpreter::interpreter::Program;
use xee_interpreter::sequence::{Item, Sequence};
use xee_xpath_ast::ast::Name;

use self::external_type::ExternalType;
use self::lexer::Token;
use self::prolog::{Prolog, Source};
use self::translation::Translation;
use super::document::Document;
use super::dynamic_error::DynamicError;
use super::limits::{Limits, QUOTED_CHARACTERS_MAX};
use super::place::Place;
use super::static_error::{Located, StaticError, StaticFault};
use super::value::{Value, Variables};

/// Prefixes that XQuery knows without a declaration, beside those that XPath knows (XQuery 3.1,
/// section 2.1.1).
const PREDECLARED: [(&str, &str); 2] = [
    ("local", "http://www.w3.org/2005/xquery-local-functions"),
    ("xsi", "http://www.w3.org/2001/XMLSchema-instance"),
];

/// What is known of a query before it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Analysis {
    /// Its answer, where it is `true()` or `false()` and nothing else.
    pub(crate) constant: Option<bool>,
    /// Whether its answer may depend on the document.
    pub(crate) reads_document: bool,
    /// The external variables that it uses, in the order of the alphabet.
    pub(crate) variables: Vec<Arc<str>>,
}

/// A compiled query.
pub(crate) struct Query {
    text: Box<str>,
    translation: Translation,
    program: Program,
    externals: Vec<External>,
    analysis: Analysis,
}

/// A declared external variable.
struct External {
    name: Box<str>,
    accepts: ExternalType,
    has_default: bool,
}

impl Query {
    /// Compiles a query.
    ///
    /// # Errors
    /// What the query's author did wrong, and where.
    pub(crate) fn compile(text: &str, limits: &Limits) -> Result<Self, StaticError> {
        let tokens = lexer::lex(text, limits).map_err(|located| located.in_query(text))?;
        let prolog = prolog::read(text, &tokens).map_err(|located| located.in_query(text))?;
        if tokens.len() <= prolog.body {
            let text_end = tokens.last().map_or(text.len(), Token::end);
            return Err(Located::syntax("there is no expression", text_end).in_query(text));
        }
        let translation = Translation::new(text, &tokens, &prolog);
        let externals = externals(text, &prolog);
        let blame = Blame { text, tokens: &tokens, translation: &translation };
        let context = static_context(&prolog, &externals);
        let mut xpath =
            context.parse_xpath(&translation.xpath).map_err(|error| blame.engine(&error.into()))?;
        let constant = shapes::constant(&xpath);
        let names: Vec<Name> = context.variable_names().iter().cloned().collect();
        let findings = rewriting::rewrite(&mut xpath, &context, &names)
            .map_err(|located| blame.translated(located))?;
        let program =
            xee_xpath_compiler::compile(context, xpath).map_err(|error| blame.engine(&error))?;
        let analysis = Analysis {
            constant,
            reads_document: findings.reads_document,
            variables: findings.used.into_iter().map(Arc::from).collect(),
        };
        Ok(Self { text: text.into(), translation, program, externals, analysis })
    }

    /// What is known of it before it runs.
    pub(crate) fn analysis(&self) -> &Analysis {
        &self.analysis
    }

    /// Its effective boolean value for a document and the values of a message.
    ///
    /// # Errors
    /// A dynamic error of the language, or an engine that failed.
    pub(crate) fn evaluate(
        &self,
        document: &mut Document,
        variables: &Variables,
    ) -> Result<bool, DynamicError> {
        let mut builder = self.program.dynamic_context_builder();
        if let Some(item) = document.context_item() {
            builder.context_item(item);
        }
        builder.documents(document.documents.clone());
        builder.variables(self.arguments(variables)?);
        let context = builder.build();
        let result = self.program.runnable(&context).many(&mut document.arena);
        let result = result.and_then(|sequence| Ok(sequence.effective_boolean_value()?));
        result.map_err(|error| self.dynamic_error(&error, variables))
    }

    fn arguments(&self, variables: &Variables) -> Result<Arguments, DynamicError> {
        self.externals.iter().map(|external| external.argument(variables)).collect()
    }

    fn dynamic_error(&self, error: &SpannedError, variables: &Variables) -> DynamicError {
        let span = error.span.map(|span| span.range()).filter(|span| !span.is_empty());
        let place =
            span.map(|span| Place::of(&self.text, self.translation.query_offset(span.start)));
        let absent: Vec<String> = self
            .analysis
            .variables
            .iter()
            .filter(|name| self.is_absent(name, variables))
            .map(|name| format!("${name}"))
            .collect();
        let code = error.error.code();
        if code == "XPTY0004" && !absent.is_empty() {
            return DynamicError::AbsentVariable { names: absent.join(", "), place };
        }
        DynamicError::Language { code, text: first_line(error.error.message()), place }
    }

    fn is_absent(&self, name: &str, variables: &Variables) -> bool {
        let external = self.externals.iter().find(|external| *external.name == *name);
        external.is_some_and(|it| !it.has_default && it.value(variables).is_none())
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query").field("text", &self.text).finish_non_exhaustive()
    }
}

impl External {
    fn value<'v>(&self, variables: &'v Variables) -> Option<&'v Value> {
        variables.get(&*self.name).filter(|value| self.accepts.accepts(value))
    }

    /// What stands for the variable: an array of its value; without one an array of nothing where a
    /// default waits, and otherwise what is no array, so that looking into it is an error.
    fn argument(&self, variables: &Variables) -> Result<(Name, Sequence), DynamicError> {
        let member = match self.value(variables) {
            Some(value) => Some(Sequence::from(Item::Atomic(atomic(value)?))),
            None => self.has_default.then(Sequence::default),
        };
        let argument = match member {
            Some(member) => Sequence::from(Array::from(vec![member])),
            None => Sequence::from(Item::Atomic(Atomic::from(false))),
        };
        Ok((Name::name(&self.name), argument))
    }
}

fn externals(text: &str, prolog: &Prolog) -> Vec<External> {
    let external = |variable: &prolog::Variable| match &variable.source {
        Source::External { accepts, default } => Some(External {
            name: text.get(variable.name.clone()).unwrap_or_default().into(),
            accepts: *accepts,
            has_default: default.is_some(),
        }),
        Source::Expression { .. } => None,
    };
    prolog.variables.iter().filter_map(external).collect()
}

fn static_context(prolog: &Prolog, externals: &[External]) -> StaticContext {
    let mut builder = StaticContextBuilder::default();
    builder.namespaces(PREDECLARED);
    builder.namespaces(prolog.namespaces.iter().map(|(prefix, uri)| (&**prefix, &**uri)));
    builder.default_element_namespace(&prolog.default_element_namespace);
    builder.default_function_namespace(&prolog.default_function_namespace);
    builder.variable_names(externals.iter().map(|external| Name::name(&external.name)));
    builder.build()
}

fn atomic(value: &Value) -> Result<Atomic, DynamicError> {
    match value {
        Value::Boolean(value) => Ok(Atomic::from(*value)),
        Value::Double(value) => Ok(Atomic::from(*value)),
        Value::String(value) => Ok(Atomic::from(&**value)),
        Value::Integer(value) => integer(*value),
    }
}

/// The engine's conversions give xs:long and xs:unsignedLong; XQuery is told xs:integer.
fn integer(value: i128) -> Result<Atomic, DynamicError> {
    let narrow = match (i64::try_from(value), u64::try_from(value)) {
        (Ok(signed), _) => Atomic::from(signed),
        (_, Ok(unsigned)) => Atomic::from(unsigned),
        _ => return Err(DynamicError::Engine(format!("{value} is wider than 64 bits"))),
    };
    Ok(match narrow {
        Atomic::Integer(_, whole) => Atomic::from(whole),
        other => other,
    })
}

/// Turns what the engine says into what the query's author can read.
struct Blame<'a> {
    text: &'a str,
    tokens: &'a [Token<'a>],
    translation: &'a Translation,
}

impl Blame<'_> {
    fn translated(&self, located: Located) -> StaticError {
        let offset = self.translation.query_offset(located.offset);
        Located::new(located.fault, offset).in_query(self.text)
    }

    fn engine(&self, error: &SpannedError) -> StaticError {
        let code = error.error.code();
        let span = error.span.map_or(0..0, |span| span.range());
        let offset = self.translation.query_offset(span.start);
        if code != "XPST0003" {
            let quoted = self.text.get(offset..self.translation.query_offset(span.end));
            let quoted = quoted.filter(|quoted| !quoted.is_empty());
            let at = quoted.map_or_else(|| self.found(offset), quote);
            let text = format!("{} (at {at})", first_line(error.error.message()));
            return Located::new(StaticFault::Language { code, text }, offset).in_query(self.text);
        }
        if let Some(unsupported) = unsupported::first(self.tokens) {
            return unsupported.in_query(self.text);
        }
        let text = format!("{} is not expected here", self.found(offset));
        Located::syntax(text, offset).in_query(self.text)
    }

    fn found(&self, offset: usize) -> String {
        let token = self.tokens.iter().find(|token| token.end() > offset);
        token.map_or("the end of the query".to_owned(), |token| quote(token.text))
    }
}

fn quote(text: &str) -> String {
    let shown: String = text.chars().take(QUOTED_CHARACTERS_MAX).collect();
    format!("'{shown}'")
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim().trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests;
