//! Qpid's own Python programs, as `.ci/clients` installs them.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::artifacts::workspace;
use crate::broker::Broker;
use crate::installation::{folder, skip};

/// Where the programs are, instead of the cache folder.
const FOLDER: &str = "PHILTER_TEST_QPID_PYTHON";

/// The installed programs.
#[derive(Clone, Debug)]
pub struct QpidPython {
    folder: PathBuf,
}

impl QpidPython {
    /// The programs, or none with a line that says which test is skipped and why.
    ///
    /// # Panics
    /// Where they are missing and required.
    pub fn find_or_skip(test: &str) -> Option<Self> {
        let folder = folder(FOLDER, "qpid-python");
        if folder.join("python2.7").exists() && folder.join("lib/qpid").is_dir() {
            return Some(Self { folder });
        }
        skip(test, &format!("no Qpid clients in {}; .ci/clients installs them", folder.display()));
        None
    }

    /// One of the examples (spout, drain, hello), told to talk to this broker.
    pub fn example(&self, name: &str, broker: &Broker) -> Command {
        let mut command = self.plain_example(name);
        command.arg("--broker").arg(broker.address());
        command
    }

    /// An example that takes the broker's address by its own ways.
    pub fn plain_example(&self, name: &str) -> Command {
        self.python(&self.folder.join("examples").join(name))
    }

    /// An example that knows no other broker than `localhost:5672`: its connection goes to this
    /// one.
    pub fn redirected_example(&self, name: &str, broker: &Broker) -> Command {
        let mut command = self.python(&workspace().join("tests/interop/redirect.py"));
        command.arg(self.folder.join("examples").join(name));
        command.env("REDIRECT_TO_PORT", broker.port().to_string());
        command
    }

    /// One of the management tools (qpid-config, qpid-stat, …); each takes the broker's address by
    /// its own ways.
    pub fn tool(&self, name: &str) -> Command {
        self.python(&self.folder.join("lib/bin").join(name))
    }

    /// Qpid's runner of conformance tests. The user is the one that the tests would take by
    /// themselves.
    pub fn conformance(&self, module: &str, broker: &Broker) -> Command {
        let mut command = self.python(&self.folder.join("qpid-python-test"));
        command.args(["--module", module, "--broker"]);
        command.arg(format!("guest/guest@{}", broker.address()));
        command.env("COLUMNS", "1000"); // a test and its outcome on one line
        command
    }

    /// A program that uses the clients.
    pub fn program(&self, file: &Path) -> Command {
        self.python(file)
    }

    fn python(&self, program: &Path) -> Command {
        let mut command = Command::new(self.folder.join("python2.7"));
        command.arg("-u").arg(program);
        command.env("PYTHONPATH", self.folder.join("lib")).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }
}
