//! Everything malformed is answered with the right code and a text that names what is wrong.

use philter_protocol::limits::{COMMAND_BYTES_MAX, UNAUTHENTICATED_BYTES_MAX};
use philter_protocol::v0_10::control::{self, Control, close_code};
use philter_protocol::v0_10::headers::Headers;
use philter_protocol::v0_10::{Event, SessionEvent};

use crate::connection_0_10::{Heard, serve};
use crate::wire::{
    FRAME_BYTES_MAX, WHOLE, attach, attached, control, frame, handshake, preface, start_ok, tune_ok,
};

/// The last control or command segment that a server said.
fn last_segment(said: &[u8]) -> &[u8] {
    // The protocol header comes first, then frames.
    let mut rest = &said[8..];
    loop {
        let size = usize::from(u16::from_be_bytes([rest[2], rest[3]]));
        let (frame, later) = rest.split_at(size);
        if later.is_empty() {
            return &frame[12..];
        }
        rest = later;
    }
}

/// Checks that the connection failed with this text, and that the peer was told it with this code.
fn assert_fails(heard: &Heard, text: &str, code: u16) {
    let Some(Event::Failed(error)) = heard.events.last() else {
        panic!("no failure where \"{text}\" was due: {:?}", heard.events);
    };
    assert_eq!(error.to_string(), text);
    let close = control::Close { reply_code: code, reply_text: text.into() };
    assert_eq!(Control::decode(last_segment(&heard.said)), Ok(Control::from(close)));
    assert!(heard.is_closed);
}

fn fails(bytes: Vec<Vec<u8>>, text: &str) {
    assert_fails(&serve([&bytes.concat()[..]]), text, close_code::FRAMING_ERROR);
}

/// An attached session, then a frame with this header and no payload.
fn fails_with_header(header: [u8; 8], text: &str) {
    fails(vec![attached(), header.to_vec(), vec![0; 4]], text);
}

#[test]
fn a_frame_header_that_is_none_is_named() {
    fails_with_header([0x4f, 1, 0, 12, 0, 1, 0, 1], "frame version 1 where only 0 is known");
    fails_with_header(
        [0x0f, 4, 0, 12, 0, 1, 0, 1],
        "segment type 4 where control 0, command 1, header 2 and body 3 are known",
    );
    fails_with_header([0x0f, 1, 0, 11, 0, 1, 0, 1], "frame size 11 where 12 to 4096 are allowed");
    fails_with_header(
        [0x0f, 1, 0x10, 1, 0, 1, 0, 1],
        "frame size 4097 where 12 to 4096 are allowed",
    );
    fails_with_header([0x0f, 1, 0, 12, 0, 2, 0, 1], "track 2 for a Command segment on channel 1");
    fails_with_header([0x0f, 0, 0, 12, 0, 1, 0, 1], "track 1 for a Control segment on channel 1");
    fails_with_header([0x0f, 1, 0, 12, 0, 1, 0, 11], "channel 11 above the negotiated maximum 10");
}

#[test]
fn segments_out_of_place_are_named() {
    let transfer = [4, 1, 1, 0, 0, 0];
    let begin = || [attached(), frame(0x0b, 1, 1, &transfer)].concat();
    fails(vec![attached(), frame(0x0f, 2, 1, b"")], "Header segment out of place on channel 1");
    fails(vec![attached(), frame(0x0f, 3, 1, b"")], "Body segment out of place on channel 1");
    fails(vec![begin(), frame(0x0f, 1, 1, &transfer)], "Command segment out of place on channel 1");
    fails(
        vec![begin(), frame(0x03, 3, 1, b""), frame(0x07, 2, 1, b"")],
        "Header segment out of place on channel 1",
    );
    fails(
        vec![attached(), frame(0x0a, 1, 1, &transfer), frame(0x03, 2, 1, b"")],
        "Header frame in the middle of a Command segment on channel 1",
    );
    fails(vec![attached(), frame(0x0c, 0, 0, b"")], "Control segment out of place on channel 0");
}

#[test]
fn a_segment_that_is_too_long_is_named() {
    let payload = vec![0; usize::from(FRAME_BYTES_MAX) - 12];
    let more = COMMAND_BYTES_MAX / payload.len();
    for (kind, name) in [(0u8, "Control"), (1, "Command")] {
        let mut frames = vec![attached(), frame(0x0e, kind, 1, &payload)];
        frames.extend((0..more).map(|_| frame(0x0c, kind, 1, &payload)));
        fails(
            frames,
            &format!("{name} segment longer than {COMMAND_BYTES_MAX} bytes on channel 1"),
        );
    }
}

