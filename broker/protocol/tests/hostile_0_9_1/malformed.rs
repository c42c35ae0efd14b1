//! Everything malformed is answered with the right code, a text that names what is wrong, and the
//! class and method that failed.

use philter_protocol::v0_9_1::method::{basic, channel, connection, exchange, queue};
use philter_protocol::v0_9_1::{ChannelEvent, Event, Method, reply_code};

use crate::connection_0_9_1::{Heard, serve};
use crate::wire::{
    frame, handshake, header, method, open, opened, preface, publish, start_ok, tune_ok,
};

/// The last method that a server said, and its channel.
fn last_said(said: &[u8]) -> (u16, Method) {
    let mut rest = said;
    loop {
        let size = u32::from_be_bytes([rest[3], rest[4], rest[5], rest[6]]) as usize;
        let (frame, later) = rest.split_at(size + 8);
        if later.is_empty() {
            let channel = u16::from_be_bytes([frame[1], frame[2]]);
            return (channel, Method::decode(&frame[7..size + 7]).unwrap());
        }
        rest = later;
    }
}

/// Checks that the connection failed with this text, and that the peer was told it with this code,
/// class and method.
fn assert_fails(heard: &Heard, code: u16, text: &str, (class_id, method_id): (u16, u16)) {
    let Some(Event::Failed(error)) = heard.events.last() else {
        panic!("no failure where \"{text}\" was due: {:?}", heard.events);
    };
    assert_eq!(error.to_string(), text);
    let reply_text = reply_code::text(code, text);
    let close = connection::Close { reply_code: code, reply_text, class_id, method_id };
    assert_eq!(last_said(&heard.said), (0, close.into()));
    assert!(heard.is_closed);
}

fn fails(bytes: &[Vec<u8>], code: u16, text: &str, method: (u16, u16)) {
    for is_in_place in [false, true] {
        assert_fails(&serve([&bytes.concat()[..]], is_in_place), code, text, method);
    }
}

#[test]
fn a_frame_that_is_none_is_named_with_its_place() {
    let at = opened().len();
    let fails = |bytes: &[u8], text: &str| {
        let text = format!("{text}, in the frame at byte {at} of the connection");
        fails(&[opened(), bytes.to_vec()], reply_code::FRAME_ERROR, &text, (0, 0));
    };
    let kind = "frame type 4 where method 1, header 2, body 3 and heartbeat 8 are known";
    fails(&[4, 0, 1, 0, 0, 0, 0, 0xce], kind);
    let size = "payload of 4097 bytes on channel 1 where frames have at most 4096 bytes";
    fails(&[1, 0, 1, 0, 0, 0x10, 1], size);
    let end = "octet 0x00 where the frame end 0xce belongs, 9 bytes into the frame on channel 1";
    fails(&[1, 0, 1, 0, 0, 0, 2, 0xce, 0xce, 0], end);
}

#[test]
fn a_method_that_cant_be_read_is_named() {
    let syntax = reply_code::SYNTAX_ERROR;
    let wrong = frame(1, 1, b"\0\x32\0\x1e\0\0\x01\xff\0");
    let text = "queue.purge.queue: not valid UTF-8 at offset 7, on channel 1";
    fails(&[opened(), wrong.clone()], syntax, text, (50, 30));
    let text = "queue.purge.queue: not valid UTF-8 at offset 7, on channel 0";
    fails(&[opened(), frame(1, 0, b"\0\x32\0\x1e\0\0\x01\xff\0")], syntax, text, (50, 30));
    let text = "method.id: 4 bytes expected, 2 left at offset 0, on channel 1";
    fails(&[opened(), frame(1, 1, &[0, 50])], syntax, text, (0, 0));
    let text = "method 77 of class 50 (queue) is unknown, on channel 1";
    let unknown = frame(1, 1, &[0, 50, 0, 77]);
    fails(&[opened(), unknown], reply_code::NOT_IMPLEMENTED, text, (50, 77));
}

