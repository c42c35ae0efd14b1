//! What a disk holds when it is without power.
//!
//! Invariant: bytes that nobody wrote are zero, and pages of zeros take no memory.

pub(super) const PAGE_BYTES: usize = 4096;

/// Bytes by page.
#[derive(Clone, Debug)]
pub(super) struct Medium {
    pages: Vec<Option<Box<[u8]>>>,
}

/// The part of one page in a range of bytes.
struct Part {
    page: usize,
    in_page: std::ops::Range<usize>,
    in_range: std::ops::Range<usize>,
}

impl Medium {
    pub(super) fn empty(bytes: u64) -> Self {
        let pages = bytes.div_ceil(PAGE_BYTES as u64);
        Self { pages: vec![None; pages as usize] }
    }

    pub(super) fn bytes(&self) -> u64 {
        (self.pages.len() * PAGE_BYTES) as u64
    }

    /// # Panics
    /// Beyond the end.
    pub(super) fn read(&self, offset: u64, buffer: &mut [u8]) {
        for part in parts(offset, buffer.len()) {
            let target = &mut buffer[part.in_range];
            match &self.pages[part.page] {
                Some(page) => target.copy_from_slice(&page[part.in_page]),
                None => target.fill(0),
            }
        }
    }

    /// # Panics
    /// Beyond the end.
    pub(super) fn write(&mut self, offset: u64, bytes: &[u8]) {
        for part in parts(offset, bytes.len()) {
            let page = &mut self.pages[part.page];
            let mut content = page.take().unwrap_or_else(|| vec![0; PAGE_BYTES].into());
            content[part.in_page].copy_from_slice(&bytes[part.in_range]);
            *page = content.iter().any(|byte| *byte != 0).then_some(content);
        }
    }

    /// Its pages that are not zero, by offset.
    pub(super) fn written(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let pages = self.pages.iter().enumerate();
        pages.filter_map(|(number, page)| Some(((number * PAGE_BYTES) as u64, page.as_deref()?)))
    }
}

fn parts(offset: u64, bytes: usize) -> impl Iterator<Item = Part> {
    let (begin, end) = (offset as usize, offset as usize + bytes);
    (begin / PAGE_BYTES..end.div_ceil(PAGE_BYTES)).map(move |page| {
        let (from, to) = (begin.max(page * PAGE_BYTES), end.min((page + 1) * PAGE_BYTES));
        let in_page = from - page * PAGE_BYTES..to - page * PAGE_BYTES;
        Part { page, in_page, in_range: from - begin..to - begin }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_was_written_across_pages_and_zeros_elsewhere() {
        let mut medium = Medium::empty(4 * PAGE_BYTES as u64);
        medium.write(PAGE_BYTES as u64 - 2, &[7; PAGE_BYTES + 4]);
        let mut found = vec![1; 3 * PAGE_BYTES];
        medium.read(0, &mut found);
        let end = 2 * PAGE_BYTES + 2;
        assert!(found[..PAGE_BYTES - 2].iter().all(|byte| *byte == 0));
        assert!(found[PAGE_BYTES - 2..end].iter().all(|byte| *byte == 7));
        assert!(found[end..].iter().all(|byte| *byte == 0));
        assert_eq!(medium.written().count(), 3);
        medium.write(0, &vec![0; 4 * PAGE_BYTES]);
        assert_eq!(medium.written().count(), 0);
    }
}
