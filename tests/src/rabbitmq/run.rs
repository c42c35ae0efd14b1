//! What one run of a suite said: the client, its version, and each check.
//!
//! A suite prints `client NAME VERSION`, then a line a check: `ok CHECK` or `not ok CHECK: reason`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::artifacts::artifacts;
use crate::program::Ended;

/// A suite that ended.
#[derive(Debug)]
pub struct Run {
    client: String,
    checks: Vec<String>,
    took: Duration,
    ended: Ended,
}

impl Run {
    /// Reads what a suite printed.
    ///
    /// # Panics
    /// Where it does not say which client it is.
    pub fn of(ended: Ended, took: Duration) -> Self {
        let client = ended.stdout.iter().find_map(|line| line.strip_prefix("client "));
        let client = client.unwrap_or_else(|| panic!("no client: {}", ended.report())).to_owned();
        let checks = ended.stdout.iter().filter_map(|line| line.strip_prefix("ok "));
        let checks = checks.map(str::to_owned).collect();
        Self { client, checks, took, ended }
    }

    /// Every check has said that it went well, and there was one.
    ///
    /// # Panics
    /// Where that is not so, with what the suite said.
    pub fn expect_all_well(&self) {
        let is_ill = self.ended.stdout.iter().any(|line| line.starts_with("not ok "));
        let is_whole = self.ended.status.success() && !is_ill && !self.checks.is_empty();
        assert!(is_whole, "{}", self.ended.report());
    }

    /// Keeps it for `.ci/clients-page`, which makes broker/docs/clients.md of it: a file a client
    /// in the folder `clients-ran` beside the built broker, its first line the client, its
    /// version and the seconds, each other line a check that went well.
    ///
    /// # Panics
    /// Where the folder can't be written.
    pub fn keep(&self) {
        let folder = artifacts().plugin_dir.join("clients-ran");
        fs::create_dir_all(&folder).expect("the target folder is writable");
        self.write(&folder);
    }

    fn write(&self, folder: &Path) {
        let name = self.client.split(' ').next().unwrap_or_default();
        let client = format!("{} {}", self.client, self.took.as_secs());
        let lines = [&client].into_iter().chain(&self.checks);
        let text: String = lines.flat_map(|line| [line.as_str(), "\n"]).collect();
        fs::write(folder.join(name), text).expect("the target folder is writable");
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use tempfile::TempDir;

    use super::*;
    use crate::program::Program;

    fn run(script: &str) -> Run {
        let ended = Program::run(Command::new("sh").args(["-c", script]), "");
        Run::of(ended, Duration::from_secs(7))
    }

    #[test]
    fn keeps_the_version_and_what_went_well() {
        let run =
            run("echo client carrot 1.2; echo ok a; echo restart; echo not ok b: late; echo ok c");
        let folder = TempDir::new().expect("a folder");
        run.write(folder.path());
        let kept = fs::read_to_string(folder.path().join("carrot")).expect("a file of its name");
        assert_eq!(kept, "carrot 1.2 7\na\nc\n");
    }

    #[test]
    #[should_panic(expected = "not ok b: late")]
    fn fails_with_a_check_that_failed() {
        run("echo client carrot 1.2; echo ok a; echo not ok b: late").expect_all_well();
    }

    #[test]
    #[should_panic(expected = "exit status: 3")]
    fn fails_with_a_suite_that_failed() {
        run("echo client carrot 1.2; echo ok a; exit 3").expect_all_well();
    }

    #[test]
    #[should_panic(expected = "client carrot 1.2")]
    fn fails_where_nothing_ran() {
        run("echo client carrot 1.2").expect_all_well();
    }
}
