//! Where `.ci/clients` installs other people's programs, and what a test does without them.
//!
//! A machine without them skips the tests that need them, by name. Where
//! `PHILTER_TEST_REQUIRE_CLIENTS` is set, missing ones are a failure; what can't be installed, such
//! as a kernel's abilities, is none.

use std::env;
use std::io::{self, Write};
use std::path::PathBuf;

/// What a test has not got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want {
    /// A program that can be installed.
    Installation(String),
    /// Something that this machine or its kernel does not allow.
    Machine(String),
}

impl Want {
    /// Says that a test is skipped, and why.
    ///
    /// # Panics
    /// Where it could be installed and is required.
    pub fn skip(&self, test: &str) {
        match self {
            Self::Installation(reason) => skip(test, reason),
            Self::Machine(reason) => tell(test, reason),
        }
    }
}

/// Makes missing clients a failure.
const REQUIRE: &str = "PHILTER_TEST_REQUIRE_CLIENTS";

/// The folder that a variable of the environment names, else this one of the cache folder.
pub(crate) fn folder(variable: &str, name: &str) -> PathBuf {
    let home = || PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(".cache");
    let cache = || env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from);
    let installed = || cache().join("philter-ci").join(name);
    env::var_os(variable).map_or_else(installed, PathBuf::from)
}

/// Says that a test is skipped, and why.
///
/// # Panics
/// Where the clients are required.
pub(crate) fn skip(test: &str, reason: &str) {
    assert!(env::var_os(REQUIRE).is_none(), "{test}: {reason}, and {REQUIRE} is set");
    tell(test, reason);
}

fn tell(test: &str, reason: &str) {
    // Past the test runner's capture, which would swallow it with the test's success.
    drop(writeln!(io::stderr(), "skipped: {test} because {reason}"));
}
