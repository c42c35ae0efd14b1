//! Buffers that are overwritten once a call has returned: whoever kept a slice of them reads
//! garbage.
//!
//! Invariant: a buffer stays where it is and as long as it is until it is dropped, so that a plugin
//! that kept a slice of it misbehaves visibly rather than reading memory that belongs to others.

/// Text that can be overwritten in its place.
#[derive(Debug)]
pub(crate) struct LentText(String);

impl LentText {
    /// A copy of `text`.
    pub(crate) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// What is lent.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Makes every byte another letter.
    pub(crate) fn overwrite(&mut self) {
        let mut bytes = std::mem::take(&mut self.0).into_bytes();
        bytes.fill(b'~');
        // The same allocation, and tildes are UTF-8.
        self.0 = String::from_utf8(bytes).unwrap_or_default();
    }
}

/// Bytes that can be overwritten in their place.
#[derive(Debug)]
pub(crate) struct LentBytes(Vec<u8>);

impl LentBytes {
    /// A copy of `bytes`.
    pub(crate) fn new(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    /// What is lent.
    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// Makes every byte another one.
    pub(crate) fn overwrite(&mut self) {
        self.0.fill(b'~');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_overwritten_where_it_stands() {
        let mut text = LentText::new("key");
        let before = text.as_str().as_ptr();
        text.overwrite();
        assert_eq!((text.as_str(), text.as_str().as_ptr()), ("~~~", before));
    }
}
