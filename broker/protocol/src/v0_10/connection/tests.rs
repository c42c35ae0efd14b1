//! A server and a client as values, talking over byte vectors.

use bytes::{Buf, BytesMut};
use proptest::prelude::*;

use super::*;
use crate::limits::CLOSE_MS_MAX;
use crate::v0_10::command::{MessageTransfer, QueueQuery, error_code};
use crate::v0_10::frame::BodyPiece;
use crate::v0_10::range_set::{CommandId, RangeSet};
use crate::v0_10::value::FieldMap;

fn server_config() -> ServerConfig {
    ServerConfig {
        mechanisms: vec!["PLAIN".into(), "ANONYMOUS".into()],
        properties: FieldMap::new(),
        known_hosts: vec![],
        heartbeat_max_s: 120,
        negotiation_ms_max: 10_000,
    }
}

pub(super) fn server() -> Connection {
    Connection::server(server_config(), 0)
}

pub(super) fn client() -> Connection {
    let config = ClientConfig {
        properties: FieldMap::new(),
        virtual_host: String::new(),
        heartbeat_s: 10,
        frame_bytes_max: 4_096,
    };
    Connection::client(config, 0)
}

pub(super) fn take(connection: &mut Connection) -> Vec<u8> {
    let output = connection.output();
    output.copy_to_bytes(output.remaining()).to_vec()
}

pub(super) fn events(connection: &mut Connection) -> Vec<Event> {
    std::iter::from_fn(|| connection.poll_event()).collect()
}

/// Moves bytes both ways until both are silent, answering the handshake.
pub(super) fn settle(server: &mut Connection, client: &mut Connection) -> (Vec<Event>, Vec<Event>) {
    let (mut at_server, mut at_client) = (Vec::new(), Vec::new());
    let (mut to_server, mut to_client) = (BytesMut::new(), BytesMut::new());
    loop {
        to_server.extend_from_slice(&take(client));
        to_client.extend_from_slice(&take(server));
        server.feed(&mut to_server, 0);
        client.feed(&mut to_client, 0);
        for event in events(server) {
            match &event {
                Event::SaslStart { .. } => server.sasl_success(),
                Event::Open { .. } => server.accept_open(),
                Event::Session { channel, event: SessionEvent::Attach { .. } } => {
                    server.attached(*channel);
                }
                _ => {}
            }
            at_server.push(event);
        }
        for event in events(client) {
            if let Event::Mechanisms { .. } = event {
                client.sasl_start("ANONYMOUS", None);
            }
            at_client.push(event);
        }
        if server.output().is_empty() && client.output().is_empty() {
            return (at_server, at_client);
        }
    }
}

pub(super) fn attached_pair() -> (Connection, Connection) {
    let (mut server, mut client) = (server(), client());
    let (_, at_client) = settle(&mut server, &mut client);
    assert_eq!(at_client.last(), Some(&Event::Opened));
    client.attach(1, b"s").unwrap();
    let (_, at_client) = settle(&mut server, &mut client);
    assert_eq!(at_client, [Event::Session { channel: 1, event: SessionEvent::Attached }]);
    (server, client)
}

#[test]
fn a_transfer_arrives_and_its_completion_comes_back() {
    let (mut server, mut client) = attached_pair();
    let body = vec![7u8; 10_000];
    let transfer = Transfer {
        destination: "x",
        accept_mode: 1,
        acquire_mode: 0,
        header: &[],
        body_bytes: body.len(),
        sync: true,
    };
    let id = client.transfer(1, &transfer, [BodyPiece::Slice(&body)].into_iter()).unwrap();
    let (at_server, _) = settle(&mut server, &mut client);
    let [Event::Session { channel: 1, event }] = &at_server[..] else {
        panic!("{at_server:?}");
    };
    let SessionEvent::Command { id: received, sync, command, header, body: arrived } = event else {
        panic!("{event:?}");
    };
    assert_eq!((*received, *sync, header), (id, true, &None));
    let expected = MessageTransfer { destination: "x".into(), accept_mode: 1, acquire_mode: 0 };
    assert_eq!(command, &Command::from(expected));
    assert_eq!(arrived.concat(), body);
    server.complete(1, id);
    server.report_completed();
    let (_, at_client) = settle(&mut server, &mut client);
    let completed = SessionEvent::Completed(RangeSet::single(id));
    assert_eq!(at_client, [Event::Session { channel: 1, event: completed }]);
}

