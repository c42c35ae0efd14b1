//! `philter bench`: what it sends arrives, what it declared is gone, and what goes wrong is said.

use std::net::TcpListener;
use std::process::Command;

use philter_protocol::v0_10::command::ExchangeQuery;
use philter_protocol::v0_10::structs::ExchangeQueryResult;
use philter_tests::artifacts::artifacts;
use philter_tests::broker::{Broker, add_user, philter};
use philter_tests::program::Program;
use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

/// Runs a bench against a broker to its end; its report.
fn bench<'a>(broker: &Broker, arguments: impl IntoIterator<Item = &'a str>) -> Value {
    let url = url(broker);
    let mut words = vec!["bench", &url, "--json", "-"];
    for word in arguments {
        words.push(word);
    }
    report(words)
}

fn report<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Value {
    let ended = philter(arguments, "").expect_success();
    serde_json::from_str(&ended.stdout.join("\n")).unwrap()
}

fn url(broker: &Broker) -> String {
    format!("amqp://{}", broker.address())
}

/// A figure of the first round with the first broker.
fn figure<'r>(report: &'r Value, path: &str) -> &'r Value {
    let place = format!("/subjects/0/rounds/0/{path}");
    report.pointer(&place).unwrap_or_else(|| panic!("no {place} in {report:#}"))
}

fn sent_and_received(report: &Value) -> (u64, u64) {
    let count = |path: &str| figure(report, path).as_u64().unwrap();
    for fault in ["lost", "duplicated", "disordered", "foreign"] {
        assert_eq!(count(&format!("faults/{fault}")), 0, "{report:#}");
    }
    (count("sent"), count("received"))
}

#[test]
fn everything_that_is_sent_arrives_and_is_counted() {
    let broker = Broker::start();
    let pid = broker.pid().to_string();
    let report = bench(&broker, ["--messages", "1000", "--pid", &pid]);
    assert_eq!(sent_and_received(&report), (1_000, 1_000));
    for path in ["cpu/us_a_message", "resident_bytes/peak", "write/bytes", "read/messages"] {
        assert!(figure(&report, path).as_f64().unwrap() > 0.0, "{path} in {report:#}");
    }
    assert!(report["subjects"][0]["product"].as_str().unwrap().contains("philter"));
}

#[test]
fn parties_share_the_messages_and_the_queues() {
    let broker = Broker::start();
    let sharing = ["--producers", "3", "--consumers", "5", "--queues", "2", "--messages", "1001"];
    assert_eq!(sent_and_received(&bench(&broker, sharing)), (1_001, 1_001));
}

#[test]
fn every_exchange_type_routes_its_messages() {
    let broker = Broker::start();
    for (exchange, bindings, copies) in [
        ("direct", "10", 1),
        ("topic", "10", 1),
        ("headers", "10", 1),
        ("xml", "10", 1),
        ("fanout", "0", 3),
        ("amq.topic", "10", 1),
    ] {
        let spread = ["--queues", "3", "--consumers", "3", "--messages", "90"];
        let routed = ["--exchange", exchange, "--bindings", bindings];
        let report = bench(&broker, spread.into_iter().chain(routed));
        assert_eq!(sent_and_received(&report), (90, 90 * copies), "{exchange}");
    }
}

#[test]
fn documents_are_routed_by_content_over_either_protocol() {
    let broker = Broker::start();
    for protocol in ["0-10", "0-9-1"] {
        for size in ["400", "2048", "70000"] {
            let words = ["--protocol", protocol, "--exchange", "xml", "--bindings", "5"];
            let load = ["--size", size, "--messages", "50", "--confirms", "10", "--queues", "2"];
            let spread = ["--producers", "2", "--consumers", "2"];
            let report = bench(&broker, words.into_iter().chain(load).chain(spread));
            assert_eq!(sent_and_received(&report), (50, 50), "{protocol} {size}");
        }
    }
    let url = url(&broker);
    let small = philter(["bench", &url, "--exchange", "xml", "--size", "100"], "");
    assert_eq!(small.status.code(), Some(2), "{}", small.report());
    assert!(small.stderr.join("\n").contains("--size: the document"), "{}", small.report());
}

