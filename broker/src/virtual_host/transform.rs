//! Transformations on bindings: the argument `LANGUAGE-transform` of a binding of any exchange.
//! What its expression makes of a message's body is what goes to the binding's destination.
//!
//! Invariants:
//! - an expression is asked when the exchange and the binding's filter let a message through, never
//!   under a lock, and once for all bindings of a message that have the same one;
//! - an answer belongs to one message: it is never kept;
//! - the message itself stays as it is, for other bindings.

use std::slice;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use philter_model::message::Message;
use philter_plugin_api::{MessageView, Reads, Verdict};
use tracing::warn;

use crate::virtual_host::publish::{Published, Way};
use crate::virtual_host::transform_argument::{OnError, TransformArgument, wrong};
use crate::virtual_host::{CompiledFilter, DeadLetterReason, Endpoint, Error, Queue, VirtualHost};

/// Bytes of a content type: in 0-10 and 0-9-1 its length field has 8 bits.
const CONTENT_TYPE_BYTES_MAX: usize = 255;

/// What a binding makes of messages.
pub(super) struct Transform {
    filter: CompiledFilter,
    expression: Box<str>,
    on_error: OnError,
    /// The argument and the binding, for the log.
    place: String,
    /// Messages that it failed on.
    failures: AtomicU64,
}

/// What an expression made of a message.
#[derive(Clone)]
enum Outcome {
    Pass,
    Drop,
    DeadLetter,
    Replace(Arc<Replacement>),
    Fail(Arc<str>),
}

/// What goes in the place of a message.
pub(super) struct Replacement {
    pub(super) body: Bytes,
    /// None: the message's own.
    pub(super) content_type: Option<String>,
}

/// What becomes of a message at a binding that does not take it as it is.
#[derive(Clone)]
pub(super) enum Fate {
    /// The binding takes nothing.
    Drop,
    /// It goes where the destination's dead letters go.
    DeadLetter,
    /// Something else goes in its place.
    Replace(Arc<Replacement>),
}

/// What a transformation decided about one message on its way to a destination.
#[derive(Clone)]
pub(super) struct Answer {
    pub(super) to: Endpoint,
    pub(super) fate: Fate,
}

/// What the bindings of one exchange make of one message.
#[derive(Default)]
pub(super) struct Decisions {
    outcomes: Vec<(Arc<Transform>, Outcome)>,
    answers: Vec<Answer>,
}

impl Decisions {
    /// Asks a binding's transformation. Whether the message goes to its destination as it is.
    pub(super) fn passes(
        &mut self,
        transform: &Arc<Transform>,
        to: &Endpoint,
        message: &dyn MessageView,
    ) -> bool {
        let same = self.outcomes.iter().find(|(other, _)| other.asks_same(transform));
        let outcome = same.map(|(_, outcome)| outcome.clone()).unwrap_or_else(|| {
            let outcome = transform.ask(message);
            self.outcomes.push((Arc::clone(transform), outcome.clone()));
            outcome
        });
        let Some(fate) = transform.fate(&outcome) else { return true };
        self.answers.push(Answer { to: to.clone(), fate });
        false
    }

    /// The answers; none where nobody was asked.
    pub(super) fn into_answers(self) -> Option<Box<[Answer]>> {
        (!self.outcomes.is_empty()).then(|| self.answers.into_boxed_slice())
    }
}

impl Transform {
    /// What its answers depend on.
    pub(super) fn reads(&self) -> Reads {
        self.filter.reads
    }

    /// Whether asking it may take its time.
    pub(super) fn may_block(&self) -> bool {
        self.filter.may_block()
    }

    /// Messages that it failed on.
    pub(super) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    fn asks_same(&self, other: &Self) -> bool {
        self.filter.has_language_of(&other.filter) && self.expression == other.expression
    }

    fn ask(&self, message: &dyn MessageView) -> Outcome {
        match self.filter.transform(message) {
            Ok(Verdict::Pass) => Outcome::Pass,
            Ok(Verdict::Drop) => Outcome::Drop,
            Ok(Verdict::DeadLetter) => Outcome::DeadLetter,
            Ok(Verdict::Replace { body, content_type }) => match &content_type {
                Some(text) if text.len() > CONTENT_TYPE_BYTES_MAX => {
                    Outcome::Fail(format!("a content type of {} bytes", text.len()).into())
                }
                _ => Outcome::Replace(Arc::new(Replacement { body: body.into(), content_type })),
            },
            Err(error) => Outcome::Fail(error.to_string().into()),
        }
    }

