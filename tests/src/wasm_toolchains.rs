//! What plugins that are WASM components are built with, as `.ci/wasm-toolchains` installs it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::installation::{folder, skip};

/// Where the toolchains are, instead of the cache folder.
const FOLDER: &str = "PHILTER_TEST_WASM_TOOLCHAINS";

/// The installed toolchains.
#[derive(Clone, Debug)]
pub struct WasmToolchains {
    /// What a shell reads to use them.
    environment: PathBuf,
}

impl WasmToolchains {
    /// The toolchains, or none with a line that says which test is skipped and why.
    ///
    /// # Panics
    /// Where they are missing and required.
    pub fn find_or_skip(test: &str) -> Option<Self> {
        let folder = folder(FOLDER, "wasm");
        let environment = folder.join("env");
        if environment.is_file() {
            return Some(Self { environment });
        }
        let reason = format!("no toolchains in {}", folder.display());
        skip(test, &format!("{reason}; .ci/wasm-toolchains installs them"));
        None
    }

    /// A program with them in its environment. Where it stands in a folder of Node's, their
    /// packages are in that folder.
    pub fn command(&self, program: &Path) -> Command {
        const SCRIPT: &str = r#"source "$1"
            cd "$(dirname "$2")"
            [[ ! -f package.json ]] || ln -sfn "$WASM_NODE_MODULES" node_modules
            unset "${!PHILTER_WASM@}"
            exec "$2""#;
        let mut shell = Command::new("bash");
        shell.args(["-euc", SCRIPT, "bash"]).arg(&self.environment).arg(program);
        shell
    }
}
