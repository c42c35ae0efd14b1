//! Bytes as a source of choices.

/// Choices that bytes make; the first one each time when there are no more.
pub(super) struct Choices<'b>(std::slice::Iter<'b, u8>);

impl<'b> Choices<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self(bytes.iter())
    }

    /// A number below `count`.
    pub(super) fn below(&mut self, count: u8) -> u8 {
        let byte = self.0.next().copied().unwrap_or(0);
        byte.checked_rem(count).unwrap_or(0)
    }

    /// Whether this is the rare case, one of `count`.
    pub(super) fn one_in(&mut self, count: u8) -> bool {
        self.below(count) + 1 == count
    }

    /// One of some texts; an empty one for none.
    pub(super) fn of(&mut self, texts: &[&'static str]) -> &'static str {
        let count = u8::try_from(texts.len()).unwrap_or(u8::MAX);
        texts.get(usize::from(self.below(count))).copied().unwrap_or_default()
    }
}
