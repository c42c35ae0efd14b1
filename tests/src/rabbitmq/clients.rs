//! The installed clients, and each suite as the command that runs it.
//!
//! A suite in a compiled language is compiled by the first test that asks for it: against what is
//! installed, from no network.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::artifacts::{artifacts, workspace};
use crate::installation::{folder, skip};
use crate::program::Program;

/// Where the clients are, instead of the cache folder.
const FOLDER: &str = "PHILTER_TEST_RABBITMQ_CLIENTS";

/// The installed clients.
#[derive(Clone, Debug)]
pub struct RabbitmqClients {
    folder: PathBuf,
}

impl RabbitmqClients {
    /// The clients, or none with a line that says which test is skipped and why.
    ///
    /// # Panics
    /// Where they are missing and required.
    pub fn find_or_skip(test: &str) -> Option<Self> {
        let folder = folder(FOLDER, "rabbitmq-clients");
        if folder.join("python/bin/python").exists() && folder.join("javac").exists() {
            return Some(Self { folder });
        }
        let place = folder.display();
        let reason =
            format!("no clients of RabbitMQ in {place}; .ci/rabbitmq-clients installs them");
        skip(test, &reason);
        None
    }

    /// The suite of a client in Python.
    pub fn python(&self, suite: &str) -> Command {
        let mut command = self.python_program(&suites().join(suite));
        command.env("PYTHONPATH", suites());
        command
    }

    /// A program that uses the clients in Python.
    pub fn python_program(&self, file: &Path) -> Command {
        let mut command = Command::new(self.folder.join("python/bin/python"));
        command.arg("-u").arg(file).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }

    /// The suite of amqplib, in JavaScript.
    pub fn amqplib(&self) -> Command {
        let mut command = Command::new(self.folder.join("node"));
        command.arg(suites().join("amqplib/suite.js"));
        command.env("NODE_PATH", self.folder.join("node_modules"));
        command
    }

    /// The suite of amqp091-go, compiled.
    pub fn amqp091_go(&self) -> Command {
        let program = built().join("amqp091-go-suite");
        let mut compile = Command::new(self.folder.join("go"));
        compile.args(["build", "-o"]).arg(&program).arg(".");
        compile.current_dir(suites().join("amqp091-go"));
        compile.env("GOMODCACHE", self.folder.join("go-modules"));
        compile.env("GOCACHE", self.folder.join("go-build"));
        compile.env("GOFLAGS", "-mod=readonly").env("GOPROXY", "off");
        Program::run(&mut compile, "").expect_success();
        Command::new(program)
    }

    /// The suite of lapin, compiled: a crate of its own, for what it depends on.
    pub fn lapin(&self) -> Command {
        let target = self.folder.join("lapin");
        let mut compile = Command::new("cargo");
        compile.args(["build", "--quiet", "--locked", "--offline", "--target-dir"]).arg(&target);
        compile.arg("--manifest-path").arg(suites().join("lapin/Cargo.toml"));
        Program::run(&mut compile, "").expect_success();
        Command::new(target.join("debug/lapin-suite"))
    }

    /// The suite of the Java client, compiled.
    ///
    /// # Panics
    /// Where its folder can't be read.
    pub fn java(&self) -> Command {
        let (jars, classes) = (self.folder.join("java-lib/*"), built().join("java"));
        let entries = fs::read_dir(suites().join("java")).expect("the suite's folder");
        let paths = entries.map(|entry| entry.expect("a readable folder").path());
        let sources = paths.filter(|path| path.extension().is_some_and(|kind| kind == "java"));
        let mut compile = Command::new(self.folder.join("javac"));
        compile.args(["-encoding", "UTF-8", "-d"]).arg(&classes).arg("-cp").arg(&jars);
        Program::run(compile.args(sources), "").expect_success();
        let mut command = self.java_machine();
        command.arg("-cp").arg(format!("{}:{}", classes.display(), jars.display())).arg("Suite");
        command
    }

    /// The suite of PerfTest: a program in Python that runs PerfTest.
    pub fn perf_test(&self) -> Command {
        let mut command = self.python("perf-test");
        command.env("PERF_TEST_JAVA", self.folder.join("java"));
        command.env("PERF_TEST_JARS", self.folder.join("perf-test-lib"));
        command
    }

    fn java_machine(&self) -> Command {
        let mut command = Command::new(self.folder.join("java"));
        command.args(["-XX:+UseSerialGC", "-Xmx256m"]); // of many that run beside each other
        command
    }
}

fn suites() -> PathBuf {
    workspace().join("tests/interop/rabbitmq")
}

/// The folder of compiled suites.
fn built() -> PathBuf {
    let folder: &Path = &artifacts().plugin_dir;
    let folder = folder.join("interop-rabbitmq");
    fs::create_dir_all(&folder).expect("the target folder is writable");
    folder
}
