//! Two connections one after the other, and the session that lives through both.

use bytes::BytesMut;

use super::super::tests::{attached_pair, client, events, server, settle, take};
use super::super::{Connection, Event, Transfer};
use super::DetachedSession;
use crate::v0_10::command::{Command, CommandSegment, QueueQuery};
use crate::v0_10::control::{self, Control};
use crate::v0_10::frame::{BodyPiece, Frame, Place, SegmentKind, write_segment};
use crate::v0_10::range_set::{CommandId, RangeSet};
use crate::v0_10::session::SessionEvent;
use crate::writer::Writer;

const CHANNEL: u16 = 1;

/// What a server said: controls, and the other frames by kind.
#[derive(Debug, PartialEq)]
enum Said {
    Control(Control),
    Frame(SegmentKind),
}

fn said(server: &mut Connection) -> Vec<Said> {
    let mut bytes = BytesMut::from(&take(server)[..]);
    let mut all = Vec::new();
    while let Some(frame) = Frame::take(&mut bytes, u16::MAX).unwrap() {
        all.push(match frame.kind {
            SegmentKind::Control => Said::Control(Control::decode(&frame.payload).unwrap()),
            kind => Said::Frame(kind),
        });
    }
    all
}

fn write(kind: SegmentKind, segment: &[u8]) -> Vec<u8> {
    let mut output = Writer::new();
    let place = Place { is_first: true, is_last: true };
    write_segment(&mut output, CHANNEL, kind, place, &[segment], u16::MAX);
    let mut bytes = Vec::new();
    while bytes::Buf::has_remaining(&output) {
        let chunk = bytes::Buf::chunk(&output).to_vec();
        bytes::Buf::advance(&mut output, chunk.len());
        bytes.extend(chunk);
    }
    bytes
}

/// The server is told controls, and what it makes of them.
fn tell(server: &mut Connection, controls: Vec<Control>) -> Vec<Event> {
    let mut bytes = BytesMut::new();
    for control in controls {
        bytes.extend(write(SegmentKind::Control, &control.encode()));
    }
    feed(server, bytes)
}

fn feed(server: &mut Connection, mut bytes: BytesMut) -> Vec<Event> {
    let mut all = Vec::new();
    loop {
        server.feed(&mut bytes, 0);
        let new = events(server);
        if new.is_empty() && bytes.is_empty() {
            return all;
        }
        all.extend(new);
    }
}

fn query() -> Vec<u8> {
    let command = Command::from(QueueQuery { queue: "q".into() });
    write(SegmentKind::Command, &CommandSegment { sync: false, command }.encode())
}

fn transfer(server: &mut Connection, body: &[u8]) -> CommandId {
    let transfer = Transfer {
        destination: "d",
        accept_mode: 0,
        acquire_mode: 0,
        header: &[],
        body_bytes: body.len(),
        sync: false,
    };
    server.transfer(CHANNEL, &transfer, [BodyPiece::Slice(body)].into_iter()).unwrap()
}

fn request_timeout(server: &mut Connection) {
    let request = control::RequestTimeout { timeout: Some(10) };
    assert_eq!(tell(server, vec![request.into()]), []);
}

/// A server whose connection is open and wants to attach a session.
fn attaching_server() -> Connection {
    let (mut server, mut client) = (server(), client());
    settle(&mut server, &mut client);
    let attach = control::Attach { name: b"s".to_vec(), force: false };
    let event = SessionEvent::Attach { name: (&b"s"[..]).into(), force: false };
    let seen = tell(&mut server, vec![attach.into()]);
    assert_eq!(seen, [Event::Session { channel: CHANNEL, event }]);
    server
}

/// The session resumed on another connection, and what that one said at once.
fn resume(detached: DetachedSession) -> (Connection, Vec<Said>) {
    let mut server = attaching_server();
    server.resume(CHANNEL, detached);
    let greeting = said(&mut server);
    (server, greeting)
}

fn set(first: u32, last: u32) -> RangeSet {
    RangeSet::range(CommandId(first), CommandId(last))
}

fn expected(commands: RangeSet) -> Control {
    control::Expected { commands, fragments: None }.into()
}

#[test]
fn what_the_peer_did_not_get_is_sent_again() {
    let (mut first, _) = attached_pair();
    request_timeout(&mut first);
    (0..3).for_each(|_| _ = transfer(&mut first, b"body"));
    tell(
        &mut first,
        vec![
            control::Completed { commands: RangeSet::single(CommandId(0)), timely_reply: false }
                .into(),
        ],
    );
    first.lose();
    let detached = first.take_detached(CHANNEL).unwrap();
    assert_eq!(detached.timeout_s(), 10);
    let (mut second, greeting) = resume(detached);
    let flush = control::Flush { expected: true, confirmed: true, completed: true };
    let attached = control::Attached { name: b"s".to_vec() };
    assert_eq!(greeting, [Said::Control(attached.into()), Said::Control(flush.into())]);
    // What is sent too early is kept, in its place.
    assert_eq!(transfer(&mut second, b"late"), CommandId(3));
    assert_eq!(said(&mut second), []);
    let seen = tell(&mut second, vec![expected(set(1, 1))]);
    assert_eq!(seen, [Event::Session { channel: CHANNEL, event: SessionEvent::Resumed }]);
    let again = said(&mut second);
    let point = control::CommandPoint { command_id: CommandId(1), command_offset: 0 };
    assert_eq!(again.first(), Some(&Said::Control(point.into())));
    assert_eq!(again.iter().filter(|said| **said == Said::Frame(SegmentKind::Body)).count(), 3);
    assert_eq!(transfer(&mut second, b"new"), CommandId(4));
    assert_eq!(said(&mut second).len(), 2);
}

