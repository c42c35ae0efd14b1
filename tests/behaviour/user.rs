//! A message says who published it only where that is true.

use philter_protocol::v0_10::command::error_code;
use philter_tests::broker::{BrokerOptions, add_user};
use philter_tests::client::Message;

#[test]
fn a_foreign_user_id_is_refused_and_ones_own_is_passed_on() {
    let folder = tempfile::TempDir::new().unwrap();
    add_user(folder.path(), "alice", "secret");
    let broker = BrokerOptions::default().data_dir(folder.path()).start();
    let mut alice = broker.client_as("alice", "secret").unwrap();
    let mut session = alice.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    session.publish("", &Message::new("q", "mine").user_id("alice")).unwrap();
    assert_eq!(session.message_count("q").unwrap(), 1);
    let refusal = session.publish("", &Message::new("q", "x").user_id("bob")).unwrap_err();
    assert_eq!(refusal.code(), Some(error_code::UNAUTHORIZED_ACCESS));
    assert!(refusal.text().contains("user-id"), "{refusal}");
}
