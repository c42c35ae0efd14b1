//! The addresses that documents have for Qpid's clients.

use philter_tests::artifacts::workspace;
use philter_tests::program::Program;
use philter_tests::qpid::QpidPython;

#[test]
fn every_address_in_a_document_is_one() {
    let Some(qpid) = QpidPython::find_or_skip("every_address_in_a_document_is_one") else { return };
    let root = workspace();
    let mut program = qpid.program(&root.join("tests/interop/addresses.py"));
    let ended = Program::run(program.arg(root), "").expect_success();
    let count = ended.stdout.last().and_then(|line| line.split(' ').next()?.parse::<usize>().ok());
    assert!(count > Some(30), "{}", ended.report());
}
