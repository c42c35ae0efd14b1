//! What other implementations write is what this one writes and reads: every control, command and
//! struct, and whole frames, against bytes that Qpid's Python client made (`0-10.txt`).
//!
//! Invariant: every vector of the file is checked by one test here, and every command and control
//! of this library has its vector.

#![cfg(test)]

mod tables;

use std::collections::BTreeMap;

use bytes::{Buf, Bytes, BytesMut};
use philter_protocol::reader::Reader;
use philter_protocol::v0_10::command::CommandSegment;
use philter_protocol::v0_10::connection::Transfer;
use philter_protocol::v0_10::control::Control;
use philter_protocol::v0_10::frame::BodyPiece;
use philter_protocol::v0_10::headers::Headers;
use philter_protocol::v0_10::packed::Packed;
use philter_protocol::v0_10::structs::{
    self, DeliveryProperties, ExchangeBoundResult, ExchangeQueryResult, GetTimeoutResult,
    MessageAcquireResult, MessageProperties, QueueQueryResult, RecoverResult, XaResult, Xid,
};
use philter_protocol::v0_10::{
    ClientConfig, Connection, Event, FieldMap, ServerConfig, SessionEvent,
};

use tables::{
    XID, commands, controls, delivery_properties, map, message_properties, ranges, uuid, values,
};

fn vectors() -> BTreeMap<&'static str, Vec<u8>> {
    let lines = include_str!("0-10.txt").lines().filter(|line| !line.starts_with('#'));
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

#[test]
fn every_command_is_the_golden_one() {
    for (name, command) in commands() {
        assert_eq!(command.name(), name);
        let bytes = vector(&format!("command {name}"));
        let segment = CommandSegment { sync: true, command };
        assert_eq!(segment.encode(), bytes, "{name}");
        assert_eq!(CommandSegment::decode(&bytes).unwrap(), segment, "{name}");
        let empty = CommandSegment::decode(&vector(&format!("command {name} empty"))).unwrap();
        assert_eq!((empty.sync, empty.command.name()), (false, name));
    }
}

#[test]
fn every_control_is_the_golden_one() {
    for (name, control) in controls() {
        assert_eq!(control.name(), name);
        let bytes = vector(&format!("control {name}"));
        assert_eq!(control.encode(), bytes, "{name}");
        assert_eq!(Control::decode(&bytes).unwrap(), control, "{name}");
        let empty = Control::decode(&vector(&format!("control {name} empty"))).unwrap();
        assert_eq!(empty.name(), name);
    }
}

fn check<T: Packed + PartialEq + std::fmt::Debug + Default>(name: &str, value: &T) {
    let bytes = vector(&format!("struct {name}"));
    let mut written = Vec::new();
    value.write_struct32(&mut written);
    assert_eq!(written, bytes, "{name}");
    assert_eq!(&structs::decode_struct::<T>(&bytes[4..]).unwrap(), value, "{name}");
    let empty = vector(&format!("struct {name} empty"));
    assert_eq!(structs::decode_struct::<T>(&empty[4..]).unwrap(), T::default(), "{name}");
}

#[test]
fn every_struct_is_the_golden_one() {
    check("message.delivery-properties", &delivery_properties());
    check("message.message-properties", &message_properties());
    check("message.acquire result", &MessageAcquireResult { transfers: ranges() });
    check(
        "exchange.query result",
        &ExchangeQueryResult {
            type_: Some("type".into()),
            durable: true,
            not_found: true,
            arguments: Some(map()),
        },
    );
    check(
        "exchange.bound result",
        &ExchangeBoundResult {
            exchange_not_found: true,
            queue_not_found: true,
            queue_not_matched: true,
            key_not_matched: true,
            args_not_matched: true,
        },
    );
    check(
        "queue.query result",
        &QueueQueryResult {
            queue: Some("queue".into()),
            alternate_exchange: Some("alternate_exchange".into()),
            durable: true,
            exclusive: true,
            auto_delete: true,
            arguments: Some(map()),
            message_count: Some(0x1234_5678),
            subscriber_count: Some(0x1234_5678),
        },
    );
    check("dtx.xa-result", &XaResult { status: 0x1234 });
    check("dtx.get-timeout result", &GetTimeoutResult { timeout: 0x1234_5678 });
    check("dtx.recover result", &RecoverResult { in_doubt: vec![XID.to_vec(); 2] });
    let (global_id, branch_id) = (b"g".to_vec(), b"b".to_vec());
    check("dtx.xid", &Xid { format: 1, global_id, branch_id });
}

#[test]
fn headers_are_read_in_place_from_the_golden_structs() {
    let mut segment = vector("struct message.delivery-properties");
    segment.extend_from_slice(&vector("struct message.message-properties"));
    let headers = Headers::parse(&segment).unwrap();
    let (delivery, message) = (headers.delivery, headers.message);
    assert_eq!((delivery.priority, delivery.delivery_mode), (Some(0x11), Some(0x11)));
    assert_eq!((delivery.exchange, delivery.routing_key), (Some("exchange"), Some("routing_key")));
    assert_eq!(delivery.resume_ttl, Some(0x1234_5678_9abc_def0));
    assert_eq!(message.message_id, Some(uuid()));
    assert_eq!(message.reply_to.unwrap().routing_key, Some("routing_key"));
    assert_eq!(message.user_id, Some(&b"user_id"[..]));
    assert_eq!(message.application_headers.to_map().unwrap(), map());
    let mut again = Vec::new();
    delivery.encode(&mut again);
    assert_eq!(again, vector("struct message.delivery-properties"));
}