use crate::v0_10::command::Command;

#[test]
fn an_exception_ends_the_session_and_the_channel_is_free_again() {
    let (mut server, mut client) = attached_pair();
    client.send(1, QueueQuery { queue: "q".into() }.into(), true).unwrap();
    settle(&mut server, &mut client);
    server.exception(
        1,
        crate::v0_10::command::Exception {
            error_code: error_code::NOT_FOUND,
            description: "no such queue: q".into(),
            ..Default::default()
        },
    );
    let (_, at_client) = settle(&mut server, &mut client);
    assert!(matches!(
        &at_client[..],
        [
            Event::Session {
                event: SessionEvent::Command { command: Command::Exception(_), .. },
                ..
            },
            Event::Session { event: SessionEvent::Detached { code: 0 }, .. }
        ]
    ));
    client.attach(1, b"again").unwrap();
    let (_, at_client) = settle(&mut server, &mut client);
    assert_eq!(at_client, [Event::Session { channel: 1, event: SessionEvent::Attached }]);
}

#[test]
fn what_follows_a_failed_command_is_dropped_and_its_end_is_said_once() {
    let (mut server, mut client) = attached_pair();
    for _ in 0..3 {
        client.send(1, QueueQuery { queue: "q".into() }.into(), false).unwrap();
    }
    let mut inbox = BytesMut::from(&take(&mut client)[..]);
    server.feed(&mut inbox, 0);
    assert!(matches!(server.poll_event(), Some(Event::Session { channel: 1, .. })));
    let exception = crate::v0_10::command::Exception::default();
    server.exception(1, exception.clone());
    assert_eq!(server.poll_event(), None);
    take(&mut server);
    server.exception(1, exception);
    assert!(server.output().is_empty());
}

#[test]
fn a_session_s_end_is_answered_when_its_commands_were_seen() {
    let (mut server, mut client) = attached_pair();
    client.send(1, QueueQuery { queue: "q".into() }.into(), false).unwrap();
    client.detach(1);
    let mut inbox = BytesMut::from(&take(&mut client)[..]);
    server.feed(&mut inbox, 0);
    let Some(Event::Session { event: SessionEvent::Command { id, .. }, .. }) = server.poll_event()
    else {
        panic!("the command comes first");
    };
    assert_eq!(server.poll_event(), None);
    server.result(1, id, vec![8, 1, 0, 0]);
    server.feed(&mut inbox, 0);
    let detached = Event::Session { channel: 1, event: SessionEvent::Detached { code: 0 } };
    assert_eq!(events(&mut server), std::slice::from_ref(&detached));
    let mut answers = BytesMut::from(&take(&mut server)[..]);
    client.feed(&mut answers, 0);
    let at_client = events(&mut client);
    assert_eq!(at_client.last(), Some(&detached), "a client hears that its detach was answered");
}

#[test]
fn only_the_session_that_is_named_is_detached() {
    let (mut server, mut client) = attached_pair();
    let name = b"other".to_vec();
    client.say(1, control::Detached { name: name.clone(), code: 0 });
    client.say(1, control::Detach { name: name.clone() });
    let mut inbox = BytesMut::from(&take(&mut client)[..]);
    server.feed(&mut inbox, 0);
    assert_eq!(events(&mut server), []);
    let mut expected = Connection::server(server_config(), 0);
    let code = control::detach_code::NOT_ATTACHED;
    expected.say(1, control::Detached { name, code });
    assert_eq!(take(&mut server), take(&mut expected));
    assert!(client.send(1, QueueQuery { queue: "q".into() }.into(), false).is_some());
    let (at_server, _) = settle(&mut server, &mut client);
    assert_eq!(arrived(at_server).len(), 1);
}

