//! Objects gathered into lists, so that a long answer is neither one large message nor a thousand
//! small ones.

use super::content::ListBody;
use super::limits::{PAGE_BYTES_MAX, PAGE_OBJECTS_MAX};

/// A list that is full, or the last one.
pub(super) struct Page {
    pub(super) body: Vec<u8>,
    pub(super) is_last: bool,
}

/// The list that is being filled, and who takes it when it is full and another object comes.
pub(super) struct Pages<'a> {
    list: ListBody,
    is_open: bool,
    send: &'a mut dyn FnMut(Page) -> bool,
}

impl<'a> Pages<'a> {
    /// Nothing gathered yet; `send` says whether it wants another page.
    pub(super) fn new(send: &'a mut dyn FnMut(Page) -> bool) -> Self {
        Self { list: ListBody::new(), is_open: true, send }
    }

    /// Whether the receiver wants more.
    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Adds an object; `value` writes it.
    pub(super) fn push(&mut self, value: impl FnOnce(&mut Vec<u8>)) {
        if self.list.len() >= PAGE_OBJECTS_MAX || self.list.bytes() >= PAGE_BYTES_MAX {
            self.give(false);
        }
        if self.is_open {
            self.list.push(value);
        }
    }

    /// Gives away the last page, if it has something.
    pub(super) fn finish(mut self) {
        if self.list.len() > 0 {
            self.give(true);
        }
    }

    /// Gives away the last page, even if it is empty.
    pub(super) fn finish_always(mut self) {
        self.give(true);
    }

    fn give(&mut self, is_last: bool) {
        let body = std::mem::replace(&mut self.list, ListBody::new()).finish();
        self.is_open = self.is_open && (self.send)(Page { body, is_last });
    }
}
