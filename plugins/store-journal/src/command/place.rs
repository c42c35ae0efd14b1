//! Which directories a command is about.

use std::path::{Path, PathBuf};

use philter_plugin_api::Context;

use super::error::CommandError;

/// A journal's directory in a data directory.
const JOURNAL: &str = "journal";

/// The journal that is named, by its own directory or by the data directory that it is in, or the
/// one that the broker would use.
///
/// # Errors
/// None is named, or there is none.
pub(super) fn journal_of(
    context: &Context<'_>,
    named: Option<&str>,
) -> Result<PathBuf, CommandError> {
    let directory = match (named, context.data_dir) {
        (Some(named), _) => Path::new(named),
        (None, Some(data_dir)) => Path::new(data_dir),
        (None, None) => return Err(CommandError::NoDataDirectory),
    };
    let inside = directory.join(JOURNAL);
    let journal = if inside.is_dir() { inside } else { directory.to_owned() };
    if holds_segments(&journal)? { Ok(journal) } else { Err(CommandError::no_journal(directory)) }
}

fn holds_segments(directory: &Path) -> Result<bool, CommandError> {
    let error = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => CommandError::no_journal(directory),
        _ => CommandError::Directory { directory: directory.to_owned(), error },
    };
    let entries = std::fs::read_dir(directory).map_err(error)?;
    let mut names = entries.filter_map(Result::ok).map(|entry| entry.file_name());
    Ok(names.any(|name| Path::new(&name).extension().is_some_and(|ending| ending == "segment")))
}

/// Where a backup goes: a new data directory, with a journal in it.
///
/// # Errors
/// The directory has something in it.
pub(super) fn target_of(target: &str) -> Result<PathBuf, CommandError> {
    let directory = PathBuf::from(target);
    let error = |error| CommandError::Directory { directory: directory.clone(), error };
    match std::fs::read_dir(&directory) {
        Ok(mut entries) => {
            if entries.next().is_some() {
                return Err(CommandError::TargetExists { directory });
            }
        }
        Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => {}
        Err(other) => return Err(error(other)),
    }
    Ok(directory.join(JOURNAL))
}
