//! What stands in a component's file, and what the file is called.

use std::path::Path;

use crate::error::OpenError;
use crate::limits::FILE_BYTES_MAX;

/// A component as its file has it. Whoever has read the file, to check its digest, hands on what it
/// read: so what was checked is what is compiled.
#[derive(Clone, Copy, Debug)]
pub struct Code<'a> {
    /// The file's name, for people, without its folder.
    pub file: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// The name of a file in its folder.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Reads a file of this name.
///
/// # Errors
/// It can't be read, or is too long.
pub(crate) fn read(path: &Path, file: &str) -> Result<Vec<u8>, OpenError> {
    let failed = |error: std::io::Error| OpenError::Read {
        plugin: file.to_owned(),
        reason: error.to_string(),
    };
    let found_bytes = path.metadata().map_err(failed)?.len();
    if found_bytes > FILE_BYTES_MAX {
        let plugin = file.to_owned();
        return Err(OpenError::TooLong { plugin, found_bytes, max_bytes: FILE_BYTES_MAX });
    }
    std::fs::read(path).map_err(failed)
}