#[test]
fn every_value_is_the_golden_one() {
    for (name, value) in values() {
        let bytes = vector(&format!("map {name}"));
        let map = FieldMap::new().with("v", value);
        let mut written = Vec::new();
        map.encode(&mut written);
        assert_eq!(written, bytes, "{name}");
        assert_eq!(FieldMap::decode(&mut Reader::new(&bytes)).unwrap(), map, "{name}");
    }
}

#[test]
fn a_map_of_no_bytes_is_an_empty_one() {
    let map = FieldMap::decode(&mut Reader::new(&vector("map absent"))).unwrap();
    assert!(map.is_empty());
}

fn pass(from: &mut Connection, to: &mut Connection) {
    let mut bytes = BytesMut::from(&take(from)[..]);
    to.feed(&mut bytes, 0);
    assert!(bytes.is_empty());
}

fn take(connection: &mut Connection) -> Bytes {
    let output = connection.output();
    output.copy_to_bytes(output.remaining())
}

/// A client whose session stands on channel 3, with nothing left to say.
fn attached_client() -> Connection {
    let server = ServerConfig {
        mechanisms: vec!["ANONYMOUS".into()],
        properties: FieldMap::new(),
        known_hosts: vec![],
        heartbeat_max_s: 0,
        negotiation_ms_max: 10_000,
    };
    let client = ClientConfig {
        properties: FieldMap::new(),
        virtual_host: String::new(),
        heartbeat_s: 0,
        frame_bytes_max: 65_535,
    };
    let mut server = Connection::server(server, 0);
    let mut client = Connection::client(client, 0);
    loop {
        pass(&mut client, &mut server);
        match server.poll_event() {
            Some(Event::SaslStart { .. }) => server.sasl_success(),
            Some(Event::Open { .. }) => server.accept_open(),
            Some(Event::Session { channel, .. }) => server.attached(channel),
            _ => {}
        }
        pass(&mut server, &mut client);
        match client.poll_event() {
            Some(Event::Mechanisms { .. }) => client.sasl_start("ANONYMOUS", None),
            Some(Event::Opened) => client.attach(3, b"s").unwrap(),
            Some(Event::Session { event: SessionEvent::Attached, .. }) => break,
            _ => {}
        }
    }
    take(&mut client);
    client
}

fn transfer_bytes(header: &[&[u8]], body: Option<&[u8]>) -> Bytes {
    let mut client = attached_client();
    let transfer = Transfer {
        destination: "amq.topic",
        accept_mode: 1,
        acquire_mode: 0,
        header,
        body_bytes: body.map_or(0, <[u8]>::len),
        sync: true,
    };
    client.transfer(3, &transfer, body.map(BodyPiece::Slice).into_iter()).unwrap();
    take(&mut client)
}

#[test]
fn a_transfer_s_frames_are_the_golden_ones() {
    let (mut delivery, mut message) = (Vec::new(), Vec::new());
    DeliveryProperties {
        delivery_mode: Some(2),
        routing_key: Some("a.b".into()),
        ..DeliveryProperties::default()
    }
    .write_struct32(&mut delivery);
    MessageProperties {
        content_length: Some(5),
        content_type: Some("text/plain".into()),
        ..MessageProperties::default()
    }
    .write_struct32(&mut message);
    let frames = transfer_bytes(&[&delivery, &message], Some(b"hello"));
    assert_eq!(frames, vector("frames transfer"));
    assert_eq!(transfer_bytes(&[], None), vector("frames transfer bare"));
}

#[test]
fn no_vector_is_left_out() {
    let empty = |kind: &str, name: &str| [format!("{kind} {name}"), format!("{kind} {name} empty")];
    let commands = commands().into_iter().flat_map(|(name, _)| empty("command", name));
    let controls = controls().into_iter().flat_map(|(name, _)| empty("control", name));
    let structs = [
        "message.delivery-properties",
        "message.message-properties",
        "message.acquire result",
        "exchange.query result",
        "exchange.bound result",
        "queue.query result",
        "dtx.xa-result",
        "dtx.get-timeout result",
        "dtx.recover result",
        "dtx.xid",
    ];
    let structs = structs.into_iter().flat_map(|name| empty("struct", name));
    let values = values().into_iter().map(|(name, _)| format!("map {name}"));
    let others = ["map absent", "frames transfer", "frames transfer bare"].map(str::to_owned);
    let mut checked: Vec<_> =
        commands.chain(controls).chain(structs).chain(values).chain(others).collect();
    checked.sort();
    assert!(vectors().into_keys().eq(checked.iter().map(String::as_str)));
}
