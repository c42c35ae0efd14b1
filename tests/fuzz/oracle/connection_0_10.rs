//! What must hold for any bytes that a peer sends to the server's side of an AMQP 0-10 connection.
//!
//! Invariants, checked here:
//! - the same bytes give the same events and the same answers, however they are cut;
//! - a mistake is reported once, as the last event, and ends the connection.

use bytes::{Buf, BytesMut};
use philter_protocol::v0_10::command::{CommandFault, Exception, error_code};
use philter_protocol::v0_10::{Connection, Event, FieldMap, ServerConfig, SessionEvent};

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
    let whole = serve([bytes]);
    let pieces = serve(bytes.chunks(usize::from(*size) + 1));
    assert_same(&whole, &pieces);
    let is_mistake = |event: &Event| matches!(event, Event::Failed(_) | Event::Closed { .. });
    let first = whole.events.iter().position(is_mistake);
    assert!(first.is_none_or(|index| index + 1 == whole.events.len()));
    assert_eq!(first.is_some(), whole.is_closed);
}

/// Checks that two ways of cutting the same bytes came to the same.
///
/// # Panics
/// They did not.
pub(crate) fn assert_same(one: &Heard, other: &Heard) {
    // Debug text, because a NaN equals itself there.
    assert_eq!(format!("{:?}", one.events), format!("{:?}", other.events));
    assert_eq!(one.is_closed, other.is_closed);
    // An exception goes out as soon as its command was seen; what is said to frames behind it may
    // come before or after.
    if !one.events.iter().any(is_refused) {
        assert_eq!(one.said, other.said);
    }
}

fn is_refused(event: &Event) -> bool {
    let Event::Session { event, .. } = event else { return false };
    matches!(event, SessionEvent::Fault { .. } | SessionEvent::NotImplemented(_))
}

/// Gives the pieces to a server that lets everyone in, attaches every session, completes every
/// command at once and answers what it cannot read with an exception.
pub(crate) fn serve<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Heard {
    let config = ServerConfig {
        mechanisms: vec!["ANONYMOUS".into()],
        properties: FieldMap::new(),
        known_hosts: vec![],
        heartbeat_max_s: 120,
        negotiation_ms_max: 10_000,
    };
    let mut server = Connection::server(config, 0);
    let mut inbox = BytesMut::new();
    let mut events = Vec::new();
    for piece in pieces {
        inbox.extend_from_slice(piece);
        turn(&mut server, &mut inbox, &mut events);
    }
    server.report_completed();
    let output = server.output();
    let said = output.copy_to_bytes(output.remaining()).to_vec();
    Heard { events, said, is_closed: server.is_closed() }
}

/// Feeds until nothing happens any more.
fn turn(server: &mut Connection, inbox: &mut BytesMut, events: &mut Vec<Event>) {
    loop {
        server.feed(inbox, 0);
        let before = events.len();
        while let Some(event) = server.poll_event() {
            answer(server, &event);
            events.push(event);
        }
        if events.len() == before {
            return;
        }
    }
}

fn answer(server: &mut Connection, event: &Event) {
    match event {
        Event::SaslStart { mechanism, .. } if mechanism == "STEP" => server.sasl_challenge(b"?"),
        Event::SaslStart { .. } | Event::SaslResponse(_) => server.sasl_success(),
        Event::Open { .. } => server.accept_open(),
        Event::Session { channel, event } => answer_session(server, *channel, event),
        _ => {}
    }
}

fn answer_session(server: &mut Connection, channel: u16, event: &SessionEvent) {
    match event {
        SessionEvent::Attach { name, .. } if name.is_empty() => server.refuse_attach(channel, 1),
        SessionEvent::Attach { .. } => server.attached(channel),
        SessionEvent::Command { id, .. } => server.complete(channel, *id),
        SessionEvent::Fault { id, fault } => {
            let (class_code, command_code) = match fault {
                CommandFault::Unknown { class, code } => (*class, *code),
                CommandFault::Field { class, code, .. } => (*class, *code),
            };
            let exception = Exception {
                error_code: error_code::COMMAND_INVALID,
                command_id: *id,
                class_code,
                command_code,
                description: fault.to_string(),
                ..Exception::default()
            };
            server.exception(channel, exception);
        }
        SessionEvent::NotImplemented(what) => {
            let exception = Exception {
                error_code: error_code::NOT_IMPLEMENTED,
                description: (*what).to_owned(),
                ..Exception::default()
            };
            server.exception(channel, exception);
        }
        _ => {}
    }
}
