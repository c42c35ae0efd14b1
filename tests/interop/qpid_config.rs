//! qpid-config: every subcommand, and what it prints.

use philter_tests::broker::Broker;
use philter_tests::program::{Ended, Program};
use philter_tests::qpid::QpidPython;
use tempfile::NamedTempFile;

use crate::spout_drain::{CONTENT, drain, spout};

struct Config<'a> {
    qpid: &'a QpidPython,
    broker: &'a Broker,
}

impl Config<'_> {
    fn run(&self, arguments: &[&str]) -> Ended {
        let mut tool = self.qpid.tool("qpid-config");
        Program::run(tool.args(["-b", &self.broker.address()]).args(arguments), "")
    }

    /// Runs it to success; what it printed.
    fn good(&self, arguments: &[&str]) -> Vec<String> {
        self.run(arguments).expect_success().stdout
    }

    /// Runs it to its refusal; what it printed as one text.
    fn bad(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        assert!(!ended.status.success(), "{arguments:?}: {}", ended.report());
        ended.stdout.join("\n")
    }

    /// The listed attributes of a queue or exchange.
    fn attributes(&self, what: &str, name: &str) -> String {
        let lines = self.good(&[what, name]);
        let line = lines.iter().skip(2).find(|line| line.split_whitespace().any(|w| w == name));
        line.unwrap_or_else(|| panic!("no {name} in {lines:?}")).clone()
    }
}

