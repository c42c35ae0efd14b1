//! The interface `philter:auth/files`.

use std::io::Read;
use std::path::Path;

use wasmtime::StoreContextMut;
use wasmtime::component::Linker;

use super::{not_named, not_now};
use crate::contract::{GuestError, GuestErrorKind};
use crate::host::State;
use crate::limits::GRANTED_FILE_BYTES_MAX;

/// Its name.
pub(super) const INTERFACE: &str = "philter:auth/files@0.1.0";

/// What `read` answers.
type Answer = Result<Vec<u8>, GuestError>;

/// Adds the interface.
pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let mut files = linker.instance(INTERFACE)?;
    files.func_wrap("read", |context: StoreContextMut<'_, State>, (name,): (String,)| {
        Ok((read(context.data(), &name),))
    })
}

fn read(state: &State, name: &str) -> Answer {
    if !state.may_wait {
        return Err(not_now(INTERFACE));
    }
    let path = state.grants.files.get(name).ok_or_else(|| not_named("file", name, "files"))?;
    // The path is the operator's matter, and no plugin's: the name says enough.
    let failed = |reason: String| {
        GuestError::new(
            GuestErrorKind::Internal,
            format!("the file '{name}' is not read: {reason}"),
        )
    };
    let bytes = bytes(path).map_err(failed)?;
    bytes.ok_or_else(|| {
        let text = format!("the file '{name}' has more than {GRANTED_FILE_BYTES_MAX} bytes");
        GuestError::new(GuestErrorKind::LimitExceeded, text)
    })
}

/// What is in a file; none where that is too much.
fn bytes(path: &Path) -> Result<Option<Vec<u8>>, String> {
    let failed = |error: std::io::Error| error.to_string();
    // A pipe or a device would let this wait for ever.
    if !path.metadata().map_err(failed)?.is_file() {
        return Err("it is no regular file".to_owned());
    }
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(GRANTED_FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    Ok((bytes.len() as u64 <= GRANTED_FILE_BYTES_MAX).then_some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_of_a_bounded_length_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        assert!(bytes(&path).unwrap_err().contains("No such file"));
        assert_eq!(bytes(folder.path()).unwrap_err(), "it is no regular file");
        assert!(bytes(Path::new("/dev/zero")).is_err());
        std::fs::write(&path, "keys").unwrap();
        assert_eq!(bytes(&path).unwrap().unwrap(), b"keys");
        std::fs::File::create(&path).unwrap().set_len(GRANTED_FILE_BYTES_MAX + 1).unwrap();
        assert_eq!(bytes(&path).unwrap(), None);
    }
}
