//! A project's files in a folder.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::{ProjectError, ProjectFile};

/// Writes the files into a folder, which is made where it is not there.
///
/// # Errors
/// A folder that is not empty, which is left as it is; what can't be written.
pub(crate) fn write(folder: &Path, files: &[ProjectFile]) -> Result<(), ProjectError> {
    match folder.read_dir().map(|mut entries| entries.next()) {
        Ok(None) => {}
        Ok(Some(_)) => return Err(ProjectError::NotEmpty { folder: folder.to_owned() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(unwritable(folder.to_owned())(error)),
    }
    files.iter().try_for_each(|file| {
        let path = folder.join(&file.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(unwritable(parent.to_owned()))?;
        }
        fs::write(&path, &file.bytes).map_err(unwritable(path.clone()))?;
        if file.is_executable {
            let mode = Permissions::from_mode(0o755);
            fs::set_permissions(&path, mode).map_err(unwritable(path.clone()))?;
        }
        Ok(())
    })
}

fn unwritable(path: PathBuf) -> impl FnOnce(io::Error) -> ProjectError {
    move |source| ProjectError::Unwritable { path, source }
}