/// Controls in place of start-ok.
#[test]
fn a_wrong_field_of_a_control_is_named() {
    let table: &[(&[u8], &str)] = &[
        (&[], "control.code: 2 bytes expected, 0 left at offset 0"),
        (&[1, 0x77, 0, 0], "control.code: 0x01.0x77 is unknown at offset 0"),
        (&[1, 2, 0], "connection.start-ok.packing flags: 2 bytes expected, 1 left at offset 2"),
        (&[1, 2, 0x10, 0], "connection.start-ok.packing flags: invalid value 16 at offset 4"),
        (
            &[1, 2, 2, 0, 5, b'P'],
            "connection.start-ok.mechanism: 5 bytes expected, 1 left at offset 5",
        ),
        (&[1, 2, 2, 0, 1, 0xff], "connection.start-ok.mechanism: not valid UTF-8 at offset 5"),
        (
            &[1, 2, 1, 0, 0, 0, 0, 9],
            "connection.start-ok.client-properties: 9 bytes expected, 0 left at offset 8",
        ),
        (
            &[1, 2, 1, 0, 0, 0, 0, 7, 0, 0, 0, 1, 1, b'a', 0xe0],
            "connection.start-ok.client-properties: unknown type code 0xe0 at offset 15",
        ),
        (
            &[1, 2, 1, 0, 0, 0, 0, 5, 0, 0, 0, 0, 9],
            "connection.start-ok.client-properties: 1 bytes left over at offset 12",
        ),
        (
            &[1, 2, 4, 0, 0xff, 0xff, 0xff, 0xff],
            "connection.start-ok.response: 4294967295 bytes expected, 0 left at offset 8",
        ),
        (&[1, 0xa, 0, 0, 9], "connection.heartbeat.end: 1 bytes left over at offset 4"),
    ];
    for (segment, text) in table {
        fails(vec![preface(), frame(WHOLE, 0, 0, segment)], text);
    }
}

#[test]
fn a_wrong_field_of_a_session_s_control_is_named() {
    let table: &[(&[u8], &str)] = &[
        (
            &[2, 0xa, 1, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0],
            "session.completed.commands: invalid value 7 at offset 6",
        ),
        (
            &[2, 0xa, 1, 0, 0, 8, 0, 0, 0, 2, 0, 0, 0, 1],
            "session.completed.commands: invalid value 1 at offset 14",
        ),
        (&[2, 1, 1, 0, 0, 3, b'a'], "session.attach.name: 3 bytes expected, 1 left at offset 6"),
        (
            &[2, 7, 3, 0, 0, 0, 0, 0, 1],
            "session.command-point.command-offset: 8 bytes expected, 1 left at offset 8",
        ),
    ];
    for (segment, text) in table {
        fails(vec![attached(), frame(WHOLE, 0, 1, segment)], text);
    }
}

#[test]
fn a_control_at_the_wrong_time_is_named() {
    let open = || control(0, control::Open::default());
    let table = [
        (vec![preface(), open()], "connection.open while connection.start-ok is expected"),
        (vec![preface(), attach(1)], "session.attach while connection.start-ok is expected"),
        (
            vec![preface(), start_ok("ANONYMOUS"), start_ok("ANONYMOUS")],
            "connection.start-ok while connection.tune-ok is expected",
        ),
        (
            vec![preface(), start_ok("STEP"), open()],
            "connection.open while connection.secure-ok is expected",
        ),
        (
            vec![preface(), start_ok("ANONYMOUS"), tune_ok(10, 4_096, 0), attach(1)],
            "session.attach while connection.open is expected",
        ),
        (vec![handshake(), open()], "connection.open while the connection is open"),
        (
            vec![preface(), frame(WHOLE, 1, 0, &[4, 1, 1, 0, 0, 0])],
            "a command while connection.start-ok is expected",
        ),
    ];
    for (bytes, text) in table {
        fails(bytes, text);
    }
}

#[test]
fn a_limit_that_was_not_offered_is_named() {
    let tuned = |channel_max, frame_max, heartbeat| {
        vec![preface(), start_ok("ANONYMOUS"), tune_ok(channel_max, frame_max, heartbeat)]
    };
    fails(
        tuned(32_768, 65_535, 0),
        "connection.tune-ok.channel-max: 32768 where at most 32767 was offered",
    );
    fails(
        tuned(10, 4_095, 0),
        "connection.tune-ok.max-frame-size: 4095 where at least 4096 is required",
    );
    fails(tuned(10, 4_096, 121), "connection.tune-ok.heartbeat: 121 where at most 120 was offered");
}

#[test]
fn another_protocol_is_told_what_is_spoken_here() {
    for (bytes, text) in [
        (b"GET / HTTP/1.1\r\n", "not AMQP: \"GET / HT\" where AMQP 0-10 was expected"),
        (b"AMQP\x00\x00\x09\x01\0\0\0\0\0\0\0\0", "AMQP 0-9-1 where AMQP 0-10 was expected"),
        (
            b"AMQP\x07\x07\x07\x07\0\0\0\0\0\0\0\0",
            "AMQP version [7, 7, 7, 7] where AMQP 0-10 was expected",
        ),
    ] {
        let heard = serve([&bytes[..]]);
        let [Event::Failed(error)] = &heard.events[..] else { panic!("{heard:?}") };
        assert_eq!(error.to_string(), text);
        assert_eq!(heard.said, preface());
    }
}

