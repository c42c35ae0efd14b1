//! The examples that are components: what they are to the conformance kit, and in a broker that has
//! all of them in its plugin directory.

mod auth_token;
mod broker;
mod conformance;
mod filter;
mod geo;
mod store;

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::sync::Mutex;

use philter_tests::broker::{Broker, BrokerOptions, philter};
use philter_tests::program::Ended;
use philter_tests::wasm_examples::WasmExamples;
use tempfile::TempDir;

/// Interpreters take more than the five milliseconds of a call when a machine is as busy as one
/// that runs tests. A provider is granted a file, which nobody reads that it lets nobody in by.
const CONFIGURATION: &str = "[wasm.json-js]\ncall_ms_max = 1000\n\
    [wasm.json-py]\ncall_ms_max = 1000\n\
    [wasm.token]\nfiles = { keys = \"/etc/philter/keys.json\" }\n";

/// Where brokers with all examples among their plugins are started.
struct Place {
    plugin_dir: TempDir,
    data_dir: TempDir,
}

impl Place {
    /// None, with a line that says so, where the examples are not built.
    fn find_or_skip(test: &str) -> Option<Self> {
        let plugin_dir = WasmExamples::find_or_skip(test)?.plugin_dir();
        let data_dir = TempDir::new().unwrap();
        symlink(compiled(), data_dir.path().join("wasm-cache")).unwrap();
        fs::write(data_dir.path().join("philter.toml"), CONFIGURATION).unwrap();
        Some(Self { plugin_dir, data_dir })
    }

    fn start(&self) -> Broker {
        // Who comes first compiles, half a minute long; the others take what came of it.
        static COMPILER: Mutex<()> = Mutex::new(());
        let compiler = COMPILER.lock();
        let config = self.data_dir.path().join("philter.toml");
        let options = BrokerOptions::default().plugin_dir(self.plugin_dir.path());
        let options = options.arguments(["--config", config.to_str().unwrap()]);
        let broker = options.data_dir(self.data_dir.path()).start();
        drop(compiler);
        broker
    }

    /// `philter plugin list` of it.
    fn list(&self) -> Ended {
        let [plugin_dir, data_dir] =
            [&self.plugin_dir, &self.data_dir].map(|folder| folder.path().to_str().unwrap());
        let config = format!("{data_dir}/philter.toml");
        let places = ["--config", &config, "--plugin-dir", plugin_dir, "--data-dir", data_dir];
        philter(["plugin", "list"].into_iter().chain(places), "")
    }
}

/// The folder of compiled code that all brokers of these tests share, and the next run's too.
pub(crate) fn compiled() -> &'static Path {
    let folder = Path::new(concat!(env!("CARGO_TARGET_TMPDIR"), "/wasm-cache"));
    fs::create_dir_all(folder).unwrap();
    fs::set_permissions(folder, Permissions::from_mode(0o700)).unwrap();
    folder
}
