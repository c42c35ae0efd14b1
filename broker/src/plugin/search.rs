//! Where plugins lie, and in which order they are loaded.
//!
//! Invariant: the order is the operator's files as named, then the folder's libraries by name, then
//! its components by name: a component takes no type away from a library that lies beside it.

use std::io;
use std::path::{Path, PathBuf};

use crate::config::{Origin, PluginDirectory, PluginSettings};

/// A file that looks like a plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// Which.
    pub(crate) path: PathBuf,
    /// Where the operator named this file itself; such a file has to load.
    pub(crate) named: Option<Origin>,
    /// Whether it was only found in the default folder, beside whatever else lies there.
    pub(crate) is_by_chance: bool,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The folder that was looked into.
    pub(crate) directory: Option<PathBuf>,
    /// The candidates in order.
    pub(crate) candidates: Vec<Candidate>,
    /// Why the folder could not be looked into.
    pub(crate) unreadable: Option<io::Error>,
}

/// Finds what the settings name.
pub(crate) fn find(settings: &PluginSettings) -> Found {
    let named = settings.files.iter().map(|file| Candidate {
        path: file.path.clone(),
        named: Some(file.origin.clone()),
        is_by_chance: false,
    });
    let mut found = Found { candidates: named.collect(), ..Found::default() };
    let Some(directory) = directory(settings) else { return found };
    let is_by_chance = settings.directory == PluginDirectory::Default;
    match plugins_in(&directory) {
        Ok(paths) => found.candidates.extend(paths.into_iter().map(|path| Candidate {
            path,
            named: None,
            is_by_chance,
        })),
        Err(error) => found.unreadable = Some(error),
    }
    found.directory = Some(directory);
    found
}

/// The folder to look into, if there is one.
pub(crate) fn directory(settings: &PluginSettings) -> Option<PathBuf> {
    match &settings.directory {
        PluginDirectory::None => None,
        PluginDirectory::Given(folder) => Some(folder.path.clone()),
        PluginDirectory::Default => default_directory(),
    }
}

/// The executable's own folder where libraries lie in it, else the one of an installation.
fn default_directory() -> Option<PathBuf> {
    let executable = std::env::current_exe().ok()?;
    let beside = executable.parent()?;
    if libraries_in(beside).is_ok_and(|libraries| !libraries.is_empty()) {
        return Some(beside.to_owned());
    }
    let installed = beside.parent()?.join("lib/philter/plugins");
    Some(if installed.is_dir() { installed } else { beside.to_owned() })
}

fn plugins_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut plugins = libraries_in(folder)?;
    plugins.extend(files_in(folder, is_component_name)?);
    Ok(plugins)
}

/// `lib*.so` and `lib*.dylib` in a folder, by name.
fn libraries_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    files_in(folder, is_library_name)
}

fn files_in(folder: &Path, is_wanted: fn(&str) -> bool) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in folder.read_dir()? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(is_wanted) {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

fn is_library_name(name: &str) -> bool {
    name.starts_with("lib") && (name.ends_with(".so") || name.ends_with(".dylib"))
}

/// Whether a file of this name is a component, and no library.
pub(crate) fn is_component_name(name: &str) -> bool {
    name.ends_with(".wasm")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::PluginFile;

    fn file(path: PathBuf) -> PluginFile {
        PluginFile { path, origin: Origin::option("plugin-dir") }
    }

    #[test]
    fn named_files_come_first_then_the_folder_by_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "libz.so",
            "liba.so",
            "philter",
            "liba.rlib",
            "libb.dylib",
            "z.so",
            "liba.so.1",
            "z.wasm",
            "a.wasm",
            "a.wat",
            "b.wasm.new",
        ] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let settings = PluginSettings {
            directory: PluginDirectory::Given(file(folder.path().to_owned())),
            files: vec![file("/x/second.so".into()), file("/x/first.so".into())],
            ..PluginSettings::default()
        };
        let found = find(&settings);
        let names: Vec<_> =
            found.candidates.iter().map(|found| found.path.file_name().unwrap()).collect();
        let in_order = ["second.so", "first.so", "liba.so", "libb.dylib", "libz.so"];
        assert_eq!(names, [in_order.as_slice(), &["a.wasm", "z.wasm"]].concat());
        assert!(found.candidates[0].named.is_some() && found.candidates[2].named.is_none());
    }

    #[test]
    fn no_module_dir_leaves_the_named_files() {
        let settings = PluginSettings {
            directory: PluginDirectory::None,
            files: vec![file("/x/a.so".into())],
            ..PluginSettings::default()
        };
        assert_eq!(find(&settings).candidates.len(), 1);
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let settings = PluginSettings {
            directory: PluginDirectory::Given(file("/nowhere".into())),
            ..PluginSettings::default()
        };
        assert_eq!(find(&settings).unreadable.unwrap().kind(), io::ErrorKind::NotFound);
    }
}
