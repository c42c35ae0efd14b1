//! `philter plugin new`: each template written into an empty folder, built and tested there by its
//! own `test`, and checked as an operator would.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use philter_tests::artifacts::artifacts;
use philter_tests::broker::{philter, philter_in};
use philter_tests::program::{Ended, Program};
use philter_tests::wasm_toolchains::WasmToolchains;
use tempfile::TempDir;

use crate::component::compiled;
use crate::stranger::without_cargo;

/// An interpreter takes more than the milliseconds of a call when a machine is as busy as one that
/// runs tests.
const CONFIGURATION: &str = "[wasm.plugin]\ncall_ms_max = 1000\n";

/// What the kit waits for: an interpreter takes its time to begin, the more so where tests run
/// beside it.
const DEADLINE_MS: &str = "60000";

/// A project that was written.
pub(crate) struct Project {
    place: TempDir,
    folder: PathBuf,
}

impl Project {
    pub(crate) fn new(options: &str) -> Self {
        let place = TempDir::new().unwrap();
        let folder = place.path().join("by-region");
        let words = ["plugin", "new"].into_iter().chain(options.split(' '));
        philter(words.chain([path(&folder)]), "").expect_success();
        symlink(compiled(), place.path().join("wasm-cache")).unwrap();
        let project = Self { place, folder };
        project.configure(CONFIGURATION);
        project
    }

    /// Has a broker, and a command, of this place go by this configuration.
    pub(crate) fn configure(&self, text: &str) {
        fs::write(self.place.path().join("philter.toml"), text).unwrap();
    }

    /// What a broker, and a command, of this place goes by.
    fn environment(&self) -> [(&'static str, PathBuf); 2] {
        let place = self.place.path();
        [("PHILTER_CONFIG", place.join("philter.toml")), ("PHILTER_DATA_DIR", place.to_owned())]
    }

    pub(crate) fn run(&self, mut command: Command) -> Ended {
        let command = without_cargo(command.current_dir("/"));
        // What the tests are told by variables is nothing that a broker knows.
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PHILTER_")) {
            command.env_remove(name);
        }
        let programs = artifacts().broker.parent().unwrap().display();
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{programs}:{path}")).envs(self.environment());
        Program::run(command, "")
    }

