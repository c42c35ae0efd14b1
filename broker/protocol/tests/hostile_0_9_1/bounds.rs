//! What a peer can make a server hold is bounded, and the limit is named.

use bytes::BytesMut;
use philter_protocol::limits::{BODY_BYTES_MAX, UNAUTHENTICATED_BYTES_MAX, UNFINISHED_BYTES_MAX};
use philter_protocol::v0_9_1::{
    ChannelEvent, Connection, ConnectionError, Event, ServerConfig, Table, reply_code,
};

use crate::connection_0_9_1::serve;
use crate::wire::{frame, header, method, open, preface, publish, start_ok, tune_ok};

fn failure(events: &[Event]) -> Option<&ConnectionError> {
    match events.last() {
        Some(Event::Failed(error)) => Some(error),
        _ => None,
    }
}

#[test]
fn a_stranger_sends_no_more_than_the_limit() {
    let endless = [preface(), vec![1, 0, 0, 0, 0, 0x20, 0], vec![0; UNAUTHENTICATED_BYTES_MAX]];
    let heard = serve([&endless.concat()[..]], false);
    let max = UNAUTHENTICATED_BYTES_MAX;
    assert_eq!(failure(&heard.events), Some(&ConnectionError::UnauthenticatedBytes { max }));
    let beats = frame(8, 0, b"").repeat(max / 8 + 1);
    let heard = serve([&[preface(), beats].concat()[..]], false);
    assert_eq!(failure(&heard.events), Some(&ConnectionError::UnauthenticatedBytes { max }));
}

/// A server with large frames and every channel open that `channels` counts.
fn server(channels: u16) -> Connection {
    let config = ServerConfig {
        mechanisms: vec!["PLAIN".into()],
        properties: Table::new(),
        locales: vec!["en_US".into()],
        channel_max: 10,
        frame_bytes_max: 1 << 24,
        heartbeat_s: 0,
        negotiation_ms_max: 10_000,
    };
    let mut server = Connection::server(config, 0);
    let hello = [preface(), start_ok("PLAIN"), tune_ok(0, 0, 0)].concat();
    let opens: Vec<u8> = (1..=channels).flat_map(open).collect();
    let open = method(0, philter_protocol::v0_9_1::method::connection::Open::default());
    feed(&mut server, &[hello, open, opens].concat());
    server
}

fn feed(server: &mut Connection, bytes: &[u8]) -> Vec<Event> {
    let mut inbox = BytesMut::from(bytes);
    let mut events = Vec::new();
    loop {
        let before = inbox.len();
        server.feed(&mut inbox, 0);
        while let Some(event) = server.poll_event() {
            match &event {
                Event::SaslStart { .. } => server.sasl_success(),
                Event::Open { .. } => server.accept_open(),
                Event::Channel { channel, event: ChannelEvent::Open } => {
                    server.accept_channel(*channel);
                }
                _ => {}
            }
            events.push(event);
        }
        if inbox.len() == before && !server.is_deferring() {
            return events;
        }
    }
}

#[test]
fn unfinished_messages_of_all_channels_together_are_bounded() {
    let mut server = server(3);
    let piece = vec![0u8; 1 << 23];
    let pieces = (BODY_BYTES_MAX - 1) / piece.len();
    for channel in 1..3 {
        feed(
            &mut server,
            &[publish(channel, "x"), header(channel, BODY_BYTES_MAX as u64)].concat(),
        );
        for _ in 0..pieces {
            assert_eq!(feed(&mut server, &frame(3, channel, &piece)), []);
        }
    }
    feed(&mut server, &[publish(3, "x"), header(3, BODY_BYTES_MAX as u64)].concat());
    feed(&mut server, &frame(3, 3, &piece));
    assert!(!server.is_closed());
    let events = feed(&mut server, &frame(3, 3, &piece));
    let error = ConnectionError::UnfinishedBytes { channel: 3, max: UNFINISHED_BYTES_MAX };
    assert_eq!(error.reply_code(), reply_code::RESOURCE_ERROR);
    assert_eq!(failure(&events), Some(&error));
}

#[test]
fn a_finished_message_and_a_closed_channel_give_back_what_they_held() {
    let mut server = server(2);
    let piece = vec![0u8; 1 << 23];
    for round in 0..3 * UNFINISHED_BYTES_MAX / piece.len() {
        let begin = [publish(1, "x"), header(1, piece.len() as u64 + 1), frame(3, 1, &piece)];
        feed(&mut server, &begin.concat());
        if round % 2 == 0 {
            assert_eq!(feed(&mut server, &frame(3, 1, b"x")).len(), 1);
        } else {
            server.channel_error(1, reply_code::PRECONDITION_FAILED, "", 0, 0);
            let close_ok = philter_protocol::v0_9_1::method::channel::CloseOk {};
            feed(&mut server, &[method(1, close_ok), open(1)].concat());
        }
        assert!(!server.is_closed());
    }
}

#[test]
fn a_server_stops_reading_while_its_owner_takes_nothing() {
    let mut server = server(1);
    let many = [publish(1, "x"), header(1, 0)].concat().repeat(10_000);
    let mut inbox = BytesMut::from(&many[..]);
    server.feed(&mut inbox, 0);
    let left = inbox.len();
    server.feed(&mut inbox, 0);
    assert_eq!((inbox.len(), many.len() - left), (left, many.len() / 10_000 * 64));
}
