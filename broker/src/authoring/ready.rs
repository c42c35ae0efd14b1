//! An instance that has what it needs to be asked about messages: a filter with its compiled
//! expression, an exchange with its bindings.

use philter_plugin_api::{
    BindingId, Exchange, Filter, FilterHandle, Kind, Matches, MessageView, Reads, Result,
};

use super::recorded::Answer;
use super::stopwatch::{Cost, Stopwatch};
use super::{AuthoringError, Question, Subject};

/// The instance.
pub(crate) enum Ready {
    /// A filter and its expression.
    Filter(Box<dyn Filter>, FilterHandle),
    /// An exchange that has its bindings.
    Exchange(Box<dyn Exchange>),
}

/// How it came to be.
pub(crate) struct Prepared {
    /// The instance.
    pub(crate) ready: Ready,
    /// What its answers read.
    pub(crate) reads: Reads,
    /// What was called, in order: its name and its cost.
    pub(crate) calls: Vec<(String, Cost)>,
}

impl Prepared {
    /// Makes an instance, and compiles the expression or takes the bindings.
    ///
    /// # Errors
    /// What the question lacks, or what the plugin refuses.
    pub(crate) fn new(
        subject: &Subject,
        question: &Question,
        watch: &Stopwatch,
    ) -> Result<Self, AuthoringError> {
        if subject.factory.kind == Kind::Filter {
            Self::filter(subject, question, watch)
        } else {
            Self::exchange(subject, question, watch)
        }
    }

    fn filter(
        subject: &Subject,
        question: &Question,
        watch: &Stopwatch,
    ) -> Result<Self, AuthoringError> {
        let type_name = &subject.factory.type_name;
        let Some(expression) = &question.expression else {
            return Err(missing(subject, "--expression TEXT"));
        };
        let context = subject.context(&[]);
        let made = watch.time(|| subject.carrier.create_filter(type_name, &context));
        let mut calls = Vec::new();
        let filter = called("create", made, &mut calls)?;
        let compiled = watch.time(|| filter.compile(expression));
        let (handle, reads) = called("compile", compiled, &mut calls)?;
        Ok(Self { ready: Ready::Filter(filter, handle), reads, calls })
    }

    fn exchange(
        subject: &Subject,
        question: &Question,
        watch: &Stopwatch,
    ) -> Result<Self, AuthoringError> {
        let type_name = &subject.factory.type_name;
        if question.bindings.is_empty() {
            return Err(missing(subject, r#"--bind '{"key": …, "arguments": {…}}'"#));
        }
        let context = subject.context(&question.arguments);
        let made = watch.time(|| subject.carrier.create_exchange(type_name, &context));
        let mut calls = Vec::new();
        let exchange = called("create", made, &mut calls)?;
        let mut reads = Reads::default();
        for (id, binding) in (1..).zip(&question.bindings) {
            let bound = binding.with(BindingId(id), |it| watch.time(|| exchange.bind(it)));
            reads = reads | called(&format!("bind {id}"), bound, &mut calls)?.reads;
        }
        Ok(Self { ready: Ready::Exchange(exchange), reads, calls })
    }
}

fn missing(subject: &Subject, option: &'static str) -> AuthoringError {
    let (kind, type_name) = (subject.factory.kind.name(), subject.factory.type_name.clone());
    AuthoringError::Missing { kind, type_name, option }
}

/// Keeps what a call cost, and takes its result.
fn called<T>(
    call: &str,
    (result, cost): (Result<T>, Cost),
    calls: &mut Vec<(String, Cost)>,
) -> Result<T, AuthoringError> {
    let made = result.map_err(|error| AuthoringError::Plugin { call: call.to_owned(), error })?;
    calls.push((call.to_owned(), cost));
    Ok(made)
}

impl Ready {
    /// The answer for each message.
    ///
    /// # Errors
    /// The plugin fails.
    pub(crate) fn ask(&self, batch: &[&dyn MessageView]) -> Result<Vec<Answer>> {
        match self {
            Self::Filter(filter, handle) => {
                let mut answers = vec![Answer::Matches(false); batch.len()];
                filter.matches(batch, &[*handle], &mut |message, _| {
                    if let Some(answer) = answers.get_mut(message) {
                        *answer = Answer::Matches(true);
                    }
                })?;
                Ok(answers)
            }
            Self::Exchange(exchange) => {
                let mut found = Found(vec![Vec::new(); batch.len()]);
                exchange.route(batch, &mut found)?;
                Ok(found.0.into_iter().map(Answer::bindings).collect())
            }
        }
    }

    /// How many matches there are, all messages together; the cheapest question there is.
    ///
    /// # Errors
    /// The plugin fails.
    pub(crate) fn count(&self, batch: &[&dyn MessageView]) -> Result<usize> {
        match self {
            Self::Filter(filter, handle) => {
                let mut count = 0;
                filter.matches(batch, &[*handle], &mut |_, _| count += 1)?;
                Ok(count)
            }
            Self::Exchange(exchange) => {
                let mut count = Count(0);
                exchange.route(batch, &mut count)?;
                Ok(count.0)
            }
        }
    }
}

struct Found(Vec<Vec<u64>>);

impl Matches for Found {
    fn push(&mut self, index: usize, id: BindingId) {
        if let Some(ids) = self.0.get_mut(index) {
            ids.push(id.0);
        }
    }
}

struct Count(usize);

impl Matches for Count {
    fn push(&mut self, _: usize, _: BindingId) {
        self.0 += 1;
    }
}
