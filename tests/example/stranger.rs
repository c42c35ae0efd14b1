//! An example in a folder of its own, built by what its README says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use philter_tests::artifacts::{artifacts, workspace};
use philter_tests::broker::{Broker, BrokerOptions};
use philter_tests::program::Program;
use tempfile::TempDir;

/// A built example.
pub(crate) struct Stranger {
    /// Keeps the copy.
    _folder: TempDir,
    plugin_dir: TempDir,
    /// The built library.
    pub(crate) library: PathBuf,
}

impl Stranger {
    /// Copies, builds, and puts the library beside the standard plugins.
    pub(crate) fn build(example: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let source = workspace().join("examples").join(example);
        copy(&source, folder.path());
        let readme = fs::read_to_string(folder.path().join("README.md")).unwrap();
        let root = workspace().to_str().unwrap();
        let commands = commands(&readme).replace("/path/to/philter", root);
        let mut shell = Command::new("bash");
        shell.args(["-euc", &commands]).current_dir(folder.path());
        Program::run(without_cargo(&mut shell), "").expect_success();
        let library = folder.path().join(library(&readme));
        let plugin_dir = standard_plugins();
        fs::copy(&library, plugin_dir.path().join(library.file_name().unwrap())).unwrap();
        Self { _folder: folder, plugin_dir, library }
    }

    /// A broker that has the example among its plugins.
    pub(crate) fn broker(&self) -> Broker {
        BrokerOptions::default().plugin_dir(self.plugin_dir.path()).start()
    }
}

/// The same in a stranger's environment, who has none of what the test's own cargo sets.
pub(crate) fn without_cargo(command: &mut Command) -> &mut Command {
    let ours = |name: &str| name.starts_with("CARGO") && name != "CARGO_HOME";
    for (name, _) in std::env::vars().filter(|(name, _)| ours(name)) {
        command.env_remove(name);
    }
    command
}

/// The commands under the README's heading "Build", one a line.
fn commands(readme: &str) -> String {
    let section = readme.split("\n## ").find(|section| section.starts_with("Build\n"));
    let lines = section.expect("a section \"Build\"").lines();
    let commands: Vec<_> = lines.filter_map(|line| line.strip_prefix("    ")).collect();
    assert!(!commands.is_empty(), "no indented commands in \"Build\"");
    commands.join("\n")
}

/// The file that the README tells to load.
fn library(readme: &str) -> &str {
    let after =
        readme.split("philter --load-module ").nth(1).expect("a line that loads the plugin");
    after.split_whitespace().next().expect("a file")
}

/// A folder with the standard plugins.
fn standard_plugins() -> TempDir {
    let folder = TempDir::new().unwrap();
    for entry in fs::read_dir(&artifacts().plugin_dir).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if name.starts_with("libphilter_") && name.ends_with(".so") {
            fs::copy(entry.path(), folder.path().join(name)).unwrap();
        }
    }
    folder
}

/// Copies a folder without what was built in it.
fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap() {
            kind if kind.is_dir() && entry.file_name() != "target" => {
                fs::create_dir(&target).unwrap();
                copy(&entry.path(), &target);
            }
            kind if kind.is_file() => drop(fs::copy(entry.path(), target).unwrap()),
            _ => {}
        }
    }
}
