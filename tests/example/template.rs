//! `philter plugin new`: each template written into an empty folder, built and tested there by its
//! own `test`, and checked as an operator would.

use std::path::{Path, PathBuf};
use std::process::Command;

use philter_tests::artifacts::artifacts;
use philter_tests::broker::philter;
use philter_tests::program::{Ended, Program};
use tempfile::TempDir;

use crate::stranger::without_cargo;

/// A project that was written.
struct Project {
    _folder: TempDir,
    folder: PathBuf,
}

impl Project {
    fn new(options: &[&str]) -> Self {
        let parent = TempDir::new().unwrap();
        let folder = parent.path().join("by-region");
        let words = ["plugin", "new"].into_iter().chain(options.iter().copied());
        philter(words.chain([folder.to_str().unwrap()]), "").expect_success();
        Self { _folder: parent, folder }
    }

    fn run(&self, program: &str) -> Ended {
        let mut command = Command::new(self.folder.join(program));
        command.current_dir("/").env("PHILTER_PROGRAM", &artifacts().broker);
        Program::run(without_cargo(&mut command), "")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Builds the project, asks it its messages, and checks what it is.
fn holds(project: &Project, product: &str, type_name: &str) {
    let tested = project.run("test").expect_success();
    assert!(tested.report().contains("3, all answered"), "{}", tested.report());
    let check = philter(["plugin", "check", path(&project.file(product))], "");
    let said = check.expect_success().stdout.join("\n");
    assert!(said.starts_with("by-region 0.1.0 ") && said.contains(type_name), "{said}");
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_filter_in_rust_as_a_native_library() {
    let project = Project::new(&["--kind", "filter", "--lang", "rust", "--native"]);
    holds(&project, "libby_region.so", "filter by-region");
}

#[test]
fn an_exchange_in_rust_as_a_native_library() {
    let project = Project::new(&["--kind", "exchange", "--lang", "rust", "--native"]);
    holds(&project, "libby_region.so", "exchange x-by-region");
}

#[test]
fn a_filter_in_c_as_a_native_library() {
    let project = Project::new(&["--kind", "filter", "--lang", "c", "--native"]);
    holds(&project, "libby_region.so", "filter by-region");
}

#[test]
fn an_exchange_in_c_as_a_native_library() {
    let project = Project::new(&["--kind", "exchange", "--lang", "c", "--native"]);
    holds(&project, "libby_region.so", "exchange x-by-region");
}

#[test]
fn a_test_fails_where_the_plugin_answers_otherwise() {
    let project = Project::new(&["--kind", "exchange", "--lang", "c", "--native"]);
    let messages = project.file("messages.jsonl");
    std::fs::write(&messages, "{\"routing_key\": \"orders.eu.1\", \"expect\": [1]}\n").unwrap();
    let tested = project.run("test");
    assert_eq!(tested.status.code(), Some(1), "{}", tested.report());
    assert!(tested.report().contains("binding 1, 2; expected: binding 1"), "{}", tested.report());
}

#[test]
fn a_build_without_a_compiler_says_what_is_missing() {
    let project = Project::new(&["--kind", "filter", "--lang", "c", "--native"]);
    let mut build = Command::new(project.file("build"));
    build.env("CC", "no-such-compiler");
    let ended = Program::run(&mut build, "");
    assert_eq!(ended.status.code(), Some(1));
    let wanted = "build: a C compiler is missing: there is no 'no-such-compiler'; CC names another";
    assert_eq!(ended.stderr, [wanted]);
}