#[test]
fn acknowledgements_confirms_windows_and_sizes_go_together() {
    let broker = Broker::start();
    for (size, flush) in [("0", "64"), ("19", "1"), ("100", "7"), ("70000", "3")] {
        let words = ["--messages", "200", "--size", size, "--flush", flush];
        let bounds = ["--confirms", "10", "--window", "10", "--ack", "3", "--durable"];
        assert_eq!(sent_and_received(&bench(&broker, words.into_iter().chain(bounds))), (200, 200));
    }
}

#[test]
fn a_rate_shows_latency() {
    let broker = Broker::start();
    let report = bench(&broker, ["--rate", "2000", "--messages", "100"]);
    assert_eq!(figure(&report, "latency_us/messages"), 100);
    assert!(figure(&report, "latency_us/p50").as_f64().unwrap() > 0.0);
    assert!(figure(&report, "seconds").as_f64().unwrap() > 0.045, "{report:#}");
}

#[test]
fn a_fill_is_there_before_anybody_consumes() {
    let broker = Broker::start();
    let report = bench(&broker, ["--fill", "500"]);
    assert_eq!(sent_and_received(&report), (0, 500));
    assert_eq!(report["subjects"][0]["fill"][0]["sent"], 500);
    let left = bench(&broker, ["--fill", "500", "--no-consume"]);
    assert_eq!(left["subjects"][0]["fill"][0]["sent"], 500);
    assert_eq!(left["subjects"][0]["rounds"].as_array().unwrap().len(), 0);
}

#[test]
fn browsers_get_all_and_subscriptions_share() {
    let broker = Broker::start();
    let browsing = ["--fill", "300", "--browse", "--consumers", "3"];
    assert_eq!(sent_and_received(&bench(&broker, browsing)), (0, 900));
    let sharing = ["--messages", "300", "--subscriptions", "20", "--consumers", "2"];
    assert_eq!(sent_and_received(&bench(&broker, sharing)), (300, 300));
}

#[test]
fn a_queues_limit_holds_the_producer_back() {
    let broker = Broker::start();
    let limited = ["--queue-limit", "10000", "--messages", "5000", "--size", "100"];
    assert_eq!(sent_and_received(&bench(&broker, limited)), (5_000, 5_000));
}

#[test]
fn an_interrupted_bench_leaves_nothing_behind() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = client.attach("watching").unwrap();
    let mut command = Command::new(&artifacts().broker);
    command.args(["bench", &url(&broker), "--exchange", "fanout", "--duration", "3600"]);
    let program = Program::start(command.args(["--rate", "100"]), "");
    let named = program.stderr().wait_for("names begin with ").unwrap();
    let run = named.rsplit(' ').next().unwrap().to_owned();
    program.stderr().wait_for("received").unwrap();
    let queue = format!("{run}-0");
    assert!(session.query_queue(&queue).unwrap().queue.is_some(), "{queue} is not there");
    program.signal(Signal::INT);
    let ended = program.wait();
    assert_eq!(ended.status.code(), Some(1), "{}", ended.report());
    assert_eq!(session.query_queue(&queue).unwrap().queue, None);
    let exchange = ExchangeQuery { name: format!("{run}-fanout") };
    assert!(session.ask::<ExchangeQueryResult>(exchange).unwrap().not_found);
}

