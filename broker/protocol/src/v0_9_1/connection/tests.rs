//! A server and a client as values, talking over byte vectors.

use bytes::{Buf, Bytes, BytesMut};

use super::*;
use crate::body::BodyPiece;
use crate::limits::CLOSE_MS_MAX;
use crate::v0_9_1::method::{basic, channel, queue};
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

/// What the last frame of these bytes says: its channel and method.
fn last_method(bytes: &[u8]) -> (u16, Method) {
    let mut inbox = BytesMut::from(bytes);
    let mut last = None;
    while let Some(frame) = Frame::take(&mut inbox, 1 << 20).unwrap() {
        if frame.kind == FrameKind::Method {
            last = Some((frame.channel, Method::decode(&frame.payload).unwrap()));
        }
    }
    last.unwrap()
}

#[test]
fn each_content_arrives_at_a_client() {
    let (mut server, mut client) = channel_pair();
    let large = Bytes::from(vec![7u8; 9_000]);
    let body = || [BodyPiece::Shared(large.clone())].into_iter();
    let (exchange, routing_key, header) = ("x", "k", b"\x10\0\x01");
    let deliver = DeliverHead {
        consumer_tag: "c",
        delivery_tag: 9,
        redelivered: false,
        exchange,
        routing_key,
    };
    assert!(server.deliver(1, &deliver, header, large.len(), body()));
    let returned = ReturnHead { reply_code: 312, reply_text: "NO_ROUTE", exchange, routing_key };
    assert!(server.return_(1, &returned, header, large.len(), body()));
    let get_ok =
        GetOkHead { delivery_tag: 10, redelivered: true, exchange, routing_key, message_count: 2 };
    assert!(server.get_ok(1, &get_ok, header, 0, std::iter::empty()));
    let (_, at_client) = settle(&mut server, &mut client);
    let [first, second, third] = &at_client[..] else { panic!("{at_client:?}") };
    let Event::Channel { event: ChannelEvent::Deliver { deliver, header: list, body }, .. } = first
    else {
        panic!("{first:?}")
    };
    assert_eq!((deliver.delivery_tag, &list[..], body.concat()), (9, &header[..], large.to_vec()));
    let Event::Channel { event: ChannelEvent::Return { returned, .. }, .. } = second else {
        panic!("{second:?}")
    };
    assert_eq!((returned.reply_code, returned.reply_text.as_str()), (312, "NO_ROUTE"));
    let Event::Channel { event: ChannelEvent::GetOk { get_ok, body, .. }, .. } = third else {
        panic!("{third:?}")
    };
    assert_eq!((get_ok.message_count, get_ok.redelivered, body.len()), (2, true, 0));
}

#[test]
fn nothing_is_said_on_a_channel_that_is_not_open() {
    let (mut server, mut client) = channel_pair();
    assert!(!server.ack(2, 1, false) && !client.send(2, queue::Declare::default()));
    server.channel_error(1, 404, "NOT_FOUND", 50, 10);
    let head = PublishHead::default();
    assert!(!server.ack(1, 1, false) && server.poll_event().is_none());
    let (_, at_client) = settle(&mut server, &mut client);
    assert!(matches!(at_client[..], [Event::Channel { event: ChannelEvent::Close { .. }, .. }]));
    assert!(!client.publish(1, &head, &[0, 0], 0, std::iter::empty()));
    assert!(client.open_channel(1) && !client.open_channel(1) && !client.open_channel(101));
    settle(&mut server, &mut client);
    assert!(client.publish(1, &head, &[0, 0], 0, std::iter::empty()));
}

#[test]
fn a_channels_error_drops_what_waits_and_names_the_method_that_failed() {
    let (mut server, mut client) = channel_pair();
    client.send(1, queue::Purge { queue: "q".into(), ..queue::Purge::default() });
    client.ack(1, 1, false);
    client.close_channel(1, 200, "bye");
    server.feed(&mut BytesMut::from(&take(&mut client)[..]), 0);
    assert!(server.poll_event().is_some());
    let text = "é".repeat(200);
    server.channel_error(1, 404, &text, 50, 30);
    assert_eq!(server.poll_event(), None);
    let said = take(&mut server);
    let mut inbox = BytesMut::from(&said[..]);
    let frame = Frame::take(&mut inbox, 4_096).unwrap().unwrap();
    let close = channel::Close {
        reply_code: 404,
        reply_text: "é".repeat(127),
        class_id: 50,
        method_id: 30,
    };
    assert_eq!(Method::decode(&frame.payload), Ok(close.into()));
    // The client's close, which crossed it, is answered.
    assert_eq!(last_method(&said), (1, channel::CloseOk {}.into()));
    client.feed(&mut BytesMut::from(&said[..]), 0);
    assert_eq!(events(&mut client), [on(1, ChannelEvent::Closed)]);
}