#[test]
fn an_unauthenticated_peer_cannot_send_empty_frames_for_ever() {
    let empty = frame(0x0c, 0, 0, b"");
    let mut bytes = vec![preface(), frame(0x0e, 0, 0, b"")];
    bytes.extend(std::iter::repeat_n(empty, UNAUTHENTICATED_BYTES_MAX / 12));
    fails(bytes, &format!("more than {UNAUTHENTICATED_BYTES_MAX} bytes before authentication"));
}

/// What a server says of a command that it cannot read.
fn fault(segment: &[u8]) -> String {
    let heard = serve([&[attached(), frame(WHOLE, 1, 1, segment)].concat()[..]]);
    let Some(Event::Session { channel: 1, event: SessionEvent::Fault { fault, .. } }) =
        heard.events.last()
    else {
        panic!("no fault: {:?}", heard.events);
    };
    assert!(!heard.is_closed, "the session ends, not the connection");
    fault.to_string()
}

#[test]
fn a_wrong_field_of_a_command_is_named() {
    let table: &[(&[u8], &str)] = &[
        (&[4], "command.code: 2 bytes expected, 1 left at offset 0"),
        (&[4, 1], "session.header.sync: 1 bytes expected, 0 left at offset 2"),
        (&[4, 1, 1, 2, 0, 0], "session.header.packing flags: invalid value 2 at offset 4"),
        (&[9, 1, 1, 0, 0, 0], "command 0x09.0x01 of class file is not implemented"),
        (&[10, 1, 1, 0, 0, 0], "command 0x0a.0x01 of class stream is not implemented"),
        (&[4, 0x77, 1, 0, 0, 0], "command 0x04.0x77 of class message is not implemented"),
        (&[99, 1, 1, 0, 0, 0], "command 0x63.0x01 is not implemented"),
        (
            &[4, 1, 1, 0, 1, 0, 4, b'x'],
            "message.transfer.destination: 4 bytes expected, 1 left at offset 7",
        ),
        (&[4, 1, 1, 0, 8, 0], "message.transfer.packing flags: invalid value 8 at offset 6"),
        (&[8, 3, 1, 0, 1, 0, 1, 0xff], "queue.purge.queue: not valid UTF-8 at offset 7"),
        (&[8, 3, 1, 0, 0, 0, 9], "queue.purge.end: 1 bytes left over at offset 6"),
        (
            &[7, 1, 1, 0, 2, 0, 4, b't'],
            "exchange.declare.type: 4 bytes expected, 1 left at offset 7",
        ),
        (
            &[7, 4, 1, 0, 8, 0, 0, 0, 0, 7, 0, 0, 0, 1, 1, b'a', 0xe0],
            "exchange.bind.arguments: unknown type code 0xe0 at offset 17",
        ),
        (
            &[4, 2, 1, 0, 1, 0, 0, 8, 0, 0, 0, 2, 0, 0, 0, 1],
            "message.accept.transfers: invalid value 1 at offset 16",
        ),
        (&[6, 5, 1, 0, 1, 0, 0, 0, 0, 9], "dtx.forget.xid: 9 bytes expected, 0 left at offset 10"),
    ];
    for (segment, text) in table {
        assert_eq!(fault(segment), *text);
    }
}

#[test]
fn maps_nest_no_deeper_than_the_limit() {
    let mut value = vec![0xf0];
    for _ in 0..17 {
        // A list of one value.
        let length = u32::try_from(value.len() + 4).unwrap();
        let head = [&[0xa9][..], &length.to_be_bytes(), &[0, 0, 0, 1]].concat();
        value = [head, value].concat();
    }
    let map = [&[0, 0, 0, 1, 1, b'a'][..], &value].concat();
    let length = u32::try_from(map.len()).unwrap().to_be_bytes();
    let segment = [&[7, 4, 1, 0, 8, 0][..], &length, &map].concat();
    let text = fault(&segment);
    assert!(text.starts_with("exchange.bind.arguments: nested deeper than 16 levels"), "{text}");
}

#[test]
fn a_wrong_field_of_a_header_is_named() {
    let table: &[(&[u8], &str)] = &[
        (&[0, 0], "header.struct: 4 bytes expected, 2 left at offset 0"),
        (&[0, 0, 0, 1, 4], "header.struct: 2 bytes expected, 1 left at offset 4"),
        (
            &[0, 0, 0, 3, 4, 1, 0],
            "message.delivery-properties.packing flags: 4 bytes expected, 3 left at offset 4",
        ),
        (
            &[0, 0, 0, 4, 4, 1, 0, 0x80],
            "message.delivery-properties.packing flags: invalid value 32768 at offset 8",
        ),
        (
            &[0, 0, 0, 6, 4, 1, 0, 2, 3, b'a'],
            "message.delivery-properties.routing-key: 3 bytes expected, 1 left at offset 9",
        ),
        (
            &[0, 0, 0, 5, 4, 3, 0, 0, 9],
            "message.message-properties.end: 1 bytes left over at offset 8",
        ),
        (
            &[0, 0, 0, 8, 4, 3, 8, 0, 0, 2, 4, 0],
            "message.message-properties.reply-to: invalid value 4 at offset 12",
        ),
    ];
    for (segment, text) in table {
        assert_eq!(Headers::parse(segment).unwrap_err().to_string(), *text);
    }
}
