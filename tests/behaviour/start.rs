//! What the broker says at its start, and what keeps it from starting.

use philter_tests::artifacts::artifacts;
use philter_tests::broker::{Broker, BrokerOptions};

#[test]
fn it_says_where_it_listens_and_which_plugins_came_from_where() {
    let broker = Broker::start();
    let folder = artifacts().plugin_dir.to_str().unwrap();
    broker.wait_for_log(&format!("plugin directory: {folder}"));
    for plugin in ["direct", "topic", "fanout", "headers", "xml"] {
        let line = broker.wait_for_log(&format!("loaded exchange {plugin} "));
        assert!(line.contains(folder), "{line}");
    }
}

#[test]
fn each_interface_has_its_line() {
    let broker = BrokerOptions::default()
        .arguments(["--interface", "127.0.0.1", "--interface", "127.0.0.2"])
        .start();
    broker.client().close().unwrap();
    let second = broker.stdout().wait_for("127.0.0.2").unwrap();
    let port = second.rsplit(':').next().unwrap().parse().unwrap();
    std::net::TcpStream::connect(("127.0.0.2", port)).unwrap();
}

#[test]
fn a_port_that_is_taken_is_named() {
    let broker = Broker::start();
    let second = BrokerOptions::default().port(broker.port()).try_start();
    let ended = second.expect_err("one port, one broker");
    assert!(!ended.status.success());
    assert!(ended.report().contains(&broker.port().to_string()), "{}", ended.report());
}

#[test]
fn a_data_directory_serves_one_broker_at_a_time() {
    let broker = Broker::start();
    let second = BrokerOptions::default().data_dir(broker.data_dir()).try_start();
    let ended = second.expect_err("the first one holds it");
    assert!(ended.report().contains(broker.data_dir().to_str().unwrap()), "{}", ended.report());
}

#[test]
fn without_the_direct_exchange_it_does_not_start_and_says_what_is_missing() {
    let empty = tempfile::TempDir::new().unwrap();
    let ended = BrokerOptions::default().plugin_dir(empty.path()).try_start().unwrap_err();
    assert!(!ended.status.success());
    assert!(ended.report().contains("direct"), "{}", ended.report());
}