#[test]
fn a_second_signal_ends_a_bench_whose_broker_is_silent() {
    let broker = Broker::start();
    let mut command = Command::new(&artifacts().broker);
    command.args(["bench", &url(&broker), "--duration", "3600", "--rate", "100"]);
    let program = Program::start(&mut command, "");
    program.stderr().wait_for("received").unwrap();
    broker.signal(Signal::STOP);
    program.signal(Signal::INT);
    program.stderr().wait_for("a second signal ends at once").unwrap();
    program.signal(Signal::INT);
    let ended = program.wait();
    broker.signal(Signal::CONT);
    assert_eq!(ended.status.code(), Some(130), "{}", ended.report());
}

#[test]
fn two_brokers_take_turns_and_are_compared() {
    let (one, other) = (Broker::start(), Broker::start());
    let pids = [one.pid().to_string(), other.pid().to_string()];
    let beside = ["--compare", &url(&other), "--compare-pid", &pids[1], "--repeat", "2"];
    let words = ["--messages", "100", "--pid", &pids[0]];
    let report = bench(&one, beside.into_iter().chain(words));
    for subject in report["subjects"].as_array().unwrap() {
        assert_eq!(subject["rounds"].as_array().unwrap().len(), 2);
    }
    let ratio = &report["ratios"][0];
    assert_eq!((&ratio["of"], &ratio["to"]), (&url(&one).into(), &url(&other).into()));
    assert!(ratio["cpu_us_a_message"].as_f64().unwrap() > 0.0);
}

#[test]
fn the_floor_runs_alone_and_beside_a_broker() {
    let words = ["bench", "floor", "--pairs", "2", "--messages", "1000", "--json", "-"];
    let bounds = ["--confirms", "100", "--ack", "10"];
    let report = report(words.into_iter().chain(bounds));
    assert_eq!(sent_and_received(&report), (1_000, 1_000));
    let broker = Broker::start();
    let pid = broker.pid().to_string();
    let beside = bench(&broker, ["--messages", "1000", "--floor", "--pid", &pid]);
    assert_eq!(beside["ratios"][0]["to"], "floor");
    assert!(beside["ratios"][0]["cpu_us_a_message"].as_f64().unwrap() > 0.0, "{beside:#}");
}

#[test]
fn a_user_comes_in_by_its_password_and_by_no_other() {
    let folder = TempDir::new().unwrap();
    add_user(folder.path(), "alice", "secret");
    let options = philter_tests::broker::BrokerOptions::default().data_dir(folder.path());
    let broker = options.start();
    let as_user = |user: &str| format!("amqp://{user}@{}", broker.address());
    report(["bench", &as_user("alice:secret"), "--messages", "10", "--json", "-"]);
    let ended = philter(["bench", &as_user("alice:wrong"), "--messages", "10"], "");
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.report().contains("authentication failed"), "{}", ended.report());
    assert!(!ended.report().contains("wrong"), "a password is shown: {}", ended.report());
}

#[test]
fn a_port_where_nobody_listens_is_named() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ended = philter(["bench", &format!("amqp://{free}"), "--messages", "10"], "");
    assert_eq!(ended.status.code(), Some(1));
    assert!(ended.report().contains(&free.to_string()), "{}", ended.report());
}

#[test]
fn a_refusal_says_of_what_and_why() {
    let broker = Broker::start();
    let ended = philter(["bench", &url(&broker), "--exchange", "nosuchtype"], "");
    assert_eq!(ended.status.code(), Some(1));
    let told = ended.report();
    assert!(told.contains("exchange.declare") && told.contains("nosuchtype"), "{told}");
}

#[test]
fn what_means_nothing_is_refused_by_its_option() {
    for (words, part) in [
        (["--queues", "0"], "--queues"),
        (["--protocol", "1.0"], "not there yet"),
        (["--rate", "-1"], "--rate"),
        (["--repeat", "0"], "--repeat"),
        (["--compare", "http://h"], "http"),
    ] {
        let ended = philter(["bench"].into_iter().chain(words), "");
        assert_eq!(ended.status.code(), Some(2), "{words:?}: {}", ended.report());
        assert!(ended.report().contains(part), "{words:?}: {}", ended.report());
    }
}