#[test]
fn closing_waits_for_the_answer_and_gives_up() {
    let (mut server, _) = attached_pair();
    server.close(320, "enough");
    assert_eq!(server.next_deadline_ms(), Some(0));
    server.handle_timeout(70_000);
    assert!(!server.is_closed());
    let until = 70_000 + CLOSE_MS_MAX;
    assert_eq!(server.next_deadline_ms(), Some(until));
    server.handle_timeout(until);
    let text = "no answer to connection.close".to_owned();
    assert_eq!(events(&mut server), [Event::Closed { code: None, text }]);
}

#[test]
fn a_sync_is_answered_without_its_owner() {
    let (mut server, mut client) = attached_pair();
    let sync = crate::v0_10::command::Sync {};
    let id = client.send(1, sync.into(), true).unwrap();
    settle(&mut server, &mut client);
    server.report_completed();
    let (_, at_client) = settle(&mut server, &mut client);
    let completed = SessionEvent::Completed(RangeSet::single(id));
    assert_eq!(at_client, [Event::Session { channel: 1, event: completed }]);
}

#[test]
fn heartbeats_go_out_and_silence_ends_the_connection() {
    let (mut server, _) = attached_pair();
    assert_eq!(server.next_deadline_ms(), Some(10_000));
    server.handle_timeout(10_000);
    assert_eq!(take(&mut server).len(), 12 + 4);
    assert_eq!(server.next_deadline_ms(), Some(20_000));
    server.handle_timeout(20_000);
    assert_eq!(events(&mut server), [Event::Failed(ConnectionError::HeartbeatTimeout(20_000))]);
    assert!(server.is_closed());
}

#[test]
fn a_peer_that_does_not_finish_its_handshake_is_told() {
    let mut server = server();
    assert_eq!(server.next_deadline_ms(), Some(10_000));
    server.handle_timeout(10_000);
    assert_eq!(events(&mut server), [Event::Failed(ConnectionError::NegotiationTimeout(10_000))]);
}