#[test]
fn what_came_before_is_passed_over_and_its_completion_told_again() {
    let (mut first, _) = attached_pair();
    request_timeout(&mut first);
    let seen = feed(&mut first, BytesMut::from(&[query(), query()].concat()[..]));
    assert_eq!(seen.len(), 2);
    first.complete(CHANNEL, CommandId(0));
    first.report_completed();
    first.lose();
    let (mut second, _) = resume(first.take_detached(CHANNEL).unwrap());
    let flush = control::Flush { expected: true, confirmed: true, completed: true };
    let seen = tell(&mut second, vec![expected(set(0, 0)), flush.into()]);
    assert_eq!(seen.len(), 1, "resumed");
    let answers = said(&mut second);
    let confirmed = control::Confirmed { commands: set(0, 1), fragments: None };
    let completed = control::Completed { commands: set(0, 0), timely_reply: true };
    for answer in [expected(set(2, 2)), confirmed.into(), completed.into()] {
        assert!(answers.contains(&Said::Control(answer.clone())), "{answer:?} in {answers:?}");
    }
    // The peer goes back further than it has to.
    let point = control::CommandPoint { command_id: CommandId(1), command_offset: 0 };
    let bytes = [write(SegmentKind::Control, &Control::from(point).encode()), query(), query()];
    let seen = feed(&mut second, BytesMut::from(&bytes.concat()[..]));
    let [Event::Session { event: SessionEvent::Command { id, .. }, .. }] = &seen[..] else {
        panic!("{seen:?}")
    };
    assert_eq!(*id, CommandId(2));
    second.complete(CHANNEL, CommandId(1));
    second.complete(CHANNEL, CommandId(2));
    second.report_completed();
    let completed = control::Completed { commands: set(0, 2), timely_reply: false };
    assert_eq!(said(&mut second), [Said::Control(completed.into())]);
}

#[test]
fn a_session_of_which_the_peer_expects_too_much_does_not_resume() {
    for (wanted, count) in [(set(0, 0), 3_000), (set(9, 9), 1)] {
        let (mut first, _) = attached_pair();
        request_timeout(&mut first);
        (0..count).for_each(|_| _ = transfer(&mut first, &[0; 1_000]));
        first.lose();
        let (mut second, _) = resume(first.take_detached(CHANNEL).unwrap());
        let seen = tell(&mut second, vec![expected(wanted)]);
        let [Event::Session { event: SessionEvent::Unresumable(_), .. }] = seen[..] else {
            panic!("{seen:?}")
        };
    }
}

#[test]
fn a_peer_that_expects_nothing_or_goes_on_unasked_begins_anew() {
    let point = control::CommandPoint { command_id: CommandId(5), command_offset: 0 };
    for control in [expected(RangeSet::default()), point.into()] {
        let (mut first, _) = attached_pair();
        request_timeout(&mut first);
        transfer(&mut first, b"body");
        feed(&mut first, BytesMut::from(&query()[..]));
        first.lose();
        let (mut second, _) = resume(first.take_detached(CHANNEL).unwrap());
        let seen = tell(&mut second, vec![control]);
        assert_eq!(seen, [Event::Session { channel: CHANNEL, event: SessionEvent::Restarted }]);
        let begin = control::CommandPoint { command_id: CommandId(0), command_offset: 0 };
        assert_eq!(said(&mut second), [Said::Control(begin.into())]);
        assert_eq!(feed(&mut second, BytesMut::from(&query()[..])).len(), 1, "it is no second one");
        assert_eq!(transfer(&mut second, b"new"), CommandId(0));
    }
}

#[test]
fn a_session_is_taken_from_its_connection() {
    let (mut first, _) = attached_pair();
    take(&mut first);
    assert!(first.hand_over(CHANNEL).is_some());
    let code = control::detach_code::SESSION_BUSY;
    let detached = control::Detached { name: b"s".to_vec(), code };
    assert_eq!(said(&mut first), [Said::Control(detached.into())]);
    assert!(first.hand_over(CHANNEL).is_none());
    assert!(first.send(CHANNEL, QueueQuery { queue: "q".into() }.into(), false).is_none());
}

#[test]
fn a_session_without_a_timeout_keeps_nothing() {
    let (mut first, _) = attached_pair();
    transfer(&mut first, b"body");
    let detach = control::Detach { name: b"s".to_vec() };
    let seen = tell(&mut first, vec![detach.into()]);
    let event = SessionEvent::Detached { code: 0 };
    assert_eq!(seen, [Event::Session { channel: CHANNEL, event }]);
    assert_eq!(first.take_detached(CHANNEL).unwrap().timeout_s(), 0);
    assert!(first.take_detached(CHANNEL).is_none());
}
