//! Direct reply-to.

use philter_protocol::v0_9_1::value::Table;
use philter_protocol::v0_9_1::{Properties, ShortStr};

use super::super::reply_to::REPLY_TO;
use super::{Heard, World};

fn asking() -> Properties<'static> {
    Properties { reply_to: Some(ShortStr::from(REPLY_TO)), ..Default::default() }
}

#[test]
fn a_reply_goes_straight_to_whoever_asked() {
    let world = World::new();
    let (mut client, mut server) = (world.connect(), world.connect());
    server.declare("requests", Table::new());
    server.consume("requests", true);
    server.hear();
    client.consume(REPLY_TO, true);
    client.put("", "requests", &asking(), false, "question");
    client.hear();
    let Some(Heard::Deliver { header, body, .. }) = server.hear().pop() else { panic!() };
    assert_eq!(&body[..], b"question");
    let to = Properties::parse(&header).unwrap().reply_to.unwrap().as_str().unwrap().to_owned();
    assert!(to.starts_with(REPLY_TO) && to.len() > REPLY_TO.len(), "{to}");
    server.publish_all(&to, &["answer"]);
    assert_eq!(client.bodies(), ["answer"]);
    client.lose();
    assert!(world.host.find_queue(&to).is_none());
}

#[test]
fn who_asks_for_replies_listens_for_them_without_acknowledging() {
    let world = World::new();
    let mut wire = world.connect();
    wire.put("", "q", &asking(), false, "x");
    let (code, text) = wire.closed();
    assert_eq!(code, 406);
    assert!(text.ends_with("fast reply consumer does not exist"), "{text}");
    let mut wire = world.connect();
    wire.consume(REPLY_TO, false);
    assert!(wire.closed().1.ends_with("reply consumer cannot acknowledge"));
}
