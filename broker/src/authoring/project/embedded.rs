//! The files of the repository that are part of this program.

/// Every embedded file: its path from the repository's root, and its bytes. In the order of the
/// paths.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The files of a folder, by their paths in it.
pub(super) fn folder(path: &str) -> impl Iterator<Item = (&'static str, &'static [u8])> {
    FILES.iter().filter_map(move |(name, bytes)| {
        let inside = name.strip_prefix(path)?.strip_prefix('/')?;
        Some((inside, *bytes))
    })
}

/// One file; empty where there is none of this path.
pub(super) fn file(path: &str) -> &'static [u8] {
    FILES.iter().find(|(name, _)| *name == path).map_or(&[], |(_, bytes)| bytes)
}
