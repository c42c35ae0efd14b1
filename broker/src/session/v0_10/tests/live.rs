//! What management sees, and what it does.

use philter_protocol::v0_10::command::{MessageCancel, MessageSetFlowMode};
use philter_protocol::v0_10::control::{self, Control, close_code};

use super::{CHANNEL, Heard, World};

#[test]
fn a_connection_and_what_lives_in_it_can_be_seen() {
    let world = World::new();
    let mut wire = world.attach("s");
    let connection = world.live.connections().remove(0);
    assert_eq!(connection.address, "qpid.here-there");
    assert_eq!(
        (connection.remote.identity.as_str(), connection.remote.protocol),
        ("me", "AMQP 0-10")
    );
    assert_eq!(connection.remote.mechanism, "ANONYMOUS");
    assert_eq!(connection.remote.process_id(), Some(7));
    wire.declare("q", &[]);
    wire.transfer("q", &["1", "2"]);
    wire.subscribe("q");
    assert_eq!(wire.messages().len(), 2);
    let traffic = connection.traffic();
    assert_eq!((traffic.messages_in, traffic.messages_out), (2, 2));
    assert!(traffic.wire.frames_in > 10 && traffic.wire.frames_out > 8, "{traffic:?}");
    assert!(traffic.wire.bytes_in > 200 && traffic.wire.bytes_out > 150, "{traffic:?}");
    let session = world.live.sessions().remove(0);
    assert_eq!((session.full_name.as_str(), session.unacked()), ("me.s", 2));
    assert_eq!(session.channel(), Some(CHANNEL));
    assert_eq!(session.connection(), Some(connection.number));
    let subscription = world.live.subscriptions().remove(0);
    assert_eq!((&*subscription.queue, subscription.name.as_str()), ("q", "d"));
    assert_eq!((subscription.session, subscription.delivered()), (session.number, 2));
    assert_eq!(subscription.credit_mode(), "WINDOW");
    wire.command(MessageSetFlowMode { destination: "d".into(), flow_mode: 0 });
    assert_eq!(subscription.credit_mode(), "CREDIT");
    wire.command(MessageCancel { destination: "d".into() });
    assert!(world.live.subscriptions().is_empty());
    wire.lose();
    assert!(world.live.connections().is_empty() && world.live.sessions().is_empty());
}

#[test]
fn a_connection_is_closed_and_a_session_detached_by_order() {
    let world = World::new();
    let mut wire = world.attach("s");
    let session = world.live.sessions().remove(0);
    assert!(world.live.detach(&session));
    let detach = Heard::Control(control::Detach { name: b"s".to_vec() }.into());
    assert_eq!(wire.hear(), [detach]);
    assert!(world.live.sessions().is_empty());
    let connection = world.live.connections().remove(0);
    connection.close(close_code::CONNECTION_FORCED, "by order");
    let heard = wire.hear();
    let [Heard::Control(Control::Close(close))] = &heard[..] else { panic!("{heard:?}") };
    assert_eq!((close.reply_code, close.reply_text.as_str()), (320, "by order"));
}