#[test]
fn a_method_out_of_turn_is_named() {
    let invalid = reply_code::COMMAND_INVALID;
    let declare = || method(0, queue::Declare::default());
    let text = "queue.declare on channel 0 which is the connection's own";
    let channel_error = reply_code::CHANNEL_ERROR;
    fails(&[opened(), declare()], channel_error, text, (50, 10));
    let text = "connection.open on channel 1 where channel 0 is its place";
    fails(&[opened(), method(1, connection::Open::default())], invalid, text, (10, 40));
    let text = "connection.open on channel 0 while the connection is open";
    fails(&[opened(), method(0, connection::Open::default())], channel_error, text, (10, 40));
    let text = "exchange.declare-ok on channel 1 which is for the other side to send";
    fails(&[opened(), method(1, exchange::DeclareOk {})], invalid, text, (40, 11));
    let text = "basic.deliver on channel 1 which is for the other side to send";
    fails(&[opened(), method(1, basic::Deliver::default())], invalid, text, (60, 60));
    let text = "channel.close-ok on channel 1 which nobody asked for";
    fails(&[opened(), method(1, channel::CloseOk {})], invalid, text, (20, 41));
    let text = "connection.tune-ok on channel 0 where connection.start-ok is expected";
    fails(&[preface(), tune_ok(0, 0, 0)], channel_error, text, (10, 31));
}

#[test]
fn channels_that_are_not_open_or_open_already_are_named() {
    let channel_error = reply_code::CHANNEL_ERROR;
    let text = "expected 'channel.open' on channel 2, got a method frame";
    fails(&[opened(), method(2, queue::Declare::default())], channel_error, text, (50, 10));
    let text = "expected 'channel.open' on channel 2, got a content body frame";
    fails(&[opened(), frame(3, 2, b"x")], channel_error, text, (0, 0));
    let text = "second 'channel.open' seen on channel 1";
    fails(&[opened(), open(1)], channel_error, text, (20, 10));
    let text = "channel 6 where channels 1 to 5 were negotiated";
    fails(&[opened(), open(6)], reply_code::NOT_ALLOWED, text, (0, 0));
    let text = "method frame on channel 1 while connection.start-ok is expected";
    fails(&[preface(), open(1)], reply_code::UNEXPECTED_FRAME, text, (0, 0));
}