    fn run_in_place(&self, command: &mut Command) -> Ended {
        Program::run(command.current_dir(self.place.path()), "")
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Whether a broker would load what was built, as this type.
    fn is_plugin(&self, product: &str, type_name: &str) {
        let environment = self.environment();
        let environment = environment.each_ref().map(|(name, value)| (*name, path(value)));
        let check = philter_in(&environment, ["plugin", "check", path(&self.file(product))]);
        let said = check.expect_success().stdout.join("\n");
        assert!(said.starts_with("by-region 0.1.0 ") && said.contains(type_name), "{said}");
    }
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A native library, built and tested.
fn native(options: &str, type_name: &str) -> Ended {
    let project = Project::new(&format!("{options} --native"));
    let tested = project.run(Command::new(project.file("test"))).expect_success();
    project.is_plugin("libby_region.so", type_name);
    tested
}

/// A component, built and tested.
fn component(test: &str, options: &str, type_name: &str) {
    let Some(toolchains) = WasmToolchains::find_or_skip(test) else { return };
    let project = Project::new(options);
    let tested = project.run(toolchains.command(&project.file("test"))).expect_success();
    project.is_plugin("plugin.wasm", type_name);
    is_asked(&tested);
}

/// A store as a component, built and tested, and looked at by the conformance kit, which its README
/// tells to run.
fn store(test: &str, language: &str) {
    let Some(toolchains) = WasmToolchains::find_or_skip(test) else { return };
    let project = Project::new(&format!("--kind store --lang {language}"));
    project.run(toolchains.command(&project.file("test"))).expect_success();
    project.is_plugin("plugin.wasm", "store by-region");
    let mut kit = Command::new(artifacts().plugin_dir.join("philter-plugin-conformance"));
    kit.arg(project.file("plugin.wasm")).args(["--deadline-ms", DEADLINE_MS]);
    project.run_in_place(&mut kit).expect_success();
}

/// An auth provider as a component, built and tested, and looked at by the conformance kit.
fn provider(test: &str, options: &str, configuration: &str) {
    let Some(toolchains) = WasmToolchains::find_or_skip(test) else { return };
    let project = Project::new(options);
    project.run(toolchains.command(&project.file("test"))).expect_success();
    project.is_plugin("plugin.wasm", "auth by-region");
    keeps_every_rule(&project.file("plugin.wasm"), configuration);
}

/// The kit over an auth provider, which knows jo.
fn keeps_every_rule(plugin: &Path, configuration: &str) {
    let mut kit = Command::new(artifacts().plugin_dir.join("philter-plugin-conformance"));
    kit.arg(plugin).args(["--config", configuration, "--login", r"PLAIN \0jo\0secret"]);
    let report = Program::run(kit.args(["--deadline-ms", DEADLINE_MS]), "").expect_success();
    let gets_in = |line: &String| line.starts_with("pass  ") && line.contains("sample logins");
    assert!(report.stdout.iter().any(gets_in), "{}", report.report());
}

fn is_asked(tested: &Ended) {
    assert!(tested.report().contains("3, all answered"), "{}", tested.report());
}

#[test]
fn a_filter_in_rust_as_a_native_library() {
    is_asked(&native("--kind filter --lang rust", "filter by-region"));
}

#[test]
fn a_filter_in_c_as_a_native_library() {
    is_asked(&native("--kind filter --lang c", "filter by-region"));
}

#[test]
fn a_filter_in_rust_as_a_component() {
    let test = "a_filter_in_rust_as_a_component";
    component(test, "--kind filter --lang rust", "filter by-region");
}

#[test]
fn a_filter_in_c_as_a_component() {
    let test = "a_filter_in_c_as_a_component";
    component(test, "--kind filter --lang c", "filter by-region");
}

#[test]
fn a_filter_in_python_as_a_component() {
    let test = "a_filter_in_python_as_a_component";
    component(test, "--kind filter --lang python", "filter by-region");
}

#[test]
fn a_filter_in_js_as_a_component() {
    let test = "a_filter_in_js_as_a_component";
    component(test, "--kind filter --lang js", "filter by-region");
}

#[test]
fn an_exchange_in_rust_as_a_native_library() {
    is_asked(&native("--kind exchange --lang rust", "exchange x-by-region"));
}

#[test]
fn an_exchange_in_c_as_a_native_library() {
    is_asked(&native("--kind exchange --lang c", "exchange x-by-region"));
}

#[test]
fn an_exchange_in_rust_as_a_component() {
    let test = "an_exchange_in_rust_as_a_component";
    component(test, "--kind exchange --lang rust", "exchange x-by-region");
}

#[test]
fn an_exchange_in_c_as_a_component() {
    let test = "an_exchange_in_c_as_a_component";
    component(test, "--kind exchange --lang c", "exchange x-by-region");
}

#[test]
fn an_exchange_in_python_as_a_component() {
    let test = "an_exchange_in_python_as_a_component";
    component(test, "--kind exchange --lang python", "exchange x-by-region");
}

#[test]
fn an_exchange_in_js_as_a_component() {
    let test = "an_exchange_in_js_as_a_component";
    component(test, "--kind exchange --lang js", "exchange x-by-region");
}

/// What a provider of the templates is configured with.
const USERS: &str = r#"{"users": {"jo": "secret"}}"#;

#[test]
fn an_auth_provider_in_rust_as_a_native_library() {
    native("--kind auth --lang rust", "auth by-region");
}

#[test]
fn an_auth_provider_in_rust_as_a_component() {
    provider("an_auth_provider_in_rust_as_a_component", "--kind auth --lang rust", USERS);
}

#[test]
fn an_auth_provider_in_c_as_a_component() {
    let configuration = r#"{"jo": "secret"}"#;
    provider("an_auth_provider_in_c_as_a_component", "--kind auth --lang c", configuration);
}

#[test]
fn an_auth_provider_in_python_as_a_component() {
    provider("an_auth_provider_in_python_as_a_component", "--kind auth --lang python", USERS);
}

#[test]
fn an_auth_provider_in_js_as_a_component() {
    provider("an_auth_provider_in_js_as_a_component", "--kind auth --lang js", USERS);
}

#[test]
fn a_store_in_rust_as_a_native_library() {
    native("--kind store --lang rust", "store by-region");
}

#[test]
fn a_store_in_rust_as_a_component() {
    store("a_store_in_rust_as_a_component", "rust");
}

#[test]
fn a_store_in_c_as_a_component() {
    store("a_store_in_c_as_a_component", "c");
}

#[test]
fn a_store_in_python_as_a_component() {
    store("a_store_in_python_as_a_component", "python");
}

#[test]
fn a_store_in_js_as_a_component() {
    store("a_store_in_js_as_a_component", "js");
}

#[test]
fn what_there_is_no_template_for_is_named_with_those_there_are() {
    let words = ["plugin", "new", "--kind", "store", "--lang", "c", "--native", "nowhere"];
    let refused = philter(words, "");
    let wanted = "no template for --kind store --lang c --native; there are: --kind store --lang \
                  rust, --kind store --lang c, --kind store --lang python, --kind store --lang \
                  js, --kind store --lang rust --native";
    assert!(refused.report().contains(wanted), "{}", refused.report());
    assert!(!refused.status.success());
}

#[test]
fn a_test_fails_where_the_plugin_answers_otherwise() {
    let project = Project::new("--kind exchange --lang c --native");
    let messages = project.file("messages.jsonl");
    fs::write(&messages, "{\"routing_key\": \"orders.eu.1\", \"expect\": [1]}\n").unwrap();
    let tested = project.run(Command::new(project.file("test")));
    assert_eq!(tested.status.code(), Some(1), "{}", tested.report());
    assert!(tested.report().contains("binding 1, 2; expected: binding 1"), "{}", tested.report());
}

#[test]
fn a_build_without_a_compiler_says_what_is_missing() {
    let project = Project::new("--kind filter --lang c --native");
    let mut build = Command::new(project.file("build"));
    build.env("CC", "no-such-compiler");
    let ended = Program::run(&mut build, "");
    assert_eq!(ended.status.code(), Some(1));
    let wanted = "build: a C compiler is missing: there is no 'no-such-compiler'; CC names another";
    assert_eq!(ended.stderr, [wanted]);
}
