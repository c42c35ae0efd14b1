//! Puts the questions of an exchange or a filter, an expression about a message each, to the
//! workers.
//!
//! Invariants: a body is copied only where an expression reads it, and never where it is too long
//! to be read; the copies under way stay below [`BATCH_BYTES_MAX`] and one body; a constant costs
//! no engine.

use std::sync::Arc;

use philter_plugin_api::MessageView;

use crate::engine::DocumentError;
use crate::variables::value_of;
use crate::workers::{Expression, Outcome, Task, TaskBody, Workers};

/// Bytes of bodies that are handed to the workers at once; they outlive the call where a thread is
/// lost.
const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;

/// An expression about a message, and who wants to know.
#[derive(Debug)]
pub(crate) struct Question<T> {
    /// The message's index in the batch.
    pub(crate) message: usize,
    /// The expression.
    pub(crate) expression: Arc<Expression>,
    /// Who wants to know.
    pub(crate) asker: T,
}

/// Answers every question once. Those about one message stand together in `questions`.
pub(crate) fn ask<T>(
    workers: &Workers,
    batch: &[&dyn MessageView],
    questions: &[Question<T>],
    answer: &mut dyn FnMut(&Question<T>, &Outcome),
) {
    let mut asked = Vec::new();
    let mut tasks = Vec::new();
    let mut bytes = 0;
    for about_one in questions.chunk_by(|one, next| one.message == next.message) {
        let open = about_one.iter().filter(|question| !answered(question, answer));
        let open: Vec<_> = open.collect();
        let message = open.first().and_then(|question| batch.get(question.message));
        let Some(message) = message else { continue };
        let task = task(workers, *message, &open);
        bytes += task.bytes();
        tasks.push(task);
        asked.extend(open);
        if bytes > BATCH_BYTES_MAX {
            evaluate(workers, &mut tasks, &mut asked, answer);
            bytes = 0;
        }
    }
    evaluate(workers, &mut tasks, &mut asked, answer);
}

fn answered<T>(question: &Question<T>, answer: &mut dyn FnMut(&Question<T>, &Outcome)) -> bool {
    let constant = question.expression.analysis().constant;
    if let Some(constant) = constant {
        answer(question, &Ok(constant));
    }
    constant.is_some()
}

fn task<T>(workers: &Workers, message: &dyn MessageView, questions: &[&Question<T>]) -> Task {
    let mut task = Task::default();
    for question in questions {
        let analysis = question.expression.analysis();
        for name in &analysis.variables {
            if !task.variables.contains_key(name)
                && let Some(value) = value_of(message, name)
            {
                task.variables.insert(Arc::clone(name), value);
            }
        }
        if analysis.reads_document && matches!(task.body, TaskBody::Unused) {
            task.body = body(workers, message);
        }
        task.expressions.push(Arc::clone(&question.expression));
    }
    task
}

fn body(workers: &Workers, message: &dyn MessageView) -> TaskBody {
    let document_bytes_max = workers.configuration().document_bytes_max;
    let bytes = usize::try_from(message.body_len()).unwrap_or(usize::MAX);
    if bytes > document_bytes_max {
        return TaskBody::Refused(DocumentError::TooLong { bytes, document_bytes_max });
    }
    TaskBody::Bytes(message.body().into_owned())
}

fn evaluate<T>(
    workers: &Workers,
    tasks: &mut Vec<Task>,
    asked: &mut Vec<&Question<T>>,
    answer: &mut dyn FnMut(&Question<T>, &Outcome),
) {
    if tasks.is_empty() {
        return;
    }
    let outcomes = workers.evaluate(std::mem::take(tasks));
    for (question, outcome) in asked.drain(..).zip(&outcomes) {
        answer(question, outcome);
    }
}
