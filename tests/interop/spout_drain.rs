//! Qpid's spout and drain as a test uses them.

use philter_tests::broker::Broker;
use philter_tests::program::{Ended, Program};
use philter_tests::qpid::QpidPython;

/// What a program says on its standard error once the broker has confirmed its subscription: it
/// then gives its first credit.
const SUBSCRIBED: &str = "SENT[";
const FIRST_CREDIT: &str = "MessageFlow(";

/// Sends by spout, to its end.
pub(crate) fn spout(qpid: &QpidPython, broker: &Broker, arguments: &[&str]) -> Ended {
    Program::run(qpid.example("spout", broker).args(arguments), "")
}

/// Takes by drain what is there, to its end.
pub(crate) fn drain(qpid: &QpidPython, broker: &Broker, arguments: &[&str]) -> Ended {
    Program::run(qpid.example("drain", broker).args(arguments), "")
}

/// Starts a drain that waits for messages, and returns once it is subscribed.
pub(crate) fn subscribe(qpid: &QpidPython, broker: &Broker, arguments: &[&str]) -> Program {
    let mut drain = qpid.example("drain", broker);
    drain.args(["-v", "--timeout", "60"]).args(arguments);
    let program = Program::start(&mut drain, "");
    let subscribed = program.stderr().wait_for(FIRST_CREDIT);
    let line = subscribed.unwrap_or_else(|| panic!("no credit given: {}", program.stderr().text()));
    assert!(line.contains(SUBSCRIBED), "{line}");
    program
}

/// The contents that drain printed with `--print %(C)s`.
pub(crate) const CONTENT: [&str; 2] = ["--print", "%(C)s"];
