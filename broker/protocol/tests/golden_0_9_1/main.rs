//! What other implementations write is what this one writes and reads: every method, the property
//! list and whole frames, against bytes that pika made (`0-9-1.txt`).
//!
//! Invariant: every vector of the file is checked by one test here, and every method of this
//! library has its vector.

#![cfg(test)]

mod tables;

use std::collections::BTreeMap;

use bytes::{Buf, BytesMut};
use philter_protocol::body::BodyPiece;
use philter_protocol::limits::NESTING_MAX;
use philter_protocol::preface::Preface;
use philter_protocol::reader::Reader;
use philter_protocol::v0_9_1::connection::{DeliverHead, GetOkHead, PublishHead, ReturnHead};
use philter_protocol::v0_9_1::frame::{Frame, FrameKind};
use philter_protocol::v0_9_1::{
    ChannelEvent, ClientConfig, Connection, Event, Method, Properties, ServerConfig, ShortStr,
    Table, TableRef,
};

use tables::{methods, table};

fn vectors() -> BTreeMap<&'static str, Vec<u8>> {
    let lines = include_str!("0-9-1.txt").lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, hex) = line.split_once(": ").unwrap();
            let byte = |at: usize| u8::from_str_radix(hex.get(at..at + 2).unwrap(), 16).unwrap();
            (name, (0..hex.len()).step_by(2).map(byte).collect())
        })
        .collect()
}

fn vector(name: &str) -> Vec<u8> {
    vectors().remove(name).unwrap_or_else(|| panic!("no vector {name}"))
}

fn encoded(method: &Method) -> Vec<u8> {
    let mut bytes = Vec::new();
    method.encode(&mut bytes);
    bytes
}

#[test]
fn every_method_is_the_golden_one() {
    for method in methods() {
        let name = method.name();
        let bytes = vector(&format!("method {name}"));
        assert_eq!(encoded(&method), bytes, "{name}");
        assert_eq!(Method::decode(&bytes).unwrap(), method, "{name}");
        let bytes = vector(&format!("method {name} empty"));
        let empty = Method::decode(&bytes).unwrap();
        assert_eq!((empty.name(), encoded(&empty)), (name, bytes));
    }
}

#[test]
fn property_lists_are_the_golden_ones() {
    let mut headers = Vec::new();
    table().encode(&mut headers);
    let text = |text: &'static str| Some(ShortStr::new(text));
    let persistent_text = Properties {
        content_type: text("text/plain"),
        delivery_mode: Some(2),
        ..Properties::default()
    };
    let full = Properties {
        content_type: text("content_type"),
        content_encoding: text("content_encoding"),
        headers: Some(TableRef::decode(&mut Reader::new(&headers), NESTING_MAX).unwrap()),
        delivery_mode: Some(2),
        priority: Some(9),
        correlation_id: text("correlation_id"),
        reply_to: text("reply_to"),
        expiration: text("60000"),
        message_id: text("message_id"),
        timestamp: Some(1_700_000_000),
        type_: text("type"),
        user_id: text("user_id"),
        app_id: text("app_id"),
        cluster_id: text("cluster_id"),
        headers_range: 0..0,
    };
    let lists = [("full", full), ("empty", <_>::default()), ("persistent text", persistent_text)];
    for (name, mut properties) in lists {
        let bytes = vector(&format!("properties {name}"));
        let mut written = Vec::new();
        properties.encode(&mut written);
        assert_eq!(written, bytes, "{name}");
        let parsed = Properties::parse(&bytes).unwrap();
        properties.headers_range = parsed.headers_range.clone();
        assert_eq!(parsed, properties, "{name}");
    }
}

fn take(connection: &mut Connection) -> Vec<u8> {
    let output = connection.output();
    output.copy_to_bytes(output.remaining()).to_vec()
}

fn pass(from: &mut Connection, to: &mut Connection) {
    let mut bytes = BytesMut::from(&take(from)[..]);
    to.feed(&mut bytes, 0);
    assert!(bytes.is_empty());
}

/// Server and client with channel 5 open, and nothing left to say.
fn pair() -> (Connection, Connection) {
    let server = ServerConfig {
        mechanisms: vec!["PLAIN".into()],
        properties: Table::new(),
        locales: vec!["en_US".into()],
        channel_max: 2_047,
        frame_bytes_max: 131_072,
        heartbeat_s: 0,
        negotiation_ms_max: 10_000,
    };
    let client = ClientConfig {
        properties: Table::new(),
        virtual_host: "/".into(),
        heartbeat_s: 0,
        frame_bytes_max: 131_072,
        channel_max: 2_047,
    };
    let mut server = Connection::server(server, 0);
    let mut client = Connection::client(client, 0);
    assert_eq!(client.output().chunk(), vector("frames protocol header"));
    loop {
        pass(&mut client, &mut server);
        match server.poll_event() {
            Some(Event::SaslStart { .. }) => server.sasl_success(),
            Some(Event::Open { .. }) => server.accept_open(),
            Some(Event::Channel { channel, .. }) => server.accept_channel(channel),
            _ => {}
        }
        pass(&mut server, &mut client);
        match client.poll_event() {
            Some(Event::Started { .. }) => client.sasl_start("PLAIN", b""),
            Some(Event::Opened) => assert!(client.open_channel(5)),
            Some(Event::Channel { event: ChannelEvent::Opened, .. }) => break,
            _ => {}
        }
    }
    (server, client)
}

