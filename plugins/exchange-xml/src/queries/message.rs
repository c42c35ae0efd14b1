//! A message as queries see it: the body as a document, headers and properties as variables.
//!
//! Invariant: the body is read when the first query asks for it, and once.

use std::cell::OnceCell;

use philter_plugin_api::MessageView;
use philter_xquery::{Atomic, Document, DocumentReader, Error, ErrorCode};

use super::counts::Counts;
use crate::index::{Asked, Body};
use crate::variables::value_of;

/// A message.
pub(crate) struct Message<'m> {
    view: &'m dyn MessageView,
    document: OnceCell<Result<Document, Error>>,
}

impl<'m> Message<'m> {
    /// A message whose body nobody has read.
    pub(crate) fn new(view: &'m dyn MessageView) -> Self {
        Self { view, document: OnceCell::new() }
    }

    /// Its routing key.
    pub(crate) fn routing_key(&self) -> &str {
        self.view.routing_key()
    }

    /// The value of a variable.
    pub(crate) fn variable(&self, name: &str) -> Option<Atomic> {
        value_of(self.view, name)
    }

    /// The body.
    ///
    /// # Errors
    /// It is no document, or beyond a limit.
    pub(crate) fn document(
        &self,
        documents: &DocumentReader,
        counts: &Counts,
    ) -> Result<&Document, Error> {
        let read = || {
            Counts::add(&counts.documents);
            let read = self.read(documents);
            if read.is_err() {
                Counts::add(&counts.refused_documents);
            }
            read
        };
        self.document.get_or_init(read).as_ref().map_err(Clone::clone)
    }

    fn read(&self, documents: &DocumentReader) -> Result<Document, Error> {
        let bytes_max = documents.limits().document_bytes_max;
        // One that is too long is not put together first.
        if self.view.body_len() > bytes_max as u64 {
            let bytes = self.view.body_len();
            let text = format!("it has {bytes} bytes, of {bytes_max} at the most");
            return Err(Error::new(ErrorCode::Limit("document_bytes_max"), text));
        }
        documents.read(&self.view.body())
    }
}

impl<'m> Asked<'m> for &'m Message<'_> {
    fn variable(&self, name: &str) -> Option<Atomic> {
        Message::variable(self, name)
    }

    fn body(&self) -> Body<'m> {
        match self.document.get() {
            None => Body::Unread,
            Some(Ok(document)) => Body::Document(document),
            Some(Err(_)) => Body::Unreadable,
        }
    }
}
