//! The libraries that the tests look at. Cargo builds none for a test, so it is called once;
//! `faulty.c` and `store.c` are compiled for each fault.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The library of a package under `plugins/`, `exchange-direct` for example.
pub(crate) fn own(plugin: &str) -> PathBuf {
    build();
    profile_folder().join(format!("libphilter_{}.so", plugin.replace('-', "_")))
}

/// Every package under `plugins/`.
pub(crate) fn own_plugins() -> Vec<String> {
    let folder = workspace().join("plugins");
    let entries = fs::read_dir(folder).expect("there is a folder of plugins").flatten();
    let plugins = entries.filter(|entry| entry.path().join("Cargo.toml").is_file());
    plugins.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// The library of the example `faulty`.
pub(crate) fn faulty_in_rust() -> PathBuf {
    build();
    profile_folder().join("examples/libfaulty.so")
}

/// A library with this fault of `faulty.c`, in a folder that lives as long as the library is
/// needed.
pub(crate) fn faulty_in_c(fault: &str) -> (tempfile::TempDir, PathBuf) {
    compiled("faulty.c", fault)
}

/// The same of `store.c`.
pub(crate) fn faulty_store_in_c(fault: &str) -> (tempfile::TempDir, PathBuf) {
    compiled("store.c", fault)
}

fn compiled(source: &str, fault: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let library = folder.path().join(format!("lib{fault}.so"));
    let kit = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut cc = Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()));
    cc.args(["-std=c11", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-Werror"]);
    cc.args(["-shared", "-fPIC", "-pthread"]).arg(format!("-DFAULT={fault}"));
    cc.arg("-I").arg(workspace().join("plugin-api/include"));
    cc.arg("-o").arg(&library).arg(kit.join("faulty").join(source));
    let status = cc.status().expect("there is a C compiler");
    assert!(status.success(), "{cc:?} failed");
    (folder, library)
}

/// Has cargo build once, with the profile and the target folder of the test that runs, and with the
/// same choice as the system tests' harness: another one would build the dependencies again, for
/// other features.
fn build() {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        let profile_folder = profile_folder();
        let target = profile_folder.parent().expect("a profile stands in the target folder");
        let name = profile_folder.file_name().and_then(|name| name.to_str()).unwrap_or("debug");
        let profile = if name == "debug" { "dev" } else { name };
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(workspace()).args(["build", "--quiet", "--profile", profile]);
        cargo.args(["--workspace", "--lib", "--bins", "--examples"]);
        let status = cargo.arg("--target-dir").arg(target).status().expect("cargo runs");
        assert!(status.success(), "{cargo:?} failed");
    });
}

/// `…/target/debug` of the kit's binary.
fn profile_folder() -> PathBuf {
    let binary = Path::new(env!("CARGO_BIN_EXE_philter-plugin-conformance"));
    binary.parent().expect("the binary stands in the profile's folder").to_owned()
}

fn workspace() -> &'static Path {
    let kit = Path::new(env!("CARGO_MANIFEST_DIR"));
    kit.ancestors().nth(2).expect("the kit stands in the workspace")
}
