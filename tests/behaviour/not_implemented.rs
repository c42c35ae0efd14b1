//! What the broker does not do yet is answered by name.

use philter_protocol::v0_10::command::{Command, DtxSelect, DtxStart, MessageResume, error_code};
use philter_tests::broker::Broker;

#[test]
fn commands_of_later_versions_are_named() {
    let broker = Broker::start();
    let mut client = broker.client();
    let commands: [Command; 3] =
        [DtxSelect {}.into(), DtxStart::default().into(), MessageResume::default().into()];
    for command in commands {
        let name = command.name();
        let refusal = client.attach(name).unwrap().run(command).unwrap_err();
        assert_eq!(refusal.code(), Some(error_code::NOT_IMPLEMENTED), "{name}: {refusal}");
        assert!(refusal.text().contains(name), "{refusal}");
    }
}