#[test]
fn content_out_of_order_is_named() {
    let unexpected = reply_code::UNEXPECTED_FRAME;
    let text = "expected a method on channel 1, got a content header frame";
    fails(&[opened(), header(1, 0)], unexpected, text, (0, 0));
    let text = "expected a method on channel 1, got a content body frame";
    fails(&[opened(), publish(1, "x"), header(1, 0), frame(3, 1, b"x")], unexpected, text, (0, 0));
    let text = "expected a content header for class 60 on channel 1, got a content body frame";
    fails(&[opened(), publish(1, "x"), frame(3, 1, b"x")], unexpected, text, (60, 40));
    let text = "expected a content body on channel 1, got a method frame";
    fails(&[opened(), publish(1, "x"), header(1, 1), publish(1, "x")], unexpected, text, (60, 40));
    let text = "expected a content header for class 60 on channel 1, got one for 10";
    let wrong = frame(2, 1, &[0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    fails(&[opened(), publish(1, "x"), wrong], unexpected, text, (60, 40));
    let text = "content header of 13 bytes on channel 1 where at least 14 belong";
    let short = frame(2, 1, &[0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    fails(&[opened(), publish(1, "x"), short], reply_code::SYNTAX_ERROR, text, (60, 40));
    let text = "expected a method on channel 0, got a content body frame";
    fails(&[opened(), frame(3, 0, b"x")], unexpected, text, (0, 0));
}

#[test]
fn more_body_than_announced_is_named() {
    let text = "4 more body bytes on channel 1 where 3 of 5 were left";
    let parts = [opened(), publish(1, "x"), header(1, 5), frame(3, 1, b"ab"), frame(3, 1, b"cdef")];
    fails(&parts, reply_code::FRAME_ERROR, text, (60, 40));
}

#[test]
fn a_heartbeat_on_a_channel_is_named() {
    let text = "heartbeat on channel 1 where channel 0 is its place";
    fails(&[opened(), frame(8, 1, b"")], reply_code::FRAME_ERROR, text, (0, 0));
}

#[test]
fn limits_outside_of_what_was_offered_are_named() {
    let fails = |tune: Vec<u8>, text: &str| {
        let parts = [preface(), start_ok("PLAIN"), tune];
        fails(&parts, reply_code::NOT_ALLOWED, text, (10, 31));
    };
    let text = "negotiated channel_max = 11 is higher than the maximum allowed value (10)";
    fails(tune_ok(11, 0, 0), text);
    let text = "negotiated frame_max = 8193 is higher than the maximum allowed value (8192)";
    fails(tune_ok(0, 8_193, 0), text);
    let text = "negotiated frame_max = 4095 is lower than the minimum allowed value (4096)";
    fails(tune_ok(0, 4_095, 0), text);
}

#[test]
fn a_protocol_header_of_another_version_is_answered_with_this_one() {
    for bytes in [b"AMQP\x01\x01\x00\x0a", b"AMQP\0\0\x09\x02", b"GET / HT"] {
        let heard = serve([&bytes[..]], false);
        assert_eq!((&heard.said[..], heard.is_closed), (&b"AMQP\0\0\x09\x01"[..], true));
        assert!(matches!(&heard.events[..], [Event::Failed(_)]), "{:?}", heard.events);
    }
}

#[test]
fn a_refused_login_is_told_to_those_who_read_it() {
    let heard = serve([&[preface(), start_ok("REFUSED")].concat()[..]], false);
    let text = "ACCESS_REFUSED - Login was refused using authentication mechanism REFUSED. For \
                details see the broker logfile.";
    let close = connection::Close {
        reply_code: reply_code::ACCESS_REFUSED,
        reply_text: text.into(),
        class_id: 0,
        method_id: 0,
    };
    assert_eq!(last_said(&heard.said), (0, close.into()));
    let start = connection::StartOk { mechanism: "REFUSED".into(), ..<_>::default() };
    let heard = serve([&[preface(), method(0, start)].concat()[..]], false);
    assert_eq!((last_said(&heard.said).1.name(), heard.is_closed), ("connection.start", true));
}

#[test]
fn a_body_that_is_too_large_costs_its_channel_when_its_header_comes() {
    let giant = [publish(1, "x"), header(1, 1 << 31), frame(3, 1, b"lost")].concat();
    let again = [method(1, channel::CloseOk {}), open(1), publish(1, "x"), header(1, 0)].concat();
    let heard = serve([&[opened(), giant, again].concat()[..]], true);
    let text = "PRECONDITION_FAILED - message size 2147483648 is larger than max size 134217728";
    let (code, text) = (reply_code::PRECONDITION_FAILED, text.to_owned());
    let fault = ChannelEvent::Fault { code, text, class_id: 60, method_id: 40 };
    let last: Vec<_> = heard
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Channel { channel: 1, event } => Some(event),
            _ => None,
        })
        .collect();
    let [ChannelEvent::Open, first, ChannelEvent::Closed, ChannelEvent::Open, publish] = &last[..]
    else {
        panic!("{last:?}")
    };
    assert_eq!(*first, &fault);
    assert!(matches!(publish, ChannelEvent::Publish { .. }) && !heard.is_closed);
    assert_eq!(last_said(&heard.said).1.name(), "basic.ack");
}

#[test]
fn what_was_asked_before_a_mistake_is_answered_before_the_goodbye() {
    let declare = method(1, queue::Declare { queue: "q".into(), ..queue::Declare::default() });
    let heard = serve([&[opened(), declare, frame(3, 1, b"x")].concat()[..]], false);
    let declared = queue::DeclareOk { queue: "q".into(), ..queue::DeclareOk::default() };
    let declared = method(1, declared);
    let place = heard.said.windows(declared.len()).position(|bytes| bytes == declared);
    assert!(place.is_some() && last_said(&heard.said).1.name() == "connection.close");
}

#[test]
fn a_client_that_closes_is_answered_and_told_of_nothing_else() {
    let close = connection::Close { reply_code: 200, reply_text: "bye".into(), ..<_>::default() };
    let bytes = [handshake(), method(0, close), open(1)].concat();
    let heard = serve([&bytes[..]], false);
    let closed = Event::Closed { code: Some(200), text: "bye".into() };
    assert_eq!(heard.events.last(), Some(&closed));
    assert_eq!(last_said(&heard.said), (0, connection::CloseOk {}.into()));
}
