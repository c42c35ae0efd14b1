//! A process that a test started: its output line by line, its end, and that it does end.

use std::io::Write;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::transcript::Transcript;

/// How long a process may take to end after SIGTERM, on a machine that is busy.
const END_GRACE: Duration = Duration::from_secs(60);

/// A running process. It is killed when the value is dropped before the process ended.
#[derive(Debug)]
pub struct Program {
    name: String,
    child: Child,
    /// Open for a program that is typed to.
    stdin: Option<ChildStdin>,
    stdout: Transcript,
    stderr: Transcript,
}

/// What a process that ended said.
#[derive(Debug)]
pub struct Ended {
    /// How it ended.
    pub status: ExitStatus,
    /// Lines of its standard output.
    pub stdout: Vec<String>,
    /// Lines of its standard error.
    pub stderr: Vec<String>,
}

impl Program {
    /// Starts a command with its output collected; `input` goes to its standard input.
    ///
    /// # Panics
    /// Where it can't be started.
    pub fn start(command: &mut Command, input: &str) -> Self {
        let mut program = Self::start_typing(command);
        program.type_text(input);
        program.stdin = None;
        program
    }

    /// Starts a command with its output collected and its standard input left open for
    /// [`Self::type_text`].
    ///
    /// # Panics
    /// Where it can't be started.
    pub fn start_typing(command: &mut Command) -> Self {
        let name = format!("{command:?}");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|e| panic!("{name}: {e}"));
        let (stdout, stderr) = (Transcript::default(), Transcript::default());
        stdout.collect(child.stdout.take().expect("a pipe"));
        stderr.collect(child.stderr.take().expect("a pipe"));
        let stdin = child.stdin.take();
        Self { name, child, stdin, stdout, stderr }
    }

    /// Types to a program that was started for it.
    pub fn type_text(&mut self, text: &str) {
        if let Some(stdin) = &mut self.stdin {
            // A program that does not read its input has closed it: nothing to tell anybody.
            drop(stdin.write_all(text.as_bytes()));
        }
    }

    /// Runs a command to its end.
    pub fn run(command: &mut Command, input: &str) -> Ended {
        Self::start(command, input).wait()
    }

    /// Lines of the standard output.
    pub fn stdout(&self) -> &Transcript {
        &self.stdout
    }

    /// Lines of the standard error.
    pub fn stderr(&self) -> &Transcript {
        &self.stderr
    }

    /// The process's number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal. Nothing happens where the process ended.
    pub fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(id) = id {
            // Nobody waited for the child yet, so the number is its own; it may have ended.
            let _ = kill_process(id, signal);
        }
    }

    /// Asks the process to end and waits until it did.
    ///
    /// # Panics
    /// Where it does not within a minute: whoever drops a broker must not hang.
    pub fn end(self) -> Ended {
        self.signal(Signal::TERM);
        let ended = self.stdout.has_ended_within(END_GRACE);
        assert!(ended, "{} ignored SIGTERM:\n{}", self.name, self.stderr.text());
        self.wait()
    }

    /// Waits for the end and takes all output.
    ///
    /// # Panics
    /// Where the system can't say.
    pub fn wait(mut self) -> Ended {
        let status = self.child.wait().unwrap_or_else(|e| panic!("{}: {e}", self.name));
        self.stdout.wait_for_end();
        self.stderr.wait_for_end();
        Ended { status, stdout: self.stdout.lines(), stderr: self.stderr.lines() }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}

impl Ended {
    /// Itself, where the process ended well.
    ///
    /// # Panics
    /// Where it did not, with all that it said.
    pub fn expect_success(self) -> Self {
        assert!(self.status.success(), "{}", self.report());
        self
    }

    /// Status and output as a text for a failed test.
    pub fn report(&self) -> String {
        let (out, err) = (self.stdout.join("\n"), self.stderr.join("\n"));
        format!("{}\n--- standard output\n{out}\n--- standard error\n{err}", self.status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_input_and_collects_output() {
        let ended = Program::run(Command::new("cat").arg("-"), "a\nb\n").expect_success();
        assert_eq!(ended.stdout, ["a", "b"]);
    }

    #[test]
    fn ends_a_process_that_nobody_waited_for() {
        let program = Program::start(Command::new("sh").args(["-c", "echo up; cat; cat"]), "");
        let id = program.id();
        assert!(program.stdout().wait_for("up").is_some());
        drop(program);
        assert!(!std::path::Path::new(&format!("/proc/{id}")).exists());
    }
}
