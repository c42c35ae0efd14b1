//! The first flow that Philter was made for: news by topic.

use philter_tests::broker::Broker;
use philter_tests::qpid::QpidPython;

use crate::spout_drain::{CONTENT, spout, subscribe};

/// Makes the topic exchange where it is not there yet.
const SERVICE: &str =
    "news-service; {create: always, node: {type: topic, x-declare: {type: topic}}}";

#[test]
fn a_subscriber_gets_what_matches_its_pattern_and_nothing_else() {
    let Some(qpid) = QpidPython::find_or_skip("news") else { return };
    let broker = Broker::start();
    spout(&qpid, &broker, &[SERVICE, "before anybody listens"]).expect_success();

    let two = ["--count", "2", CONTENT[0], CONTENT[1], "news-service/#.news"];
    let subscriber = subscribe(&qpid, &broker, &two);
    // What must not arrive is published between what must.
    for subject in ["news", "news.eu", "eu.news"] {
        let address = format!("news-service/{subject}");
        let sent = spout(&qpid, &broker, &[&address, subject]).expect_success();
        assert_eq!(sent.stdout.len(), 1, "{}", sent.report());
    }
    let ended = subscriber.wait().expect_success();
    assert_eq!(ended.stdout, ["news", "eu.news"], "{}", ended.report());
}

#[test]
fn a_message_shows_its_subject_and_its_key() {
    let Some(qpid) = QpidPython::find_or_skip("message_shows_its_subject") else { return };
    let broker = Broker::start();
    spout(&qpid, &broker, &[SERVICE, "x"]).expect_success();
    let subscriber = subscribe(&qpid, &broker, &["--count", "1", "news-service/#.news"]);
    spout(&qpid, &broker, &["--id", "7", "news-service/news", "xiaorui.cc"]).expect_success();
    let ended = subscriber.wait().expect_success();
    let [line] = &ended.stdout[..] else { panic!("{}", ended.report()) };
    let expected = [
        "subject=u'news'",
        "u'qpid.subject': u'news'",
        "'x-amqp-0-10.routing-key': u'news'",
        "u'spout-id': u'7:0'",
        "content=u'xiaorui.cc'",
    ];
    for part in expected {
        assert!(line.contains(part), "no {part} in {line}");
    }
    for absent in ["timestamp", "priority", "ttl", "redelivered"] {
        assert!(!line.contains(absent), "{absent} was added: {line}");
    }
}
