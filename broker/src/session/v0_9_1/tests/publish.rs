//! What is checked and changed of a message that comes in.

use philter_protocol::v0_9_1::value::{FieldValue, Table};
use philter_protocol::v0_9_1::{Properties, ShortStr};

use super::{CHANNEL, Heard, World};

#[test]
fn a_message_goes_to_the_queues_of_all_its_keys_once_and_hidden_ones_are_not_seen() {
    let world = World::new();
    let mut wire = world.connect();
    for queue in ["to", "cc", "bcc"] {
        wire.declare(queue, Table::new());
    }
    let keys =
        |keys: &[&str]| FieldValue::Array(keys.iter().map(|key| FieldValue::from(*key)).collect());
    let table = Table::new().with("CC", keys(&["cc", "to"])).with("BCC", keys(&["bcc"]));
    let mut encoded = Vec::new();
    let list = Properties::default();
    list.encode_with_headers(&[], Some(&table), &mut encoded);
    let properties = Properties::parse(&encoded).unwrap();
    wire.put("", "to", &properties, false, "x");
    wire.turn();
    for queue in ["to", "cc", "bcc"] {
        assert_eq!(world.depth(queue), 1, "{queue}");
    }
    wire.consume("cc", true);
    let Some(Heard::Deliver { header, .. }) = wire.hear().pop() else { panic!() };
    let headers = Properties::parse(&header).unwrap().headers.unwrap();
    assert!(headers.get("CC").is_some() && headers.get("BCC").is_none());
}

#[test]
fn a_message_claims_no_other_user() {
    let world = World::new();
    let mut wire = world.connect();
    wire.declare("q", Table::new());
    let claim = |user| Properties { user_id: Some(ShortStr::from(user)), ..Default::default() };
    wire.put("", "q", &claim("guest"), false, "own");
    wire.put("", "q", &claim("jo"), false, "not own");
    let (code, text) = wire.closed();
    assert_eq!(code, 406);
    assert!(text.contains("'jo'") && text.contains("'guest'"), "{text}");
    assert_eq!(world.depth("q"), 1);
}

#[test]
fn an_expiration_is_a_number() {
    let world = World::new();
    let mut wire = world.connect();
    wire.declare("q", Table::new());
    let expiring =
        |text| Properties { expiration: Some(ShortStr::from(text)), ..Default::default() };
    wire.put("", "q", &expiring("50"), false, "x");
    wire.turn();
    wire.now_ms = 60;
    wire.consume("q", true);
    assert!(wire.bodies().is_empty());
    wire.put("", "q", &expiring("soon"), false, "x");
    let (code, text) = wire.closed();
    assert_eq!(code, 406);
    assert!(text.contains("invalid expiration 'soon'"), "{text}");
}

#[test]
fn a_large_message_comes_as_it_was_sent() {
    let world = World::new();
    let mut wire = world.connect();
    wire.declare("q", Table::new());
    let body = "0123456789".repeat(40_000);
    wire.publish_all("q", &[&body, ""]);
    wire.consume("q", true);
    assert_eq!(wire.bodies(), [body, String::new()]);
}

#[test]
fn messages_are_stamped_where_that_is_asked_for() {
    let world = World::new();
    let mut wire = world.connect();
    wire.declare("q", Table::new());
    world.host.set_stamps_received(true);
    let properties = Properties { priority: Some(3), ..Default::default() };
    wire.put("", "q", &properties, false, "x");
    wire.consume("q", true);
    let Some(Heard::Deliver { header, .. }) = wire.hear().pop() else { panic!() };
    let properties = Properties::parse(&header).unwrap();
    assert!(properties.timestamp > Some(1_700_000_000) && properties.priority == Some(3));
}

#[test]
fn a_message_that_a_plugin_fails_on_ends_its_channel_alone_and_stops_no_other_message() {
    let world = World::frail();
    let mut wire = world.connect();
    wire.bind("q", "x");
    wire.hear();
    for body in ["a", "bad", "c"] {
        wire.put("x", "k", &Properties::default(), false, body);
    }
    let text = "INTERNAL_ERROR - basic.publish: exchange 'x' could not route the message: exchange \
                type 'frail' failed: it is bad";
    assert_eq!(wire.hear(), [Heard::Closed { code: 541, text: text.into() }]);
    assert_eq!(world.depth("q"), 2);
    wire.open_channel(CHANNEL);
    wire.publish_all("q", &["d"]);
    assert_eq!(world.depth("q"), 3);
}
