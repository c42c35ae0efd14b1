//! A queue by spout and drain: created by its address, browsed, consumed, empty, missing.

use philter_tests::broker::{Broker, BrokerOptions, add_user};
use philter_tests::qpid::QpidPython;

use crate::spout_drain::{CONTENT, drain, spout};

#[test]
fn messages_are_browsed_twice_consumed_once_and_gone() {
    let Some(qpid) = QpidPython::find_or_skip("messages_are_browsed") else { return };
    let broker = Broker::start();
    spout(&qpid, &broker, &["-c", "5", "q1;{create:always}"]).expect_success();
    let count = |address: &str| drain(&qpid, &broker, &[address]).expect_success().stdout.len();
    assert_eq!(count("q1;{mode:browse}"), 5);
    assert_eq!(count("q1;{mode:browse}"), 5);
    assert_eq!(count("q1"), 5);
    assert_eq!(count("q1"), 0);
}

#[test]
fn messages_keep_their_order_and_content() {
    let Some(qpid) = QpidPython::find_or_skip("messages_keep_their_order") else { return };
    let broker = Broker::start();
    let long = "0123456789".repeat(10_000); // more than a frame holds
    for content in ["one", "two", &long] {
        spout(&qpid, &broker, &["q;{create:always}", content]).expect_success();
    }
    let drained = drain(&qpid, &broker, &[CONTENT[0], CONTENT[1], "q"]).expect_success();
    assert_eq!(drained.stdout, ["one", "two", &long]);
}

#[test]
fn a_map_and_headers_come_back_as_they_were_sent() {
    let Some(qpid) = QpidPython::find_or_skip("a_map_and_headers") else { return };
    let broker = Broker::start();
    let sent =
        ["-P", "colour=blue", "-M", "k=v", "-S", "s", "--reply-to", "r", "q;{create:always}"];
    spout(&qpid, &broker, &sent).expect_success();
    let drained = drain(&qpid, &broker, &["q"]).expect_success();
    let line = drained.stdout.join("\n");
    let parts = ["u'colour': u'blue'", "{u'k': u'v'}", "subject=u's'", "reply_to=u'r'"];
    for part in parts {
        assert!(line.contains(part), "no {part} in {line}");
    }
}

#[test]
fn a_missing_queue_is_named() {
    let Some(qpid) = QpidPython::find_or_skip("a_missing_queue") else { return };
    let broker = Broker::start();
    let ended = drain(&qpid, &broker, &["nosuchqueue"]);
    assert!(!ended.status.success());
    let last = ended.stderr.last().cloned().unwrap_or_default();
    assert!(last.ends_with("NotFound: no such queue: nosuchqueue"), "{}", ended.report());
}

#[test]
fn a_user_comes_in_by_password_and_a_wrong_one_is_told() {
    let Some(qpid) = QpidPython::find_or_skip("a_user_comes_in") else { return };
    let data_dir = tempfile::TempDir::new().expect("a folder");
    add_user(data_dir.path(), "alice", "secret");
    let broker = BrokerOptions::default().data_dir(data_dir.path()).start();
    let with = |login: &str| {
        let broker_address = format!("{login}@{}", broker.address());
        let arguments = ["--broker", &broker_address, CONTENT[0], CONTENT[1], "q;{create:always}"];
        drain(&qpid, &broker, &arguments)
    };
    with("alice/secret").expect_success();
    let refused = with("alice/wrong");
    assert!(!refused.status.success());
    let text = refused.report();
    assert!(text.contains("ConnectionError") || text.contains("AuthenticationFailure"), "{text}");
}
