//! `philter plugin test`: a plugin asked about every recorded message, alone and in batches.
//!
//! Invariant: the first failure ends nothing; every message is asked about.

mod report;

use philter_plugin_api::{ErrorKind, MessageView, Reads};
use serde::Serialize;
use serde_json::Value as Json;

use super::limits::{Limits, Taken};
use super::ready::{Prepared, Ready};
use super::recorded::{Answer, Recorded};
use super::stopwatch::{Cost, Stopwatch};
use super::{AuthoringError, Question, Subject};

/// Messages of a batch.
pub(super) const BATCH: usize = 64;

/// What came out.
#[derive(Debug, Serialize)]
pub(crate) struct Trial {
    file: String,
    plugin: String,
    version: String,
    kind: &'static str,
    #[serde(rename = "type")]
    type_name: String,
    /// None for a native library.
    limits: Option<Limits>,
    /// At the end; none for a native library.
    taken: Option<Taken>,
    reads: Vec<&'static str>,
    /// What came before the messages.
    calls: Vec<Call>,
    messages: Vec<Told>,
    batches: Batches,
    /// What it says of itself, by entry.
    said: Vec<(&'static str, Json)>,
}

#[derive(Debug, Serialize)]
struct Call {
    name: String,
    #[serde(flatten)]
    cost: Cost,
}

/// What it answered for a message.
#[derive(Debug, Serialize)]
struct Told {
    line: usize,
    #[serde(flatten)]
    cost: Cost,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<Answer>,
    /// Why there is no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    /// What the file wants instead, where the answer is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<Answer>,
    /// What it answered in a batch, where that is something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    in_batch: Option<Answer>,
    #[serde(rename = "try", skip_serializing_if = "Option::is_none")]
    tried: Option<Json>,
}

/// All messages once more, in batches.
#[derive(Debug, Default, Serialize)]
struct Batches {
    messages_max: usize,
    #[serde(flatten)]
    cost: Cost,
    /// Of each batch that has no answer.
    failures: Vec<String>,
}

/// Asks the plugin about every message.
///
/// # Errors
/// What the question lacks, or a plugin that makes no instance or refuses what it is given.
pub(crate) fn try_out(
    subject: &Subject,
    question: &Question,
    messages: &[Recorded],
) -> Result<Trial, AuthoringError> {
    let watch = Stopwatch::new();
    let Prepared { ready, reads, calls } = Prepared::new(subject, question, &watch)?;
    let mut told: Vec<Told> =
        messages.iter().map(|message| ask(&ready, question, message, &watch)).collect();
    let batches = ask_in_batches(&ready, messages, &mut told, &watch);
    let description = subject.carrier.description();
    Ok(Trial {
        file: subject.file.display().to_string(),
        plugin: description.name.clone(),
        version: description.version.clone(),
        kind: subject.factory.kind.name(),
        type_name: subject.factory.type_name.clone(),
        limits: Limits::of(&*subject.carrier),
        reads: names(reads),
        calls: calls.into_iter().map(|(name, cost)| Call { name, cost }).collect(),
        messages: told,
        batches,
        said: said(&ready, question),
        taken: Taken::of(&*subject.carrier),
    })
}

fn ask(ready: &Ready, question: &Question, recorded: &Recorded, watch: &Stopwatch) -> Told {
    let message: &dyn MessageView = &recorded.message;
    let (answers, cost) = watch.time(|| ready.ask(&[message]));
    let (answer, failure) = match answers {
        Ok(answers) => (answers.into_iter().next(), None),
        Err(error) => (None, Some(error.to_string())),
    };
    let expected = recorded.expected.clone();
    let expected = expected.filter(|expected| answer.as_ref().is_some_and(|it| it != expected));
    let tried = tried(ready, question, message);
    Told { line: recorded.line, cost, answer, failure, expected, in_batch: None, tried }
}

/// What the filter's `try` says, if it is there.
fn tried(ready: &Ready, question: &Question, message: &dyn MessageView) -> Option<Json> {
    let Ready::Filter(filter, _) = ready else { return None };
    entry(filter.try_expression(question.expression.as_deref()?, message))
}

fn ask_in_batches(
    ready: &Ready,
    messages: &[Recorded],
    told: &mut [Told],
    watch: &Stopwatch,
) -> Batches {
    let mut all = Batches { messages_max: BATCH, ..Batches::default() };
    for (messages, told) in messages.chunks(BATCH).zip(told.chunks_mut(BATCH)) {
        let batch: Vec<&dyn MessageView> =
            messages.iter().map(|recorded| &recorded.message as &dyn MessageView).collect();
        let (answers, cost) = watch.time(|| ready.ask(&batch));
        all.cost.cpu += cost.cpu;
        all.cost.wall += cost.wall;
        match answers {
            Ok(answers) => {
                for (told, answer) in told.iter_mut().zip(answers) {
                    let differs = told.answer.as_ref().is_some_and(|alone| *alone != answer);
                    told.in_batch = differs.then_some(answer);
                }
            }
            Err(error) => all.failures.push(error.to_string()),
        }
    }
    all
}

/// What the instance says of itself.
fn said(ready: &Ready, question: &Question) -> Vec<(&'static str, Json)> {
    let answers = match ready {
        Ready::Filter(filter, handle) => {
            let expression = question.expression.as_deref().unwrap_or_default();
            let explained = entry(filter.explain(expression));
            let inspected = entry(filter.inspect(Some(*handle)));
            vec![("explain", explained), ("inspect", inspected)]
        }
        Ready::Exchange(exchange) => vec![("inspect", entry(exchange.inspect(None)))],
    };
    answers.into_iter().filter_map(|(name, answer)| Some((name, answer?))).collect()
}

/// An optional entry's answer; none where there is no such entry.
fn entry(answer: philter_plugin_api::Result<String>) -> Option<Json> {
    match answer {
        Ok(text) => Some(serde_json::from_str(&text).unwrap_or(Json::String(text))),
        Err(error) if error.kind() == ErrorKind::Unsupported => None,
        Err(error) => Some(Json::String(format!("failed: {error}"))),
    }
}

/// What answers read, in words.
pub(super) fn names(reads: Reads) -> Vec<&'static str> {
    let all = [
        (Reads::KEY, "routing key"),
        (Reads::PROPERTIES, "properties"),
        (Reads::HEADERS, "headers"),
        (Reads::BODY, "body"),
    ];
    all.into_iter().filter(|(read, _)| reads.contains(*read)).map(|(_, name)| name).collect()
}

impl Trial {
    /// Whether every call was answered, as expected and alike alone and in a batch.
    pub(crate) fn is_good(&self) -> bool {
        let is_good = |told: &Told| {
            told.failure.is_none() && told.expected.is_none() && told.in_batch.is_none()
        };
        let is_quiet = self.taken.is_none_or(|taken| taken.failures == 0);
        self.messages.iter().all(is_good) && self.batches.failures.is_empty() && is_quiet
    }
}

#[cfg(test)]
mod tests;
