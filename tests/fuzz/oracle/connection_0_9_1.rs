//! What must hold for any bytes that a peer sends to the server's side of an AMQP 0-9-1 connection.
//!
//! Invariants, checked here:
//! - the same bytes give the same events and the same answers, however they are cut, and whether
//!   publishes and acknowledgements are taken in place or not;
//! - a mistake is reported once, as the last event, and ends the connection.

use bytes::{Buf, Bytes, BytesMut};
use philter_protocol::v0_9_1::method::{basic, queue};
use philter_protocol::v0_9_1::{
    ChannelEvent, Connection, Event, Method, PublishInPlace, ServerConfig, Table, reply_code,
};

/// The largest body that is taken in place here.
const IN_PLACE_BYTES_MAX: usize = 200;

/// What a server made of a peer's bytes.
#[derive(Debug, PartialEq)]
pub(crate) struct Heard {
    /// Its events, in order.
    pub(crate) events: Vec<Event>,
    /// Its answers.
    pub(crate) said: Vec<u8>,
    /// Whether it ended the connection.
    pub(crate) is_closed: bool,
}

/// Serves the bytes behind the first, whole and in pieces whose size the first one says.
///
/// # Panics
/// A rule of the connection does not hold.
#[allow(dead_code, reason = "some who include this file need `serve` alone")]
pub(crate) fn check(bytes: &[u8]) {
    let Some((size, bytes)) = bytes.split_first() else { return };
    let whole = serve([bytes], false);
    assert_same(&whole, &serve(bytes.chunks(usize::from(*size) + 1), false));
    assert_same(&whole, &serve(bytes.chunks(usize::from(*size) + 1), true));
    assert_same(&whole, &serve([bytes], true));
    let is_end = |event: &Event| matches!(event, Event::Failed(_) | Event::Closed { .. });
    let first = whole.events.iter().position(is_end);
    assert!(first.is_none_or(|index| index + 1 == whole.events.len()));
    assert_eq!(first.is_some(), whole.is_closed);
}

/// Checks that two ways of taking the same bytes came to the same.
///
/// # Panics
/// They did not.
pub(crate) fn assert_same(one: &Heard, other: &Heard) {
    // Debug text, because a NaN equals itself there.
    assert_eq!(format!("{:?}", one.events), format!("{:?}", other.events));
    assert_eq!((one.is_closed, &one.said), (other.is_closed, &other.said));
}

/// Gives the pieces to a server that lets everyone in, opens every channel, confirms every message,
/// declares every queue but those named "refused", and answers mistakes.
pub(crate) fn serve<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, is_in_place: bool) -> Heard {
    let config = ServerConfig {
        mechanisms: vec!["PLAIN".into()],
        properties: Table::new(),
        locales: vec!["en_US".into()],
        channel_max: 10,
        frame_bytes_max: 8_192,
        heartbeat_s: 60,
        negotiation_ms_max: 10_000,
    };
    let mut server = Connection::server(config, 0);
    let mut inbox = BytesMut::new();
    let mut events = Vec::new();
    for piece in pieces {
        inbox.extend_from_slice(piece);
        turn(&mut server, &mut inbox, &mut events, is_in_place);
    }
    let output = server.output();
    let said = output.copy_to_bytes(output.remaining()).to_vec();
    Heard { events, said, is_closed: server.is_closed() }
}

/// Feeds until nothing happens any more.
fn turn(server: &mut Connection, inbox: &mut BytesMut, events: &mut Vec<Event>, is_in_place: bool) {
    loop {
        let before = (inbox.len(), events.len());
        while is_in_place && let Some((event, bytes)) = take(server, inbox) {
            inbox.advance(bytes);
            answer(server, &event);
            events.push(event);
        }
        server.feed(inbox, 0);
        while let Some(mut event) = server.poll_event() {
            if let Event::Channel { event: ChannelEvent::Publish { publish, .. }, .. } = &mut event
            {
                // Nobody reads it, and what is taken in place does not say it.
                publish.ticket = 0;
            }
            answer(server, &event);
            events.push(event);
        }
        if before == (inbox.len(), events.len()) && !server.is_deferring() {
            return;
        }
    }
}

/// What lies at the front, as the event that it would have been.
fn take(server: &mut Connection, inbox: &[u8]) -> Option<(Event, usize)> {
    if let Some(ack) = server.take_ack(inbox, 0) {
        let method = basic::Ack { delivery_tag: ack.delivery_tag, multiple: ack.multiple };
        let event = ChannelEvent::Method(method.into());
        return Some((Event::Channel { channel: ack.channel, event }, ack.bytes));
    }
    let found = server.take_publish(inbox, IN_PLACE_BYTES_MAX, 0)?;
    let PublishInPlace { channel, exchange, routing_key, is_mandatory, is_immediate, .. } = found;
    let publish = basic::Publish {
        ticket: 0,
        exchange: exchange.to_owned(),
        routing_key: routing_key.to_owned(),
        mandatory: is_mandatory,
        immediate: is_immediate,
    };
    let header = Bytes::copy_from_slice(found.header);
    let body = Some(Bytes::copy_from_slice(found.body)).filter(|body| !body.is_empty());
    let event = ChannelEvent::Publish { publish, header, body: body.into_iter().collect() };
    Some((Event::Channel { channel, event }, found.bytes))
}

fn answer(server: &mut Connection, event: &Event) {
    match event {
        Event::SaslStart { mechanism, .. } if mechanism == "STEP" => server.sasl_challenge(b"?"),
        Event::SaslStart { mechanism, .. } if mechanism == "REFUSED" => server.sasl_failure(""),
        Event::SaslStart { .. } | Event::SaslResponse(_) => server.sasl_success(),
        Event::Open { .. } => server.accept_open(),
        Event::UpdateSecret { .. } => server.secret_updated(),
        Event::Channel { channel, event } => answer_channel(server, *channel, event),
        _ => {}
    }
}

fn answer_channel(server: &mut Connection, channel: u16, event: &ChannelEvent) {
    match event {
        ChannelEvent::Open => server.accept_channel(channel),
        ChannelEvent::Close { .. } => server.channel_closed(channel),
        ChannelEvent::Fault { code, text, class_id, method_id } => {
            server.channel_error(channel, *code, text, *class_id, *method_id);
        }
        ChannelEvent::Publish { publish, .. } if publish.exchange == "gone" => {
            let text = "NOT_FOUND - no exchange 'gone'";
            server.channel_error(channel, reply_code::NOT_FOUND, text, 60, 40);
        }
        ChannelEvent::Publish { .. } => {
            server.ack(channel, 1, false);
        }
        ChannelEvent::Method(Method::QueueDeclare(declare)) => match declare.queue.as_str() {
            "refused" => server.channel_error(channel, 405, "RESOURCE_LOCKED", 50, 10),
            "fatal" => server.close(reply_code::INTERNAL_ERROR, "INTERNAL_ERROR", 50, 10),
            queue => {
                let queue = queue.to_owned();
                server.send(channel, queue::DeclareOk { queue, ..queue::DeclareOk::default() });
            }
        },
        _ => {}
    }
}
