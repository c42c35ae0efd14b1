//! Qpid's hello: a message through amq.topic without any subject.

use std::process::Command;

use philter_tests::broker::Broker;
use philter_tests::program::Program;
use philter_tests::qpid::QpidPython;

#[test]
fn hello_comes_back() {
    let Some(qpid) = QpidPython::find_or_skip("hello") else { return };
    let broker = Broker::start();
    let mut hello: Command = qpid.plain_example("hello");
    let ended = Program::run(hello.arg(broker.address()), "").expect_success();
    assert_eq!(ended.stdout, ["Hello world!"], "{}", ended.report());
}
