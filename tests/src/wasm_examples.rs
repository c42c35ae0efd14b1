//! The examples that are WASM components, as `.ci/wasm-examples` built them.
//!
//! Invariant: none is looked for but where the variable says. What an earlier checkout left in the
//! cache folder says nothing about this one.

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::artifacts::artifacts;
use crate::installation::skip;

/// The folder that has `NAME/plugin.wasm` for each example.
const FOLDER: &str = "PHILTER_WASM_EXAMPLES";

/// The built examples.
#[derive(Clone, Debug)]
pub struct WasmExamples {
    folder: PathBuf,
}

impl WasmExamples {
    /// The examples, or none with a line that says which test is skipped and why.
    ///
    /// # Panics
    /// Where they are missing and required.
    pub fn find_or_skip(test: &str) -> Option<Self> {
        let folder = env::var_os(FOLDER).map(PathBuf::from).filter(|folder| folder.is_dir());
        if folder.is_none() {
            let reason = format!("{FOLDER} names no folder; .ci/wasm-examples builds one");
            skip(test, &reason);
        }
        folder.map(|folder| Self { folder })
    }

    /// The names of all, in order.
    ///
    /// # Panics
    /// Where the folder can't be read.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.folder).expect("the folder of the examples").flatten();
        let built = entries.filter(|entry| entry.path().join("plugin.wasm").is_file());
        let mut names: Vec<_> =
            built.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort_unstable();
        names
    }

    /// The component of an example.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name).join("plugin.wasm")
    }

    /// A plugin directory with the standard libraries, and each example as `NAME.wasm`.
    ///
    /// # Panics
    /// Where it can't be made.
    pub fn plugin_dir(&self) -> TempDir {
        let folder = TempDir::new().expect("a folder");
        for entry in fs::read_dir(&artifacts().plugin_dir).expect("the built plugins").flatten() {
            if is_standard(&entry.path()) {
                symlink(entry.path(), folder.path().join(entry.file_name())).expect("a link");
            }
        }
        for name in self.names() {
            let target = folder.path().join(format!("{name}.wasm"));
            fs::copy(self.file(&name), target).expect("a copy of an example");
        }
        folder
    }
}

fn is_standard(library: &Path) -> bool {
    let name = library.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("libphilter_") && name.ends_with(".so")
}
