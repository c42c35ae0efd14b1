//! The real broker as a process: started on a free port with a folder of its own, ended in order or
//! killed, and started again on what it left.

use std::fs;
use std::io::ErrorKind;
use std::net::TcpStream;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::artifacts::{artifacts, workspace};
use crate::client::{Client, Refusal};
use crate::program::{Ended, Program};
use crate::transcript::Transcript;

/// The ready line's beginning; one line a listener, the port behind the last colon.
const READY: &str = "philter ready: listening on ";

/// How a broker is started.
#[derive(Clone, Debug, Default)]
pub struct BrokerOptions {
    port: u16,
    /// What a shell says before it becomes the broker.
    limits: Vec<String>,
    has_no_data_dir: bool,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    data_dir: Option<PathBuf>,
    plugin_dir: Option<PathBuf>,
}

/// How a broker ends before it is started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// By SIGTERM, and it takes its time.
    InOrder,
    /// By SIGKILL, in the middle of whatever it does.
    Killed,
}

/// A broker that listens. It is ended by SIGTERM when the value is dropped.
#[derive(Debug)]
pub struct Broker {
    options: BrokerOptions,
    program: Option<Program>,
    port: u16,
    data_dir: PathBuf,
    /// Keeps the folder of a broker that got none from its test.
    own_data_dir: Option<TempDir>,
}

