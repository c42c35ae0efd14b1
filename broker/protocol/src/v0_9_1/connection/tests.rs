//! A server and a client as values, talking over byte vectors.

use bytes::{Buf, BytesMut};

use super::*;
use crate::body::BodyPiece;
use crate::v0_9_1::method::basic;
use crate::v0_9_1::value::FieldValue;

pub(super) fn server_config() -> ServerConfig {
    ServerConfig {
        mechanisms: vec!["PLAIN".into(), "AMQPLAIN".into()],
        properties: Table::new().with("product", "Philter"),
        locales: vec!["en_US".into()],
        channel_max: 2_047,
        frame_bytes_max: 131_072,
        heartbeat_s: 60,
        negotiation_ms_max: 10_000,
    }
}

pub(super) fn client_config() -> ClientConfig {
    let names = ["authentication_failure_close", "connection.blocked", "basic.nack"];
    let capabilities = names.map(|name| (name.to_owned(), FieldValue::Bool(true)));
    let capabilities = FieldValue::Table(capabilities.into_iter().collect());
    ClientConfig {
        properties: Table::new().with("capabilities", capabilities),
        virtual_host: "/".into(),
        heartbeat_s: 10,
        frame_bytes_max: 4_096,
        channel_max: 100,
    }
}

pub(super) fn take(connection: &mut Connection) -> Vec<u8> {
    let output = connection.output();
    output.copy_to_bytes(output.remaining()).to_vec()
}

pub(super) fn events(connection: &mut Connection) -> Vec<Event> {
    std::iter::from_fn(|| connection.poll_event()).collect()
}

/// Moves bytes both ways until both are silent, answering the handshake, opens and closes.
pub(super) fn settle(server: &mut Connection, client: &mut Connection) -> (Vec<Event>, Vec<Event>) {
    let (mut at_server, mut at_client) = (Vec::new(), Vec::new());
    let (mut to_server, mut to_client) = (BytesMut::new(), BytesMut::new());
    loop {
        to_server.extend_from_slice(&take(client));
        to_client.extend_from_slice(&take(server));
        server.feed(&mut to_server, 0);
        client.feed(&mut to_client, 0);
        let before = (at_server.len(), at_client.len());
        for event in events(server) {
            match &event {
                Event::SaslStart { .. } => server.sasl_success(),
                Event::Open { .. } => server.accept_open(),
                _ => {}
            }
            answer(server, &event);
            at_server.push(event);
        }
        for event in events(client) {
            if let Event::Started { .. } = event {
                client.sasl_start("PLAIN", b"\0guest\0guest");
            }
            answer(client, &event);
            at_client.push(event);
        }
        let is_silent = server.output().is_empty() && client.output().is_empty();
        if is_silent && before == (at_server.len(), at_client.len()) {
            return (at_server, at_client);
        }
    }
}

pub(super) fn answer(connection: &mut Connection, event: &Event) {
    let Event::Channel { channel, event } = event else { return };
    match event {
        ChannelEvent::Open => connection.accept_channel(*channel),
        ChannelEvent::Close { .. } => connection.channel_closed(*channel),
        ChannelEvent::Fault { code, text, class_id, method_id } => {
            connection.channel_error(*channel, *code, text, *class_id, *method_id);
        }
        _ => {}
    }
}

pub(super) fn open_pair() -> (Connection, Connection) {
    let mut server = Connection::server(server_config(), 0);
    let mut client = Connection::client(client_config(), 0);
    let (_, at_client) = settle(&mut server, &mut client);
    assert_eq!(at_client.last(), Some(&Event::Opened));
    (server, client)
}

/// Both sides with channel 1 open.
pub(super) fn channel_pair() -> (Connection, Connection) {
    let (mut server, mut client) = open_pair();
    assert!(client.open_channel(1));
    let (_, at_client) = settle(&mut server, &mut client);
    assert_eq!(at_client, [on(1, ChannelEvent::Opened)]);
    (server, client)
}

pub(super) fn on(channel: u16, event: ChannelEvent) -> Event {
    Event::Channel { channel, event }
}

#[test]
fn the_smaller_limits_hold_after_the_handshake() {
    let (server, client) = open_pair();
    for side in [&server, &client] {
        assert_eq!((side.channel_max(), side.frame_bytes_max()), (100, 4_096));
        assert_eq!((side.heartbeat_ms(), side.is_open()), (10_000, true));
    }
    assert!(server.client_has("basic.nack") && !server.client_has("consumer_cancel_notify"));
}

#[test]
fn a_publish_arrives_and_its_confirm_comes_back() {
    let (mut server, mut client) = channel_pair();
    let body = vec![7u8; 10_000];
    let head =
        PublishHead { exchange: "x", routing_key: "k", is_mandatory: true, ..<_>::default() };
    let pieces = [BodyPiece::Slice(&body)].into_iter();
    assert!(client.publish(1, &head, &[0, 0], body.len(), pieces));
    let (at_server, _) = settle(&mut server, &mut client);
    let [
        Event::Channel { channel: 1, event: ChannelEvent::Publish { publish, header, body: got } },
    ] = &at_server[..]
    else {
        panic!("{at_server:?}")
    };
    assert_eq!((publish.exchange.as_str(), publish.routing_key.as_str()), ("x", "k"));
    assert_eq!((publish.mandatory, &header[..], got.concat()), (true, &[0, 0][..], body));
    assert!(server.ack(1, 1, false));
    let (_, at_client) = settle(&mut server, &mut client);
    let ack = basic::Ack { delivery_tag: 1, multiple: false };
    assert_eq!(at_client, [on(1, ChannelEvent::Method(ack.into()))]);
}