    /// What becomes of a message; none where it goes on as it is.
    fn fate(&self, outcome: &Outcome) -> Option<Fate> {
        match outcome {
            Outcome::Pass => None,
            Outcome::Drop => Some(Fate::Drop),
            Outcome::DeadLetter => Some(Fate::DeadLetter),
            Outcome::Replace(replacement) => Some(Fate::Replace(Arc::clone(replacement))),
            Outcome::Fail(text) => {
                self.note_failure(text);
                match self.on_error {
                    OnError::Drop => Some(Fate::Drop),
                    OnError::Pass => None,
                    OnError::DeadLetter => Some(Fate::DeadLetter),
                }
            }
        }
    }

    /// Counts a failure. The log has the first one, and then ever fewer of many.
    fn note_failure(&self, text: &str) {
        let count = self.failures.fetch_add(1, Ordering::Relaxed) + 1;
        if count == 10u64.pow(count.ilog10()) {
            let rule = self.on_error.word();
            warn!("{}: failed on {count} messages so far ({rule}): {text}", self.place);
        }
    }
}

impl VirtualHost {
    /// Compiles the transformation of a binding that is described as `place`.
    ///
    /// # Errors
    /// The language is not loaded or transforms nothing, or the expression does not compile.
    pub(super) fn compile_transform(
        &self,
        argument: &TransformArgument<'_>,
        place: &str,
    ) -> Result<Transform, Error> {
        let TransformArgument { name, language, expression, on_error } = *argument;
        let filter =
            self.compile_filter(format_args!("bind argument {name}"), language, expression)?;
        if !filter.transforms() {
            return Err(wrong(name, &format!("the language '{language}' cannot transform")));
        }
        let place = format!("{name} of the {place}");
        let failures = AtomicU64::new(0);
        Ok(Transform { filter, expression: expression.into(), on_error, place, failures })
    }

    /// Gives queues what transformations made of the message with this index in its publisher's
    /// batch.
    pub(super) fn deliver_changed(
        &self,
        changed: &Changed,
        index: usize,
        way: Way,
        published: &mut Published,
    ) {
        for (form, queues) in &changed.forms {
            self.deliver_to_all(queues, slice::from_ref(form), index, way, published);
        }
        for (queue, message) in &changed.dead {
            let reason = DeadLetterReason::Rejected;
            match way.of_dead_letters() {
                Some(way) => self.dead_letter_on(queue, slice::from_ref(message), reason, way),
                None => self.lose_dead_letters(queue, 1),
            }
        }
    }
}

/// Where one message goes beside the queues that get it as it is, at the end of its way.
#[derive(Default)]
pub(super) struct Changed {
    /// What was made of it, and the queues that get that.
    pub(super) forms: Vec<(Arc<Message>, Vec<Arc<Queue>>)>,
    /// Queues whose dead letter it is, in the form in which it came to them.
    pub(super) dead: Vec<(Arc<Queue>, Arc<Message>)>,
    /// What to count at the first exchange.
    pub(super) tally: Tally,
}

impl Changed {
    /// Whether it goes anywhere.
    pub(super) fn leads_anywhere(&self) -> bool {
        !self.forms.is_empty() || !self.dead.is_empty()
    }
}

/// What transformations did with one message at one exchange, to be counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    /// Queues that get something else, and the bytes of that.
    pub(super) routed: u64,
    pub(super) routed_bytes: u64,
    /// Bindings that took nothing.
    pub(super) dropped: u64,
    /// A binding took it: as something else, perhaps on to another exchange, or as a dead letter.
    pub(super) is_taken: bool,
}

impl Tally {
    /// Whether there is nothing to count.
    pub(super) fn is_empty(&self) -> bool {
        self.routed == 0 && self.dropped == 0 && !self.is_taken
    }

    /// One queue more gets this.
    pub(super) fn count_routed(&mut self, form: &Message) {
        self.routed += 1;
        self.routed_bytes += form.size();
    }
}