#[test]
fn an_unauthenticated_peer_has_few_bytes() {
    let mut server = server();
    let mut inbox = BytesMut::from(&Preface::V0_10.bytes()[..]);
    server.feed(&mut inbox, 0);
    // Control frames that never end.
    let frame = |flags: u8| {
        let mut frame = vec![flags, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        frame.resize(0x4000, 0);
        frame
    };
    for index in 0..6 {
        inbox.extend_from_slice(&frame(if index == 0 { 0x0e } else { 0x0c }));
    }
    server.feed(&mut inbox, 0);
    let max = UNAUTHENTICATED_BYTES_MAX;
    assert_eq!(events(&mut server), [Event::Failed(ConnectionError::UnauthenticatedBytes { max })]);
}

#[test]
fn a_command_before_open_is_refused_by_name() {
    let mut server = server();
    let mut inbox = BytesMut::from(&Preface::V0_10.bytes()[..]);
    inbox.extend_from_slice(&[0x0f, 1, 0, 12, 0, 1, 0, 0, 0, 0, 0, 0]);
    server.feed(&mut inbox, 0);
    let [Event::Failed(error)] = &events(&mut server)[..] else { panic!() };
    assert_eq!(error.to_string(), "a command while connection.start-ok is expected");
}

/// One turn of a conversation between two values.
#[derive(Clone, Debug)]
enum Turn {
    ClientSends,
    /// A body of this length, in pieces of at most this many bytes.
    ClientTransfers(usize, usize),
    ServerTransfers(usize, usize),
    /// Completes the command that has waited longest, or the last one that came.
    ServerCompletes {
        is_oldest: bool,
    },
    Settles,
}

fn turn() -> impl Strategy<Value = Turn> {
    let lengths = || (0usize..12_000, 1usize..3_000);
    prop_oneof![
        Just(Turn::ClientSends),
        lengths().prop_map(|(body, piece)| Turn::ClientTransfers(body, piece)),
        lengths().prop_map(|(body, piece)| Turn::ServerTransfers(body, piece)),
        any::<bool>().prop_map(|is_oldest| Turn::ServerCompletes { is_oldest }),
        Just(Turn::Settles),
    ]
}

fn send_body(from: &mut Connection, length: usize, piece: usize) -> (CommandId, Vec<u8>) {
    let body: Vec<u8> = (0..length).map(|index| (index % 251) as u8).collect();
    let transfer = Transfer {
        destination: "x",
        accept_mode: 0,
        acquire_mode: 0,
        header: &[&[0, 0, 0, 4, 4, 1, 0, 0]],
        body_bytes: body.len(),
        sync: false,
    };
    let pieces = body.chunks(piece).map(|piece| BodyPiece::Shared(piece.to_vec().into()));
    (from.transfer(1, &transfer, pieces).unwrap(), body)
}

/// Ids and bodies of the commands among events.
fn arrived(events: Vec<Event>) -> Vec<(CommandId, Vec<u8>)> {
    let command = |event| match event {
        Event::Session { event: SessionEvent::Command { id, body, .. }, .. } => {
            Some((id, body.concat()))
        }
        _ => None,
    };
    events.into_iter().filter_map(command).collect()
}

fn completions(events: &[Event]) -> RangeSet {
    let mut all = RangeSet::default();
    for event in events {
        if let Event::Session { event: SessionEvent::Completed(ranges), .. } = event {
            ranges.iter().for_each(|id| all.add(id));
        }
    }
    all
}

proptest! {
    /// What one side sends arrives at the other, once, in order and whole; what the server
    /// completes the client hears of, and nothing else.
    #[test]
    fn what_is_sent_arrives_and_what_is_completed_is_heard_of(
        turns in prop::collection::vec(turn(), 0..40)
    ) {
        let (mut server, mut client) = attached_pair();
        let (mut to_server, mut to_client) = (Vec::new(), Vec::new());
        let (mut at_server, mut at_client) = (Vec::new(), Vec::new());
        let (mut waiting, mut completed) = (VecDeque::new(), RangeSet::default());
        let mut heard = RangeSet::default();
        for turn in turns.into_iter().chain([Turn::Settles]) {
            match turn {
                Turn::ClientSends => {
                    let query = QueueQuery { queue: "q".into() };
                    to_server.push((client.send(1, query.into(), false).unwrap(), Vec::new()));
                }
                Turn::ClientTransfers(body, piece) => {
                    to_server.push(send_body(&mut client, body, piece));
                }
                Turn::ServerTransfers(body, piece) => {
                    to_client.push(send_body(&mut server, body, piece));
                }
                Turn::ServerCompletes { is_oldest } => {
                    let id = if is_oldest { waiting.pop_front() } else { waiting.pop_back() };
                    if let Some(id) = id {
                        server.complete(1, id);
                        completed.add(id);
                    }
                }
                Turn::Settles => {
                    server.report_completed();
                    let (new_at_server, new_at_client) = settle(&mut server, &mut client);
                    completions(&new_at_client).iter().for_each(|id| heard.add(id));
                    let new = arrived(new_at_server);
                    waiting.extend(new.iter().map(|(id, _)| *id));
                    at_server.extend(new);
                    at_client.extend(arrived(new_at_client));
                    prop_assert_eq!(&heard, &completed);
                }
            }
        }
        prop_assert_eq!(at_server, to_server);
        prop_assert_eq!(at_client, to_client);
    }
}

#[test]
fn command_ids_follow_the_command_point() {
    let (mut server, mut client) = attached_pair();
    let point = control::CommandPoint { command_id: CommandId(77), command_offset: 0 };
    client.say(1, point);
    client.send(1, QueueQuery { queue: "q".into() }.into(), false).unwrap();
    let (at_server, _) = settle(&mut server, &mut client);
    let [Event::Session { event: SessionEvent::Command { id, .. }, .. }] = &at_server[..] else {
        panic!("{at_server:?}");
    };
    assert_eq!(*id, CommandId(77));
}
