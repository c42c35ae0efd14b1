//! What the broker does not do yet is answered by name.

use philter_protocol::v0_10::command::{MessageResume, error_code};
use philter_tests::broker::Broker;

#[test]
fn a_command_of_a_later_version_is_named() {
    let broker = Broker::start();
    let mut client = broker.client();
    let command = MessageResume::default();
    let refusal = client.attach("s").unwrap().run(command).unwrap_err();
    assert_eq!(refusal.code(), Some(error_code::NOT_IMPLEMENTED), "{refusal}");
    assert!(refusal.text().contains("message.resume"), "{refusal}");
}
