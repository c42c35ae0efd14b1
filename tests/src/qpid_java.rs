//! Qpid's Java client for AMQP 0-10, as `.ci/clients` installs it, with the cases of
//! `tests/interop/java` that use it.
//!
//! The cases are compiled once per test process.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::artifacts::{artifacts, workspace};
use crate::installation::{folder, skip};
use crate::program::Program;

/// Where the client is, instead of the cache folder.
const FOLDER: &str = "PHILTER_TEST_QPID_JAVA";

/// The installed client and the compiled cases.
#[derive(Clone, Debug)]
pub struct QpidJava {
    folder: PathBuf,
    classes: PathBuf,
}

impl QpidJava {
    /// The client, or none with a line that says which test is skipped and why.
    ///
    /// # Panics
    /// Where it is missing and required, or the cases don't compile.
    pub fn find_or_skip(test: &str) -> Option<Self> {
        let folder = folder(FOLDER, "qpid-java");
        if folder.join("javac").exists() && folder.join("lib").is_dir() {
            static CLASSES: OnceLock<PathBuf> = OnceLock::new();
            let classes = CLASSES.get_or_init(|| compile(&folder)).clone();
            return Some(Self { folder, classes });
        }
        let place = folder.display();
        skip(test, &format!("no Qpid Java client in {place}; .ci/clients installs it"));
        None
    }

    /// Runs a scenario's cases against the broker at an address, one after the other.
    pub fn scenario(&self, name: &str, address: &str) -> Command {
        let mut command = Command::new(self.folder.join("java"));
        command.args(["-XX:+UseSerialGC", "-Xmx256m"]); // of many that run beside each other
        command.arg("-Dorg.slf4j.simpleLogger.defaultLogLevel=error");
        command.arg("-cp").arg(class_path(&self.folder, Some(&self.classes)));
        command.args(["Run", address, name]);
        command
    }
}

/// Compiles the cases, which gives the folder of their classes.
fn compile(folder: &Path) -> PathBuf {
    let classes = artifacts().plugin_dir.join("interop-java");
    let entries = fs::read_dir(workspace().join("tests/interop/java")).expect("the cases' folder");
    let paths = entries.map(|entry| entry.expect("a readable folder").path());
    let sources = paths.filter(|path| path.extension().is_some_and(|kind| kind == "java"));
    let mut command = Command::new(folder.join("javac"));
    command.args(["-encoding", "UTF-8", "-d"]).arg(&classes);
    command.arg("-cp").arg(class_path(folder, None)).args(sources);
    Program::run(&mut command, "").expect_success();
    classes
}

/// The client's jars, behind the classes.
fn class_path(folder: &Path, classes: Option<&Path>) -> String {
    let jars = folder.join("lib").join("*");
    let parts = classes.into_iter().chain([jars.as_path()]);
    let parts: Vec<&str> = parts.map(|path| path.to_str().expect("a path in UTF-8")).collect();
    parts.join(":")
}