#[test]
fn a_channel_is_not_read_while_its_owner_has_an_answer_due_and_others_are() {
    let (mut server, mut client) = channel_pair();
    assert!(client.open_channel(2));
    client.ack(1, 1, false);
    let mut inbox = BytesMut::from(&take(&mut client)[..]);
    let mut declare = Vec::new();
    Method::from(queue::Declare::default()).encode(&mut declare);
    let mut output = Writer::new();
    write_frame(&mut output, FrameKind::Method, 2, &declare);
    inbox.extend_from_slice(output.chunk());
    server.feed(&mut inbox, 0);
    let heard = events(&mut server);
    assert!(matches!(&heard[..], [first, _] if *first == on(2, ChannelEvent::Open)), "{heard:?}");
    server.feed(&mut inbox, 0);
    assert_eq!((server.poll_event(), inbox.is_empty()), (None, false));
    server.accept_channel(2);
    server.feed(&mut inbox, 0);
    assert!(inbox.is_empty());
    let method = ChannelEvent::Method(queue::Declare::default().into());
    assert_eq!(events(&mut server), [on(2, method)]);
}

#[test]
fn a_server_that_closes_waits_for_the_answer_but_not_without_an_end() {
    for answers in [true, false] {
        let (mut server, mut client) = channel_pair();
        server.close(541, "INTERNAL_ERROR - no", 50, 10);
        assert!(!server.ack(1, 1, false) && !server.is_closed());
        assert_eq!(server.next_deadline_ms(), Some(0));
        server.handle_timeout(1_000);
        assert_eq!(server.next_deadline_ms(), Some(1_000 + CLOSE_MS_MAX));
        if answers {
            let (at_server, at_client) = settle(&mut server, &mut client);
            let text = "INTERNAL_ERROR - no".to_owned();
            assert_eq!(at_client, [Event::Closed { code: Some(541), text }]);
            assert_eq!(at_server, [Event::Closed { code: None, text: String::new() }]);
        } else {
            server.handle_timeout(1_000 + CLOSE_MS_MAX);
            assert!(matches!(server.poll_event(), Some(Event::Closed { code: None, .. })));
        }
        assert_eq!((server.is_closed(), server.next_deadline_ms()), (true, None));
    }
}

#[test]
fn shutting_down_is_told_to_whoever_is_open() {
    let (mut server, mut client) = open_pair();
    server.shut_down("CONNECTION_FORCED - the broker stops");
    let (_, at_client) = settle(&mut server, &mut client);
    assert!(matches!(&at_client[..], [Event::Closed { code: Some(320), .. }]));
    let mut stranger = Connection::server(server_config(), 0);
    stranger.shut_down("CONNECTION_FORCED");
    assert!(stranger.is_closed() && stranger.output().is_empty());
}

#[test]
fn blocked_is_told_to_clients_that_understand_it() {
    let (mut server, mut client) = open_pair();
    assert!(server.blocked("memory") && server.unblocked());
    let (_, at_client) = settle(&mut server, &mut client);
    let reason = "memory".to_owned();
    assert_eq!(at_client, [Event::Blocked { reason }, Event::Unblocked]);
    let mut server = Connection::server(server_config(), 0);
    let mut client =
        Connection::client(ClientConfig { properties: Table::new(), ..client_config() }, 0);
    settle(&mut server, &mut client);
    assert!(server.is_open() && !server.blocked("memory") && !server.unblocked());
}

#[test]
fn a_secret_is_updated_while_the_connection_is_open() {
    let (mut server, mut client) = open_pair();
    client.update_secret(b"new", "expires");
    server.feed(&mut BytesMut::from(&take(&mut client)[..]), 0);
    let (secret, reason) = (Bytes::from_static(b"new"), "expires".to_owned());
    assert_eq!(events(&mut server), [Event::UpdateSecret { secret, reason }]);
    server.secret_updated();
    let (_, at_client) = settle(&mut server, &mut client);
    assert_eq!(at_client, [Event::SecretUpdated]);
}

