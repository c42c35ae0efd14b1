//! The command from its arguments to its exit code.

use std::fs;
use std::path::Path;

use philter_plugin_api::testing;

use super::*;

struct Command {
    root: tempfile::TempDir,
}

impl Command {
    fn new() -> Self {
        Self { root: tempfile::tempdir().unwrap() }
    }

    fn data_dir(&self) -> String {
        self.root.path().join("data").to_str().unwrap().to_owned()
    }

    fn run(&self, arguments: &[&str], input: &str) -> CommandOutput {
        let data_dir = self.data_dir();
        run_in(Some(&data_dir), arguments, input)
    }

    fn done(&self, arguments: &[&str], input: &str) -> String {
        let CommandOutput { output, errors, exit_code } = self.run(arguments, input);
        assert_eq!((exit_code, errors.as_str()), (0, ""));
        output
    }

    /// The exit code is the one expected, and the errors say all of `words`.
    fn fails(&self, exit_code: i32, words: &[&str], arguments: &[&str], input: &str) {
        let output = self.run(arguments, input);
        assert_eq!(output.exit_code, exit_code, "{output:?}");
        assert!(output.errors.starts_with("philter user: "), "{output:?}");
        for word in words {
            assert!(output.errors.contains(word), "{word} is not in {output:?}");
        }
    }
}

fn run_in(data_dir: Option<&str>, arguments: &[&str], input: &str) -> CommandOutput {
    let context =
        Context { configuration: r#"{"iterations": 4096}"#, data_dir, ..testing::context("file") };
    run(&context, arguments, &mut input.as_bytes())
}

const ADD_BOB: &[&str] = &["add", "bob", "--password-stdin"];

#[test]
fn makes_the_data_directory_and_lists_by_name() {
    let command = Command::new();
    assert_eq!(command.done(&["list"], ""), "");
    assert!(!Path::new(&command.data_dir()).exists(), "list makes nothing");
    command.done(&["add", "eve", "--password-stdin"], "secret\n");
    let said = command.done(ADD_BOB, "secret");
    assert_eq!(said, format!("added user bob to {}/users\n", command.data_dir()));
    assert_eq!(command.done(&["list"], ""), "bob\neve\n");
}

#[test]
fn deletes_a_user_and_sets_a_password() {
    let command = Command::new();
    command.done(ADD_BOB, "one\n");
    let path = format!("{}/users", command.data_dir());
    let before = fs::read_to_string(&path).unwrap();
    command.done(&["passwd", "bob@QPID", "--password-stdin"], "two\n");
    assert_ne!(fs::read_to_string(&path).unwrap(), before);
    command.done(&["delete", "bob"], "");
    assert_eq!(command.done(&["list"], ""), "");
}

#[test]
fn says_why_it_could_not() {
    let command = Command::new();
    command.fails(1, &["no user 'bob'"], &["delete", "bob"], "");
    command.fails(1, &["no user 'bob'"], &["passwd", "bob", "--password-stdin"], "x");
    assert!(!Path::new(&command.data_dir()).exists(), "a failure makes nothing");
    command.done(ADD_BOB, "secret\n");
    command.fails(1, &["'bob' exists already", "passwd"], ADD_BOB, "other\n");
    command.fails(1, &["the password is empty"], &["add", "eve", "--password-stdin"], "\n");
    command.fails(1, &["SASLprep"], &["add", "eve", "--password-stdin"], "two\nlines\n");
    command.fails(1, &["SASLprep"], &["add", "e\tve", "--password-stdin"], "x\n");
    command.fails(1, &["'@'"], &["add", "eve@OTHER", "--password-stdin"], "x\n");
    command.fails(1, &["user name is empty"], &["add", "", "--password-stdin"], "x\n");
    assert_eq!(command.done(&["list"], ""), "bob\n");
}

#[test]
fn says_how_it_is_used() {
    let command = Command::new();
    command.fails(2, &["usage: "], &[], "");
    command.fails(2, &["--password-stdin", "usage: "], &["add", "bob"], "");
    assert!(command.done(&["--help"], "").starts_with("usage: "));
}

#[test]
fn a_password_that_is_too_long_is_not_cut() {
    let command = Command::new();
    let longest = "x".repeat(PASSWORD_BYTES_MAX);
    command.done(ADD_BOB, &format!("{longest}\r\n"));
    let arguments = &["add", "eve", "--password-stdin"];
    command.fails(1, &["more than 1024 bytes"], arguments, &format!("{longest}y\n"));
}

#[test]
fn needs_a_data_directory() {
    let output = run_in(None, &["list"], "");
    assert_eq!(output.exit_code, 1);
    assert!(output.errors.contains("--data-dir"), "{output:?}");
}

#[test]
fn no_password_is_in_file_or_output() {
    let command = Command::new();
    let said = command.done(ADD_BOB, "hunter2hunter2\n");
    let file = fs::read_to_string(format!("{}/users", command.data_dir())).unwrap();
    assert!(!said.contains("hunter2") && !file.contains("hunter2"));
    let failed = command.run(ADD_BOB, "hunter2hunter2\n");
    assert!(!failed.errors.contains("hunter2"));
}
