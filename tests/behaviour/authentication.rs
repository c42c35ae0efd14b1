//! Who may come in: by default anybody from this machine, and users by their password.

use philter_tests::broker::{Broker, BrokerOptions, add_user};
use philter_tests::client::{Client, Refusal};

#[test]
fn anonymous_is_accepted_from_the_loopback() {
    let broker = Broker::start();
    Client::anonymous(broker.port()).unwrap().close().unwrap();
}

#[test]
fn a_user_needs_the_right_password() {
    let folder = tempfile::TempDir::new().unwrap();
    add_user(folder.path(), "alice", "secret");
    let broker = BrokerOptions::default().data_dir(folder.path()).start();
    broker.client_as("alice", "secret").unwrap().close().unwrap();
    for (user, password) in [("alice", "wrong"), ("alice", ""), ("bob", "secret"), ("", "")] {
        let refusal = broker.client_as(user, password).unwrap_err();
        assert!(matches!(refusal, Refusal::Closed { code: Some(_), .. }), "{refusal}");
    }
}

#[test]
fn a_refusal_tells_nothing_about_which_users_exist() {
    let folder = tempfile::TempDir::new().unwrap();
    add_user(folder.path(), "alice", "secret");
    let broker = BrokerOptions::default().data_dir(folder.path()).start();
    let known = broker.client_as("alice", "wrong").unwrap_err();
    assert_eq!(known, broker.client_as("nobody", "wrong").unwrap_err());
}

#[test]
fn a_mechanism_that_was_not_offered_is_refused_and_named_in_the_log() {
    let broker = Broker::start();
    let refusal = Client::open(broker.port(), "KERBEROS_V4", b"x").unwrap_err();
    assert!(matches!(refusal, Refusal::Closed { code: Some(_), .. }), "{refusal}");
    broker.wait_for_log("KERBEROS_V4");
}

#[test]
fn auth_no_lets_everyone_in_and_says_so_at_start() {
    let broker = Broker::start_open();
    broker.wait_for_log("everyone");
    Client::anonymous(broker.port()).unwrap().close().unwrap();
    broker.client_as("anybody", "anything").unwrap().close().unwrap();
}
