//! Commands gathered into message bodies, so that a long answer is neither one large message nor a
//! thousand small ones.
//!
//! Invariant: no command is torn; a page is larger than its limit only when it is one command.

use super::header::Header;
use super::limits::PAGE_BYTES_MAX;

/// Takes a message body; answers whether it wants more.
pub(super) type Sink<'a> = dyn FnMut(Vec<u8>) -> bool + 'a;

/// The message that is being filled, and who takes it when it is full.
pub(super) struct Pages<'a> {
    body: Vec<u8>,
    sink: &'a mut Sink<'a>,
    is_open: bool,
}

impl<'a> Pages<'a> {
    /// Nothing gathered yet.
    pub(super) fn new(sink: &'a mut Sink<'a>) -> Self {
        Self { body: Vec::new(), sink, is_open: true }
    }

    /// Whether the receiver still wants something.
    pub(super) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Adds a command, after giving away the page that it would overflow.
    pub(super) fn put(&mut self, opcode: u8, sequence: u32, content: impl FnOnce(&mut Vec<u8>)) {
        let start = self.body.len();
        Header { opcode, sequence }.encode(&mut self.body);
        content(&mut self.body);
        if start > 0 && self.body.len() > PAGE_BYTES_MAX {
            let rest = self.body.split_off(start);
            self.flush();
            self.body = rest;
        }
    }

    /// Gives away what is gathered.
    pub(super) fn flush(&mut self) {
        let body = std::mem::take(&mut self.body);
        if self.is_open && !body.is_empty() {
            self.is_open = (self.sink)(body);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    const HEADER_BYTES: usize = 8;
    use super::*;

    fn pages(sizes: &[usize], wanted: usize) -> Vec<usize> {
        let mut have = Vec::new();
        let mut sink = |body: Vec<u8>| {
            have.push(body.len());
            have.len() < wanted
        };
        let mut pages = Pages::new(&mut sink);
        for size in sizes {
            pages.put(b'g', 1, |into| into.resize(into.len() + size, 0));
        }
        pages.flush();
        have
    }

    #[test]
    fn a_page_ends_before_the_command_that_overflows_it() {
        let half = PAGE_BYTES_MAX / 2;
        assert_eq!(pages(&[half - HEADER_BYTES; 3], 9), [PAGE_BYTES_MAX, half]);
    }

    #[test]
    fn one_large_command_stands_alone() {
        let large = 2 * PAGE_BYTES_MAX;
        assert_eq!(pages(&[10, large, 10], 9), [18, large + HEADER_BYTES, 18]);
    }

    #[test]
    fn nothing_is_given_to_one_who_has_enough() {
        assert_eq!(pages(&[PAGE_BYTES_MAX; 5], 2).len(), 2);
    }

    proptest! {
        #[test]
        fn every_byte_comes_once(sizes in prop::collection::vec(0usize..40_000, 0..20)) {
            let all: usize = sizes.iter().map(|size| size + HEADER_BYTES).sum();
            let pages = pages(&sizes, usize::MAX);
            prop_assert_eq!(pages.iter().sum::<usize>(), all);
            prop_assert!(pages.iter().all(|page| *page <= PAGE_BYTES_MAX));
        }
    }
}