fn with_broker(test: &str, run: impl FnOnce(&Config<'_>)) {
    let Some(qpid) = QpidPython::find_or_skip(test) else { return };
    let broker = Broker::start();
    run(&Config { qpid: &qpid, broker: &broker });
}

#[test]
fn counts_what_there_is() {
    with_broker("counts_what_there_is", |config| {
        config.good(&["add", "queue", "q1", "--durable"]);
        let overview = config.good(&[]).join("\n");
        assert!(overview.contains("Total Exchanges: 9"), "{overview}");
        for (name, count) in [("direct", 3), ("topic", 3), ("fanout", 1), ("headers", 2)] {
            assert!(overview.contains(&format!("{name}: {count}")), "{overview}");
        }
    });
}

#[test]
fn exchanges_are_added_listed_and_deleted() {
    with_broker("exchanges_are_added", |config| {
        assert!(config.good(&["add", "exchange", "topic", "news-service"]).is_empty());
        let again = config.bad(&["add", "exchange", "topic", "news-service"]);
        assert!(again.contains("object already exists: news-service"), "{again}");
        let options = ["--durable", "--sequence", "--ive", "--alternate-exchange", "amq.fanout"];
        config.good(&[&["add", "exchange", "direct", "d"][..], &options[..]].concat());
        let listed = config.good(&["exchanges"]);
        assert_eq!(listed[0].split_whitespace().next(), Some("Type"), "{listed:?}");
        for standing in ["amq.direct", "amq.topic", "amq.fanout", "amq.match"] {
            assert!(config.attributes("exchanges", standing).contains("--durable"));
        }
        for standing in ["qmf.default.direct", "qmf.default.topic", "qpid.management"] {
            assert!(!config.attributes("exchanges", standing).contains("--durable"));
        }
        let attributes = config.attributes("exchanges", "d");
        for attribute in ["--durable", "--sequence", "--ive", "--alternate-exchange=amq.fanout"] {
            assert!(attributes.contains(attribute), "{attributes}");
        }
        let unknown = config.bad(&["add", "exchange", "nosuchtype", "x"]);
        assert!(unknown.contains("nosuchtype"), "{unknown}");
        config.good(&["del", "exchange", "news-service"]);
        let gone = config.bad(&["del", "exchange", "news-service"]);
        assert!(gone.contains("news-service"), "{gone}");
        assert!(config.bad(&["del", "exchange", "amq.direct"]).contains("amq.direct"));
    });
}

#[test]
fn queues_are_added_with_every_option() {
    with_broker("queues_are_added", |config| {
        let sets: [&[&str]; 5] = [
            &["--max-queue-size", "5000", "--max-queue-count", "50", "--limit-policy", "ring"],
            &["--lvq-key", "symbol"],
            &["--group-header", "g", "--shared-groups"],
            &["--durable", "--file-count", "8", "--file-size", "24", "--limit-policy", "reject"],
            &["--alternate-exchange", "amq.fanout", "--argument", "qpid.priorities=7"],
        ];
        for (number, set) in sets.iter().enumerate() {
            let name = format!("q{number}");
            config.good(&[&["add", "queue", &name][..], set].concat());
            let attributes = config.attributes("queues", &name);
            for option in set.iter().filter(|option| option.starts_with("--")) {
                assert!(attributes.contains(option), "{option} is not in {attributes}");
            }
        }
        let flow = ["stop-count", "resume-count", "stop-size", "resume-size"];
        let flow = flow.map(|name| format!("--flow-{name}={}", name.len() * 10));
        let flow: Vec<&str> = flow.iter().map(String::as_str).collect();
        let add = ["add", "queue", "flow", "--max-queue-count", "200", "--max-queue-size", "2000"];
        let refused = config.bad(&[&add[..], &flow].concat());
        assert!(refused.contains("resume"), "resume beyond stop: {refused}");
        let flow = ["--flow-stop-count=90", "--flow-resume-count=80"];
        config.good(&[&add[..], &flow].concat());
        let attributes = config.attributes("queues", "flow");
        flow.iter().for_each(|option| assert!(attributes.contains(option), "{attributes}"));
        let unknown = config.bad(&["add", "queue", "x", "--argument", "my.own=1"]);
        assert!(unknown.contains("my.own"), "{unknown}");
        let again = config.bad(&["add", "queue", "q1"]);
        assert!(again.contains("object already exists: q1"), "{again}");
        let unknown = config.bad(&["add", "queue", "x", "--argument", "qpid.nonsense=1"]);
        assert!(unknown.contains("qpid.nonsense"), "{unknown}");
        let mixed = ["--lvq-key", "k", "--argument", "qpid.priorities=5"];
        let mixed = config.bad(&[&["add", "queue", "x"][..], &mixed].concat());
        assert!(mixed.contains("qpid.priorities"), "{mixed}");
    });
}

#[test]
fn a_queue_with_messages_is_deleted_by_force_alone() {
    with_broker("deleted_by_force", |config| {
        spout(config.qpid, config.broker, &["-c", "3", "q;{create:always}"]).expect_success();
        let refused = config.bad(&["del", "queue", "q"]);
        assert!(refused.contains("'q'") || refused.contains(" q"), "{refused}");
        config.good(&["del", "queue", "q", "--force"]);
        assert!(config.bad(&["del", "queue", "q"]).contains('q'));
    });
}

#[test]
fn bindings_are_made_shown_and_taken_back() {
    with_broker("bindings_are_made", |config| {
        config.good(&["add", "queue", "q2"]);
        config.good(&["add", "exchange", "topic", "news-service"]);
        config.good(&["bind", "news-service", "q2", "a.#"]);
        let shown = config.good(&["queues", "q2", "-r"]);
        assert_eq!(shown[0], "Queue 'q2'");
        assert!(shown.contains(&"    bind [q2] => ''".to_owned()), "{shown:?}");
        assert!(shown.contains(&"    bind [a.#] => news-service".to_owned()), "{shown:?}");
        let shown = config.good(&["exchanges", "news-service", "-r"]);
        assert_eq!(shown, ["Exchange 'news-service' (topic)", "    bind [a.#] => q2"]);
        config.good(&["unbind", "news-service", "q2", "a.#"]);
        assert_eq!(config.good(&["exchanges", "news-service", "-r"]).len(), 1);
        let refused = config.bad(&["bind", "nosuch", "q2", "k"]);
        assert!(refused.contains("nosuch"), "{refused}");
        config.good(&["bind", "amq.match", "q2", "k", "all", "a=1", "b=2"]);
        let shown = config.good(&["queues", "q2", "-r"]).join("\n");
        assert!(shown.contains("x-match") && shown.contains("u'b': u'2'"), "{shown}");
    });
}

#[test]
fn an_xml_binding_takes_its_query_from_a_file() {
    with_broker("an_xml_binding", |config| {
        config.good(&["add", "exchange", "xml", "xml"]);
        config.good(&["add", "queue", "rain"]);
        let query = NamedTempFile::new().expect("a file");
        std::fs::write(query.path(), "./weather/rain = 'yes'").expect("room");
        let path = query.path().to_str().expect("a path in UTF-8");
        config.good(&["bind", "xml", "rain", "weather", "-f", path]);
        for rain in ["yes", "no"] {
            let body = format!("<weather><rain>{rain}</rain></weather>");
            spout(config.qpid, config.broker, &["xml/weather", &body]).expect_success();
        }
        let drained = drain(config.qpid, config.broker, &[CONTENT[0], CONTENT[1], "rain"]);
        let drained = drained.expect_success();
        assert_eq!(drained.stdout, ["<weather><rain>yes</rain></weather>"]);
        std::fs::write(query.path(), "./weather[").expect("room");
        let refused = config.bad(&["bind", "xml", "rain", "broken", "-f", path]);
        assert!(refused.contains("xml"), "{refused}");
    });
}

#[test]
fn any_class_is_listed_and_what_is_not_there_yet_is_named() {
    with_broker("any_class_is_listed", |config| {
        config.good(&["add", "queue", "q2"]);
        let listed = config.good(&["list", "queue"]).join("\n");
        assert!(listed.contains("autoDelete") && listed.contains("q2"), "{listed}");
        let shown = ["list", "queue", "--show-property", "name", "--show-property", "msgDepth"];
        let listed = config.good(&shown).join("\n");
        assert!(listed.contains("msgDepth"), "{listed}");
        config.good(&["list", "connection"]);
        let refused = config.bad(&["add", "link", "l1", "--argument", "host=h"]);
        assert!(refused.contains("link") && refused.contains("yet"), "{refused}");
        let refused = config.bad(&["add", "nonsense", "n"]);
        assert!(refused.contains("nonsense"), "{refused}");
    });
}

#[test]
fn the_log_level_changes_while_it_runs() {
    with_broker("the_log_level", |config| {
        let level = config.good(&["log"]);
        assert!(level[0].starts_with("Log level: "), "{level:?}");
        config.good(&["log", "debug+"]);
        assert!(config.good(&["log"])[0].contains("debug+"));
        config.good(&["add", "queue", "q"]);
        config.broker.wait_for_log("DEBUG");
        let refused = config.bad(&["log", "nonsense"]);
        assert!(refused.contains("nonsense"), "{refused}");
    });
}

#[test]
fn reloading_rules_says_that_there_are_none() {
    with_broker("reloading_rules", |config| {
        let ended = config.run(&["reload-acl"]);
        let said = ended.stdout.join("\n");
        assert!(said.contains("ACL") || said.contains("acl"), "{}", ended.report());
    });
}

#[test]
fn shuts_the_broker_down() {
    let Some(qpid) = QpidPython::find_or_skip("shuts_the_broker_down") else { return };
    let broker = Broker::start();
    Config { qpid: &qpid, broker: &broker }.good(&["shutdown"]);
    broker.wait().expect_success();
}