impl BrokerOptions {
    /// Adds arguments to the command line.
    #[must_use]
    pub fn arguments<'a>(mut self, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        self.arguments.extend(arguments.into_iter().map(str::to_owned));
        self
    }

    /// Listens on this port instead of a free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Gives the process no more file descriptors than this.
    #[must_use]
    pub fn descriptors_max(mut self, count: u32) -> Self {
        self.limits.push(format!("ulimit -n {count}"));
        self
    }

    /// Lets no file of the process grow beyond this: a disk that is full for each file by itself.
    #[must_use]
    pub fn file_kib_max(mut self, kib: u32) -> Self {
        // Who ignores the signal is told by the failed write instead.
        self.limits.push(format!("trap '' XFSZ && ulimit -f {}", 2 * kib));
        self
    }

    /// Keeps nothing (`--no-data-dir`).
    #[must_use]
    pub fn without_data_dir(mut self) -> Self {
        self.has_no_data_dir = true;
        self
    }

    /// Sets a variable of the environment.
    #[must_use]
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Uses this data directory, which outlives the broker.
    #[must_use]
    pub fn data_dir(mut self, folder: &Path) -> Self {
        self.data_dir = Some(folder.to_owned());
        self
    }

    /// Loads plugins from this folder instead of the built ones.
    #[must_use]
    pub fn plugin_dir(mut self, folder: &Path) -> Self {
        self.plugin_dir = Some(folder.to_owned());
        self
    }

    /// Starts the broker and waits until it listens.
    ///
    /// # Panics
    /// Where it ends before it listens, with what it said.
    pub fn start(self) -> Broker {
        self.try_start().unwrap_or_else(|ended| panic!("no ready line: {}", ended.report()))
    }

    /// Starts the broker and waits until it listens.
    ///
    /// # Errors
    /// It ended before it listened.
    pub fn try_start(self) -> Result<Broker, Ended> {
        let own_data_dir = self.data_dir.is_none().then(|| TempDir::new().expect("a folder"));
        let own_path = own_data_dir.as_ref().map(|folder| folder.path().to_owned());
        let data_dir = self.data_dir.clone().or(own_path).expect("one of both");
        let mut command = self.command(&data_dir);
        let program = Program::start(&mut command, "");
        let Some(ready) = program.stdout().wait_for(READY) else { return Err(program.wait()) };
        let port = ready.rsplit(':').next().and_then(|port| port.trim().parse().ok());
        let port = port.unwrap_or_else(|| panic!("no port in \"{ready}\""));
        Ok(Broker { options: self, program: Some(program), port, data_dir, own_data_dir })
    }

    fn command(&self, data_dir: &Path) -> Command {
        let built = artifacts();
        let mut command =
            if self.limits.is_empty() { executable() } else { executable_with(&self.limits) };
        command.args(["--port", &self.port.to_string()]);
        match self.has_no_data_dir {
            true => command.arg("--no-data-dir"),
            false => command.arg("--data-dir").arg(data_dir),
        };
        command.arg("--plugin-dir").arg(self.plugin_dir.as_ref().unwrap_or(&built.plugin_dir));
        command.args(&self.arguments);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

impl Broker {
    /// Starts a broker with nothing but a port and a folder.
    pub fn start() -> Self {
        BrokerOptions::default().start()
    }

    /// Starts a broker that lets everyone in (`--auth no`).
    pub fn start_open() -> Self {
        BrokerOptions::default().arguments(["--auth", "no"]).start()
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `127.0.0.1:port`, as clients want it.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Its data directory.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Leaves its data directory behind, for whoever looks at what went wrong.
    pub fn keep_data_dir(&mut self) -> PathBuf {
        self.own_data_dir.take().map_or_else(|| self.data_dir.clone(), TempDir::keep)
    }

    /// Lines of its log.
    pub fn log(&self) -> &Transcript {
        self.program().stderr()
    }

    /// Lines of its standard output.
    pub fn stdout(&self) -> &Transcript {
        self.program().stdout()
    }

    /// Waits for a line of its log.
    ///
    /// # Panics
    /// Where the broker ends without it.
    pub fn wait_for_log(&self, part: &str) -> String {
        let found = self.log().wait_for(part);
        found.unwrap_or_else(|| panic!("no \"{part}\" in the log:\n{}", self.log().text()))
    }

    /// The process's number.
    pub fn pid(&self) -> u32 {
        self.program().id()
    }

    /// Bytes of memory that the process holds in all.
    ///
    /// # Panics
    /// Where the system can't say.
    pub fn resident_bytes(&self) -> u64 {
        let path = format!("/proc/{}/status", self.program().id());
        let status = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")).map(str::trim);
        kib.and_then(|kib| kib.parse::<u64>().ok()).expect("a size in kB") * 1_024
    }

    /// A connection without any protocol yet.
    ///
    /// # Panics
    /// Where nobody listens.
    pub fn socket(&self) -> TcpStream {
        TcpStream::connect(self.address()).expect("the broker listens")
    }

    /// A client that came in as ANONYMOUS.
    ///
    /// # Panics
    /// Where the broker refuses it.
    pub fn client(&self) -> Client {
        Client::anonymous(self.port).expect("ANONYMOUS is accepted from the loopback")
    }

    /// A client that came in by PLAIN.
    ///
    /// # Errors
    /// Why the broker refused.
    pub fn client_as(&self, user: &str, password: &str) -> Result<Client, Refusal> {
        Client::plain(self.port, user, password)
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        self.program().signal(signal);
    }

    /// Asks it to end and waits until it did.
    pub fn stop(mut self) -> Ended {
        self.take_program().end()
    }

    /// Kills it and waits until it is dead.
    ///
    /// # Panics
    /// Where it had ended before.
    pub fn kill(&mut self) {
        let program = self.take_program();
        program.signal(Signal::KILL);
        let ended = program.wait();
        let signal = ended.status.signal();
        assert_eq!(signal, Some(Signal::KILL.as_raw()), "{}", ended.report());
    }

    /// Ends it, where it still runs, and starts another one with the same options on what it left,
    /// on another port.
    ///
    /// # Panics
    /// Where it does not end in order when it is asked to, or the next one does not start.
    #[must_use]
    pub fn again(mut self, end: End) -> Self {
        match end {
            _ if self.program.is_none() => {}
            End::InOrder => drop(self.take_program().end().expect_success()),
            End::Killed => self.kill(),
        }
        let own_data_dir = self.own_data_dir.take();
        let mut next = self.options.clone().data_dir(&self.data_dir).start();
        next.own_data_dir = own_data_dir;
        next
    }

    /// Waits until it ended of itself or by a signal that the test sent.
    pub fn wait(mut self) -> Ended {
        self.take_program().wait()
    }

    fn program(&self) -> &Program {
        self.program.as_ref().expect("taken by what ends the broker alone")
    }

    fn take_program(&mut self) -> Program {
        self.program.take().expect("taken by what ends the broker alone")
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let Some(program) = self.program.take() else { return };
        if std::thread::panicking() {
            println!("--- the broker's log\n{}", program.stderr().text());
            return; // dropping the program kills it
        }
        program.end();
        if let Some(Err(error)) = self.own_data_dir.take().map(TempDir::close) {
            assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        }
    }
}

/// Runs the broker's executable with a subcommand to its end.
pub fn philter<'a>(arguments: impl IntoIterator<Item = &'a str>, input: &str) -> Ended {
    Program::run(executable().args(arguments), input)
}

/// The same with variables of the environment, to which nothing is typed.
pub fn philter_in<'a>(
    environment: &[(&str, &str)],
    arguments: impl IntoIterator<Item = &'a str>,
) -> Ended {
    Program::run(executable().envs(environment.iter().copied()).args(arguments), "")
}

/// The broker's executable.
fn executable() -> Command {
    alone(Command::new(&artifacts().broker))
}

fn executable_with(limits: &[String]) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{} && exec \"$0\" \"$@\"", limits.join(" && "))]);
    shell.arg(&artifacts().broker);
    alone(shell)
}

/// In an environment of its own: what the tests are told by variables is nothing that a broker
/// knows.
fn alone(mut command: Command) -> Command {
    command.current_dir(workspace()).env_clear();
    command.envs(["PATH", "HOME"].iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    command
}

/// Adds a user to a data directory.
///
/// # Panics
/// Where that fails.
pub fn add_user(data_dir: &Path, name: &str, password: &str) {
    let data_dir = data_dir.to_str().expect("a path in UTF-8");
    let plugin_dir = artifacts().plugin_dir.to_str().expect("a path in UTF-8");
    let arguments = ["user", "add", name, "--password-stdin", "--data-dir", data_dir];
    philter(arguments.into_iter().chain(["--plugin-dir", plugin_dir]), password).expect_success();
}
