//! Taken in place or by events, a stream of frames says the same.

use bytes::{Buf, BytesMut};
use proptest::prelude::*;

use crate::v0_10::command::{Command, CommandSegment, MessageTransfer, Sync};
use crate::v0_10::connection::tests::attached_pair;
use crate::v0_10::control::{self, Control};
use crate::v0_10::frame::SegmentKind;
use crate::v0_10::{CommandId, Event, SessionEvent};

const CHANNEL: u16 = 1;
const BODY_BYTES_MAX: usize = 100;

/// What a connection says of one message: channel, id, destination, header, body.
type Heard = (u16, CommandId, String, Vec<u8>, Vec<u8>);

#[derive(Clone, Debug)]
enum Part {
    /// A transfer; its body; how it is cut into frames.
    Transfer {
        destination: String,
        body: usize,
        is_cut: bool,
        has_header: bool,
        sync: bool,
    },
    Sync,
    /// The next command has this number.
    Point(u32),
    /// On a channel without a session.
    Elsewhere,
    /// Bytes that end the connection.
    Garbage(u8),
}

fn part() -> impl Strategy<Value = Part> {
    let transfer =
        (prop_oneof![Just(""), Just("amq.direct"), Just("ü")], 0..120usize, any::<[bool; 3]>());
    prop_oneof![
        8 => transfer.prop_map(|(destination, body, [is_cut, has_header, sync])| {
            let (destination, has_header) = (destination.to_owned(), has_header || !is_cut);
            Part::Transfer { destination, body, is_cut, has_header, sync }
        }),
        1 => Just(Part::Sync),
        1 => (0..20u32).prop_map(Part::Point),
        1 => Just(Part::Elsewhere),
        1 => (0..=255u8).prop_map(Part::Garbage),
    ]
}

fn frame(into: &mut Vec<u8>, channel: u16, flags: u8, kind: SegmentKind, payload: &[u8]) {
    let (kind, track) = match kind {
        SegmentKind::Control => (0, 0),
        SegmentKind::Command => (1, 1),
        SegmentKind::Header => (2, 1),
        SegmentKind::Body => (3, 1),
    };
    let size = u16::try_from(payload.len() + 12).unwrap().to_be_bytes();
    let channel = channel.to_be_bytes();
    into.extend([flags, kind, size[0], size[1], 0, track, channel[0], channel[1], 0, 0, 0, 0]);
    into.extend(payload);
}

fn write(part: &Part, into: &mut Vec<u8>) {
    let transfer = |destination: &str, sync| {
        let command: Command =
            MessageTransfer { destination: destination.to_owned(), ..Default::default() }.into();
        CommandSegment { sync, command }.encode()
    };
    match part {
        Part::Transfer { destination, body, is_cut, has_header, sync } => {
            frame(into, CHANNEL, 0x0b, SegmentKind::Command, &transfer(destination, *sync));
            if *has_header {
                frame(into, CHANNEL, 0x03, SegmentKind::Header, b"header");
            }
            let body = vec![b'x'; *body];
            let (first, second) = body.split_at(if *is_cut { body.len() / 2 } else { 0 });
            if *is_cut {
                frame(into, CHANNEL, 0x06, SegmentKind::Body, first);
                frame(into, CHANNEL, 0x05, SegmentKind::Body, second);
            } else {
                frame(into, CHANNEL, 0x07, SegmentKind::Body, second);
            }
        }
        Part::Sync => {
            let segment = CommandSegment { sync: false, command: Sync::default().into() }.encode();
            frame(into, CHANNEL, 0x0f, SegmentKind::Command, &segment);
        }
        Part::Point(id) => {
            let point = control::CommandPoint { command_id: CommandId(*id), command_offset: 0 };
            let control: Control = point.into();
            frame(into, CHANNEL, 0x0f, SegmentKind::Control, &control.encode());
        }
        Part::Elsewhere => {
            frame(into, 7, 0x0b, SegmentKind::Command, &transfer("", false));
            frame(into, 7, 0x03, SegmentKind::Header, b"");
            frame(into, 7, 0x07, SegmentKind::Body, b"lost");
        }
        Part::Garbage(byte) => into.extend([0x0b, 1, 0, *byte, 0, 1, 0, 1, 0, 0, 0, 0, *byte]),
    }
}

/// Everything that a connection says of what comes in, and how much goes over it.
fn hear(bytes: &[u8], chunk: usize, in_place: bool) -> (Vec<Heard>, Vec<String>, u64, u64, bool) {
    let (mut connection, _) = attached_pair();
    let (mut inbox, mut heard, mut others) = (BytesMut::new(), Vec::new(), Vec::new());
    for chunk in bytes.chunks(chunk) {
        inbox.extend_from_slice(chunk);
        loop {
            let before = inbox.len();
            while in_place && let Some(found) = connection.take_transfer(&inbox, BODY_BYTES_MAX, 0)
            {
                let (header, body) = (found.header.to_vec(), found.body.to_vec());
                heard.push((found.channel, found.id, found.destination.into(), header, body));
                let bytes = found.bytes;
                inbox.advance(bytes);
            }
            connection.feed(&mut inbox, 0);
            while let Some(event) = connection.poll_event() {
                match event {
                    Event::Session {
                        channel,
                        event:
                            SessionEvent::Command {
                                id,
                                command: Command::MessageTransfer(transfer),
                                header,
                                body,
                                ..
                            },
                    } => {
                        let header = header.unwrap_or_default().to_vec();
                        heard.push((channel, id, transfer.destination, header, body.concat()));
                    }
                    other => others.push(format!("{other:?}")),
                }
            }
            connection.report_completed();
            if inbox.len() == before && !connection.is_deferring() {
                break;
            }
        }
    }
    let traffic = connection.traffic();
    (heard, others, traffic.frames_in, traffic.bytes_in, connection.is_closed())
}

proptest! {
    #[test]
    fn in_place_or_by_events_the_same_is_heard(
        parts in prop::collection::vec(part(), 0..30),
        chunk in 1..2_000usize,
    ) {
        let mut bytes = Vec::new();
        parts.iter().for_each(|part| write(part, &mut bytes));
        prop_assert_eq!(hear(&bytes, chunk, true), hear(&bytes, chunk, false));
    }
}

#[test]
fn the_usual_message_is_taken_in_place() {
    let (mut connection, _) = attached_pair();
    let transfer = |body| Part::Transfer {
        destination: "x".into(),
        body,
        is_cut: false,
        has_header: true,
        sync: false,
    };
    let mut bytes = Vec::new();
    write(&transfer(BODY_BYTES_MAX), &mut bytes);
    let whole = bytes.len();
    write(&transfer(BODY_BYTES_MAX + 1), &mut bytes);
    assert_eq!(connection.take_transfer(&bytes[..whole - 1], BODY_BYTES_MAX, 0), None);
    let found = connection.take_transfer(&bytes, BODY_BYTES_MAX, 0).unwrap();
    assert_eq!((found.id, found.destination, found.bytes), (CommandId(0), "x", whole));
    assert_eq!((found.header, found.body.len()), (&b"header"[..], BODY_BYTES_MAX));
    assert_eq!(connection.take_transfer(&bytes[whole..], BODY_BYTES_MAX, 0), None, "too large");
}
