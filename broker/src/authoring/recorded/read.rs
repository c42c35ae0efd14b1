//! The file of recorded messages, line by line.

use std::path::Path;

use super::{Recorded, at};
use crate::authoring::AuthoringError;

/// Bytes of a file of recorded messages: some hundred thousand messages, all in memory at once.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Reads all of a file. Empty lines are no messages.
///
/// # Errors
/// A file that can't be read, is too large or has no message; the first line that is none, with its
/// field.
pub(crate) fn read(file: &Path) -> Result<Vec<Recorded>, AuthoringError> {
    let unreadable = |source| AuthoringError::Unreadable { file: file.to_owned(), source };
    let found = std::fs::metadata(file).map_err(unreadable)?.len();
    if found > FILE_BYTES_MAX {
        let max = FILE_BYTES_MAX;
        return Err(AuthoringError::TooLarge { file: file.to_owned(), found, max });
    }
    let text = std::fs::read_to_string(file).map_err(unreadable)?;
    let lines = text.lines().enumerate().filter(|(_, text)| !text.trim().is_empty());
    let read = |(index, text)| {
        let line = index + 1;
        Recorded::parse(line, text).map_err(|fault| at(file, line, fault))
    };
    let messages = lines.map(read).collect::<Result<Vec<_>, _>>()?;
    if messages.is_empty() {
        return Err(AuthoringError::Empty { file: file.to_owned() });
    }
    Ok(messages)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("m.jsonl");
        std::fs::write(&file, text).unwrap();
        let error = read(&file).unwrap_err().to_string();
        error.replace(folder.path().to_str().unwrap(), "")
    }

    #[test]
    fn names_the_line_and_the_field() {
        let second = "{}\n\n{\"headers\": {\"a\": {\"$uuid\": \"x\"}}}\n";
        assert!(error(second).starts_with("/m.jsonl:3: headers.a.$uuid: "), "{}", error(second));
        assert!(error("{}\nx\n").starts_with("/m.jsonl:2: no JSON: "));
    }

    #[test]
    fn a_file_without_messages_is_an_error() {
        assert_eq!(error("\n \n"), "/m.jsonl: no message in it");
        assert!(read(Path::new("/nowhere")).unwrap_err().to_string().starts_with("/nowhere: No "));
    }
}
