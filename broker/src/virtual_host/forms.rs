//! The forms that messages of a batch take on their way through exchanges whose bindings transform
//! them. Each has a place of its own behind those of the batch, so that what holds for a message on
//! its way (an exchange sees it once, a queue gets it once) holds for each form.
//!
//! Invariants:
//! - of forms of one message no two are equal, and none is equal to the message;
//! - however bindings form rings, and whatever they make of a message each time, its way ends.

use std::sync::Arc;

use bytes::Bytes;
use foldhash::HashMap;
use philter_model::message::Message;

use crate::message::{View, content_type, with_body};
use crate::virtual_host::limits::{CHANGES_MAX, TRAVELLING_FORMS_MAX};
use crate::virtual_host::transform::Replacement;

/// The message of a batch that a form was made of, the body and its type.
type Content = (usize, Bytes, Option<String>);

struct Form {
    /// The place of the message in its batch.
    origin: usize,
    message: Arc<Message>,
    /// How often it was changed to become this.
    changes: usize,
    /// It goes on to other exchanges.
    is_travelling: bool,
}

/// The forms of the messages of a batch.
pub(super) struct Forms<'b> {
    batch: &'b [Arc<Message>],
    made: Vec<Form>,
    known: HashMap<Content, usize>,
    /// How many forms of a message go on to other exchanges, by its place in the batch.
    travelling: HashMap<usize, usize>,
}

impl<'b> Forms<'b> {
    /// None yet.
    pub(super) fn of(batch: &'b [Arc<Message>]) -> Self {
        let (known, travelling) = (HashMap::default(), HashMap::default());
        Self { batch, made: Vec::new(), known, travelling }
    }

    fn form(&self, place: usize) -> Option<&Form> {
        self.made.get(place.checked_sub(self.batch.len())?)
    }

    /// What is at a place.
    pub(super) fn message(&self, place: usize) -> Option<&Arc<Message>> {
        self.batch.get(place).or_else(|| Some(&self.form(place)?.message))
    }

    /// The place of the message that something was made of: its own for one of the batch.
    pub(super) fn origin(&self, place: usize) -> usize {
        self.form(place).map_or(place, |form| form.origin)
    }

    /// The places of all forms.
    pub(super) fn places(&self) -> std::ops::Range<usize> {
        self.batch.len()..self.batch.len() + self.made.len()
    }

    /// Those of these places that are forms', with what is seen of each.
    pub(super) fn views<'f>(
        &'f self,
        places: &'f [usize],
        host: &'f str,
    ) -> impl Iterator<Item = (usize, View<'f>)> {
        let form = |place: &usize| Some((*place, View::new(&self.form(*place)?.message, host)));
        places.iter().filter_map(form)
    }

    /// The place of what a replacement makes of the message at `place`.
    pub(super) fn change(&mut self, place: usize, replacement: &Replacement) -> usize {
        let origin = self.origin(place);
        let (Some(message), Some(first)) = (self.message(place), self.message(origin)) else {
            return place;
        };
        let new_type = replacement.content_type.clone().or_else(|| content_type(message));
        if has_body(first, &replacement.body) && content_type(first) == new_type {
            return origin;
        }
        let content = (origin, replacement.body.clone(), new_type);
        if let Some(found) = self.known.get(&content) {
            return *found;
        }
        let (_, body, content_type) = &content;
        let message = Arc::new(with_body(message, body, content_type.as_deref()));
        let changes = self.form(place).map_or(0, |form| form.changes) + 1;
        let new = self.places().end;
        self.known.insert(content, new);
        self.made.push(Form { origin, message, changes, is_travelling: false });
        new
    }

    /// Whether what is at a place may go on to another exchange.
    pub(super) fn travels(&mut self, place: usize) -> bool {
        let at = place.checked_sub(self.batch.len());
        let Some(form) = at.and_then(|at| self.made.get_mut(at)) else { return true };
        if !form.is_travelling {
            let count = self.travelling.entry(form.origin).or_default();
            form.is_travelling = form.changes <= CHANGES_MAX && *count < TRAVELLING_FORMS_MAX;
            *count += usize::from(form.is_travelling);
        }
        form.is_travelling
    }
}

fn has_body(message: &Message, body: &[u8]) -> bool {
    message.has_body()
        && message.body_bytes() == body.len()
        && message.body().iter().flatten().eq(body)
}
