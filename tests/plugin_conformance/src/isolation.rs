//! The rules in a process of their own.

use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use philter_plugin_conformance::{ANNOUNCEMENT, CALLS_PER_RULE, END};

/// Runs the rules in another process and prints what it says; whether none failed.
///
/// # Errors
/// The other process cannot be started, or could not run the kit.
pub(crate) fn check(deadline_ms: u64) -> io::Result<bool> {
    let mut child = Command::new(env::current_exe()?)
        .args(["--here", "--announce"])
        .args(env::args_os().skip(1))
        .stdout(Stdio::piped())
        .spawn()?;
    let rule_deadline = Duration::from_millis(deadline_ms).saturating_mul(CALLS_PER_RULE);
    let told = pass_on(&lines_of(&mut child), rule_deadline)?;
    if told.is_stuck {
        child.kill()?;
    }
    let status = child.wait()?;
    match (told.has_ended, status.code()) {
        (true, _) => Ok(status.success()),
        // The other process could not run the kit, and has said why.
        (false, Some(2)) => Err(io::Error::other("the rules could not be run")),
        (false, _) => {
            let rule = told.last_rule;
            let what = ending(told.is_stuck, status, rule_deadline);
            writeln!(io::stdout(), "fail  {rule} — {what}; the rules behind it were not run")?;
            Ok(false)
        }
    }
}

/// What the other process has told.
struct Told {
    last_rule: String,
    has_ended: bool,
    is_stuck: bool,
}

/// The lines of the other process, as they come.
fn lines_of(child: &mut Child) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    if let Some(output) = child.stdout.take() {
        std::thread::spawn(move || {
            let texts = BufReader::new(output).lines().map_while(Result::ok);
            // Where nobody listens any more the process is being ended.
            texts.map(|line| sender.send(line)).find(Result::is_err)
        });
    }
    lines
}

/// Prints the lines until they end, or until a rule takes too long.
fn pass_on(lines: &Receiver<String>, rule_deadline: Duration) -> io::Result<Told> {
    let last_rule = "plugin: loads".to_owned();
    let mut told = Told { last_rule, has_ended: false, is_stuck: false };
    let mut output = io::stdout();
    loop {
        let line = match lines.recv_timeout(rule_deadline) {
            Ok(line) => line,
            Err(error) => {
                told.is_stuck = error == RecvTimeoutError::Timeout;
                return Ok(told);
            }
        };
        if let Some(rule) = line.strip_prefix(ANNOUNCEMENT) {
            rule.clone_into(&mut told.last_rule);
        } else if let Some(tally) = line.strip_prefix(END) {
            told.has_ended = true;
            writeln!(output, "{tally}")?;
        } else {
            writeln!(output, "{line}")?;
        }
    }
}

fn ending(is_stuck: bool, status: ExitStatus, rule_deadline: Duration) -> String {
    match status.signal() {
        _ if is_stuck => format!("it has not ended after {} ms", rule_deadline.as_millis()),
        Some(signal) => format!("the plugin ended the process by signal {signal}"),
        None => format!("the plugin ended the process, {status}"),
    }
}
