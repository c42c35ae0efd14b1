//! The broker's binary and the plugins' libraries, built once per test process.
//!
//! `cargo test` builds neither for another crate's tests, so the harness calls cargo, with the
//! profile and the target folder of the test that runs. Where all is fresh this takes a moment.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Where the built files are.
#[derive(Clone, Debug)]
pub struct Artifacts {
    /// The broker's executable.
    pub broker: PathBuf,
    /// The folder with the plugins' libraries.
    pub plugin_dir: PathBuf,
}

/// Builds the broker and every plugin of the workspace, once.
///
/// # Panics
/// Where the build fails.
pub fn artifacts() -> &'static Artifacts {
    static BUILT: OnceLock<Result<Artifacts, String>> = OnceLock::new();
    let built = BUILT.get_or_init(build);
    built.as_ref().unwrap_or_else(|failure| panic!("{failure}"))
}

/// The workspace's root folder.
///
/// # Panics
/// Never in a checkout.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate stands in the workspace")
}

/// A build that failed is not tried again by the next test: it says the same.
fn build() -> Result<Artifacts, String> {
    let profile_folder = profile_folder();
    let target = profile_folder.parent().expect("a profile's folder stands in the target folder");
    let folder_name = profile_folder.file_name().and_then(|name| name.to_str()).unwrap_or("debug");
    let profile = if folder_name == "debug" { "dev" } else { folder_name };
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(workspace()).args(["build", "--quiet", "--profile", profile]);
    // All of it, examples too: another choice has other features of the dependencies, and builds
    // them once more.
    cargo.arg("--target-dir").arg(target).args(["--workspace", "--lib", "--bins", "--examples"]);
    match cargo.status() {
        Ok(status) if status.success() => {
            Ok(Artifacts { broker: profile_folder.join("philter"), plugin_dir: profile_folder })
        }
        Ok(status) => Err(format!("{cargo:?}: {status}")),
        Err(error) => Err(format!("{cargo:?}: {error}")),
    }
}

/// `…/target/debug` of `…/target/debug/deps/test-0123`.
fn profile_folder() -> PathBuf {
    let test = env::current_exe().expect("the test knows its own file");
    let deps = test.ancestors().find(|path| path.ends_with("deps")).map(Path::to_owned);
    let deps = deps.unwrap_or_else(|| panic!("{} is not in a `deps` folder", test.display()));
    deps.parent().expect("`deps` stands in the profile's folder").to_owned()
}