#[test]
fn a_heartbeat_goes_out_twice_an_interval_where_nothing_else_does() {
    let (mut server, _) = open_pair();
    assert_eq!(server.next_deadline_ms(), Some(5_000));
    server.handle_timeout(4_999);
    assert!(server.output().is_empty());
    // The handshake was said since.
    server.handle_timeout(5_000);
    assert!(server.output().is_empty());
    server.handle_timeout(10_000);
    assert_eq!(take(&mut server), [8, 0, 0, 0, 0, 0, 0, 0xce]);
    server.feed(&mut BytesMut::from(&[8, 0, 0, 0, 0, 0, 0, 0xce][..]), 12_000);
    server.blocked("x");
    server.handle_timeout(15_000);
    assert_eq!(last_method(&take(&mut server)).1.name(), "connection.blocked");
    server.handle_timeout(31_999);
    assert!(!server.is_closed());
    server.handle_timeout(32_000);
    let error = ConnectionError::HeartbeatTimeout(20_000);
    assert_eq!(server.poll_event(), Some(Event::Failed(error)));
    assert_eq!(last_method(&take(&mut server)).1.name(), "connection.close");
}

#[test]
fn zero_means_no_limit_of_its_own_and_no_heartbeat() {
    let mut server = Connection::server(server_config(), 0);
    let config = ClientConfig {
        heartbeat_s: 0,
        frame_bytes_max: 1 << 20,
        channel_max: u16::MAX,
        ..client_config()
    };
    let mut client = Connection::client(config, 0);
    settle(&mut server, &mut client);
    assert_eq!((server.channel_max(), server.frame_bytes_max()), (2_047, 131_072));
    assert_eq!((server.heartbeat_ms(), server.next_deadline_ms()), (0, None));
}

#[test]
fn a_handshake_has_a_deadline() {
    let mut server = Connection::server(server_config(), 5);
    assert_eq!(server.next_deadline_ms(), Some(10_005));
    server.handle_timeout(10_004);
    assert!(!server.is_closed());
    server.handle_timeout(10_005);
    let failed = Event::Failed(ConnectionError::NegotiationTimeout(10_000));
    assert_eq!((server.poll_event(), server.output().is_empty()), (Some(failed), true));
}

#[test]
fn a_client_is_told_by_a_server_of_another_version_what_it_speaks() {
    let mut client = Connection::client(client_config(), 0);
    let mut inbox = BytesMut::from(&b"AMQP\x01\x01\0\x0a"[..]);
    client.feed(&mut inbox, 0);
    let error = ConnectionError::Preface(Preface::V0_10);
    assert_eq!((client.poll_event(), client.is_closed()), (Some(Event::Failed(error)), true));
}

#[test]
fn a_sasl_exchange_takes_as_many_steps_as_its_owner_asks_for() {
    let (mut server, mut client) =
        (Connection::server(server_config(), 0), Connection::client(client_config(), 0));
    let pass = |server: &mut Connection, client: &mut Connection| {
        server.feed(&mut BytesMut::from(&take(client)[..]), 0);
        client.feed(&mut BytesMut::from(&take(server)[..]), 0);
        (server.poll_event(), client.poll_event())
    };
    let (_, started) = pass(&mut server, &mut client);
    let Some(Event::Started { mechanisms, server_properties }) = started else { panic!() };
    assert_eq!(mechanisms, ["PLAIN", "AMQPLAIN"]);
    assert_eq!(server_properties.get("product"), Some(&"Philter".into()));
    client.sasl_start("SCRAM", b"one");
    let (Some(Event::SaslStart { response, locale, .. }), _) = pass(&mut server, &mut client)
    else {
        panic!()
    };
    assert_eq!((&response[..], locale.as_str()), (&b"one"[..], "en_US"));
    server.sasl_challenge(b"two");
    let challenge = Some(Event::SaslChallenge(Bytes::from_static(b"two")));
    assert_eq!(pass(&mut server, &mut client), (None, challenge));
    client.sasl_response(b"three");
    let response = Some(Event::SaslResponse(Bytes::from_static(b"three")));
    assert_eq!(pass(&mut server, &mut client), (response, None));
    server.sasl_success();
    settle(&mut server, &mut client);
    assert!(server.is_open() && client.is_open());
}