#[test]
fn what_goes_out_is_in_the_golden_frames() {
    let (mut server, mut client) = pair();
    let persistent = b"\x10\0\x02";
    let body = || [BodyPiece::Slice(b"hello!")].into_iter();
    let head =
        PublishHead { exchange: "x", routing_key: "key", is_mandatory: true, is_immediate: false };
    assert!(client.publish(5, &head, persistent, 6, body()));
    assert_eq!(take(&mut client), vector("frames publish"));
    let (exchange, routing_key) = ("x", "key");
    let head = DeliverHead {
        consumer_tag: "tag",
        delivery_tag: 7,
        redelivered: true,
        exchange,
        routing_key,
    };
    assert!(server.deliver(5, &head, persistent, 6, body()));
    assert_eq!(take(&mut server), vector("frames deliver"));
    let head = ReturnHead { reply_code: 312, reply_text: "NO_ROUTE", exchange, routing_key };
    assert!(server.return_(5, &head, &[0, 0], 0, std::iter::empty()));
    assert_eq!(take(&mut server), vector("frames return"));
    let head =
        GetOkHead { delivery_tag: 7, redelivered: false, exchange, routing_key, message_count: 3 };
    assert!(server.get_ok(5, &head, &[0, 0], 0, std::iter::empty()));
    assert_eq!(take(&mut server), vector("frames get-ok"));
    assert!(client.ack(5, 7, true) && server.nack(5, 7, true));
    assert_eq!(take(&mut client), vector("frames ack"));
    assert_eq!(take(&mut server), vector("frames nack"));
}

#[test]
fn what_comes_in_is_read_from_the_golden_frames() {
    let (mut server, mut client) = pair();
    let mut hear = |name: &str| {
        client.feed(&mut BytesMut::from(&vector(name)[..]), 0);
        match client.poll_event() {
            Some(Event::Channel { channel: 5, event }) => event,
            other => panic!("{other:?}"),
        }
    };
    let ChannelEvent::Deliver { deliver, body, .. } = hear("frames deliver") else { panic!() };
    assert_eq!((deliver.consumer_tag.as_str(), deliver.delivery_tag), ("tag", 7));
    assert_eq!((deliver.redelivered, body.concat()), (true, b"hello!".to_vec()));
    let ChannelEvent::Return { returned, body, .. } = hear("frames return") else { panic!() };
    assert_eq!((returned.reply_code, body.is_empty()), (312, true));
    let ChannelEvent::GetOk { get_ok, .. } = hear("frames get-ok") else { panic!() };
    assert_eq!((get_ok.message_count, get_ok.routing_key.as_str()), (3, "key"));
    let publish = vector("frames publish");
    let found = server.take_publish(&publish, 6, 0).unwrap();
    assert_eq!((found.exchange, found.routing_key, found.is_mandatory), ("x", "key", true));
    assert_eq!((found.header, found.body), (&b"\x10\0\x02"[..], &b"hello!"[..]));
}

#[test]
fn a_heartbeat_and_the_protocol_header_are_the_golden_ones() {
    let mut bytes = BytesMut::from(&vector("frames heartbeat")[..]);
    let frame = Frame::take(&mut bytes, 4_096).unwrap().unwrap();
    assert_eq!((frame.kind, frame.channel, frame.payload.len()), (FrameKind::Heartbeat, 0, 0));
    assert_eq!(Preface::detect(&vector("frames protocol header")), Some(Preface::V0_9_1));
}

#[test]
fn no_vector_is_left_out() {
    let names = methods().into_iter().map(|method| method.name());
    let methods = names.flat_map(|name| [format!("method {name}"), format!("method {name} empty")]);
    let lists = ["full", "empty", "persistent text"].map(|name| format!("properties {name}"));
    let frames =
        ["ack", "deliver", "get-ok", "heartbeat", "nack", "protocol header", "publish", "return"];
    let frames = frames.map(|name| format!("frames {name}"));
    let mut checked: Vec<_> = methods.chain(lists).chain(frames).collect();
    checked.sort();
    assert!(vectors().into_keys().eq(checked.iter().map(String::as_str)));
}
