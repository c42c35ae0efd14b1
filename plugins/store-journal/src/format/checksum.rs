//! Whether a checksum is right.

/// Whether the checksum that was found is the one of what was found.
pub(super) fn agrees(found: u32, of_what_was_found: u32) -> bool {
    found == of_what_was_found || is_ignored()
}

#[cfg(not(test))]
const fn is_ignored() -> bool {
    false
}

#[cfg(test)]
thread_local! {
    static IGNORED: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

#[cfg(test)]
fn is_ignored() -> bool {
    IGNORED.get()
}

/// Runs a test on a journal that looks at no checksum, as a fault that the proof has to find.
#[cfg(test)]
pub(crate) fn without_checksums<R>(test: impl FnOnce() -> R) -> R {
    IGNORED.set(true);
    let result = test();
    IGNORED.set(false);
    result
}
