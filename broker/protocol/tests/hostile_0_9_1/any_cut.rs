//! The same bytes give the same events and answers, however they are cut and whether publishes are
//! taken in place: conversations on several channels whose frames interleave, some of which end in
//! a mistake.

use philter_protocol::v0_9_1::method::{basic, channel, connection, queue};
use philter_protocol::v0_9_1::{ChannelEvent, Event};
use proptest::prelude::*;

use crate::connection_0_9_1::{assert_same, serve};
use crate::wire;

/// One thing that a client does.
#[derive(Clone, Debug)]
enum Step {
    Open(u16),
    Close(u16),
    CloseOk(u16),
    /// A queue's name may make the server refuse it, or the connection.
    Declare(u16, &'static str),
    /// A message to an exchange with a body of this length in frames of at most this many bytes.
    Publish(u16, &'static str, usize, usize),
    Ack(u16, u64),
    /// A message whose body is too large.
    Giant(u16),
    /// A content header where none is expected, and the like.
    Stray(u16, u8),
    Heartbeat,
    /// A method that can't be read.
    Malformed(u16),
    /// Bytes that are no frame.
    Garbage(Vec<u8>),
    CloseConnection,
}

fn step() -> impl Strategy<Value = Step> {
    let channel = || 1u16..4;
    let name = prop_oneof![6 => Just("q"), 2 => Just("refused"), 1 => Just("fatal")];
    let exchange = prop_oneof![6 => Just("x"), 1 => Just("gone")];
    prop_oneof![
        6 => channel().prop_map(Step::Open),
        2 => channel().prop_map(Step::Close),
        4 => channel().prop_map(Step::CloseOk),
        4 => (channel(), name).prop_map(|(channel, name)| Step::Declare(channel, name)),
        10 => (channel(), exchange, 0usize..9_000, 1usize..4_000)
            .prop_map(|(channel, exchange, body, frame)| {
                Step::Publish(channel, exchange, body, frame)
            }),
        6 => (channel(), 0usize..150)
            .prop_map(|(channel, body)| Step::Publish(channel, "x", body, 200)),
        4 => (channel(), any::<u64>()).prop_map(|(channel, tag)| Step::Ack(channel, tag)),
        1 => channel().prop_map(Step::Giant),
        1 => (channel(), 2u8..4).prop_map(|(channel, kind)| Step::Stray(channel, kind)),
        2 => Just(Step::Heartbeat),
        1 => (0u16..4).prop_map(Step::Malformed),
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(Step::Garbage),
        1 => Just(Step::CloseConnection),
    ]
}

/// The frames of a step: several where they may interleave with those of other channels.
fn frames(step: Step) -> Vec<Vec<u8>> {
    match step {
        Step::Open(channel) => vec![wire::open(channel)],
        Step::Close(channel) => vec![wire::method(channel, channel::Close::default())],
        Step::CloseOk(channel) => vec![wire::method(channel, channel::CloseOk {})],
        Step::Declare(channel, queue) => {
            let queue = queue.to_owned();
            vec![wire::method(channel, queue::Declare { queue, ..queue::Declare::default() })]
        }
        Step::Publish(channel, exchange, body, frame) => publish(channel, exchange, body, frame),
        Step::Ack(channel, delivery_tag) => {
            vec![wire::method(channel, basic::Ack { delivery_tag, multiple: false })]
        }
        Step::Giant(channel) => {
            let body = wire::frame(3, channel, b"the first of very many");
            vec![wire::publish(channel, "x"), wire::header(channel, 1 << 31), body]
        }
        Step::Stray(channel, kind) => vec![wire::frame(kind, channel, b"stray")],
        Step::Heartbeat => vec![wire::frame(8, 0, b"")],
        Step::Malformed(channel) => vec![wire::frame(1, channel, b"\0\x32\0\x1e\0\0\x01\xff\0")],
        Step::Garbage(bytes) => vec![bytes],
        Step::CloseConnection => vec![wire::method(0, connection::Close::default())],
    }
}

fn publish(channel: u16, exchange: &str, body_bytes: usize, frame_bytes: usize) -> Vec<Vec<u8>> {
    let mut frames =
        vec![wire::publish(channel, exchange), wire::header(channel, body_bytes as u64)];
    let body: Vec<u8> = (0..body_bytes).map(|index| index as u8).collect();
    frames.extend(body.chunks(frame_bytes).map(|piece| wire::frame(3, channel, piece)));
    frames
}

/// The steps of each list in order, a frame of one behind a frame of the other.
fn interleave(lists: Vec<Vec<Step>>) -> Vec<u8> {
    let mut lists: Vec<_> =
        lists.into_iter().map(|steps| steps.into_iter().flat_map(frames)).collect();
    let mut bytes = wire::handshake();
    loop {
        let turn: Vec<_> = lists.iter_mut().filter_map(Iterator::next).collect();
        if turn.is_empty() {
            return bytes;
        }
        bytes.extend(turn.concat());
    }
}

/// Lists of steps that begin with their channels open.
fn begun(lists: Vec<Vec<Step>>) -> Vec<Vec<Step>> {
    let begin = |list: Vec<Step>| (1..4).map(Step::Open).chain(list).collect();
    lists
        .into_iter()
        .enumerate()
        .map(|(at, list)| if at == 0 { begin(list) } else { list })
        .collect()
}

/// Pieces of `bytes`, of the lengths that `cuts` repeats.
fn cut<'a>(bytes: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let mut rest = bytes;
    for length in cuts.iter().cycle() {
        let (piece, left) = rest.split_at((*length).min(rest.len()));
        pieces.push(piece);
        rest = left;
        if rest.is_empty() {
            break;
        }
    }
    pieces
}

proptest! {
    #[test]
    fn any_cut_gives_the_same_events_and_answers(
        lists in prop::collection::vec(prop::collection::vec(step(), 0..12), 1..4),
        cuts in prop::collection::vec(1usize..2_000, 1..20),
    ) {
        let bytes = interleave(begun(lists));
        let whole = serve([&bytes[..]], false);
        assert_same(&serve(cut(&bytes, &cuts), false), &whole);
        assert_same(&serve(cut(&bytes, &cuts), true), &whole);
        assert_same(&serve([&bytes[..]], true), &whole);
    }

    #[test]
    fn a_byte_at_a_time_gives_the_same_events_and_answers(
        steps in prop::collection::vec(step(), 0..12),
    ) {
        let bytes = interleave(begun(vec![steps]));
        assert_same(&serve(bytes.chunks(1), false), &serve([&bytes[..]], false));
    }

    #[test]
    fn any_handshake_gives_the_same_events_and_answers(
        mechanism in prop_oneof![Just("PLAIN"), Just("STEP"), Just("REFUSED")],
        (channel_max, frame_max, heartbeat) in
            (0..12u16, prop_oneof![0..4u32, 4_090..4_100u32, 8_190..8_200u32], 0..3u16),
        piece in 1..50usize,
    ) {
        let secure = wire::method(0, connection::SecureOk { response: b"!".to_vec() });
        let open = wire::method(0, connection::Open::default());
        let secure = if mechanism == "STEP" { secure } else { Vec::new() };
        let tune = wire::tune_ok(channel_max, frame_max, heartbeat);
        let bytes = [wire::preface(), wire::start_ok(mechanism), secure, tune, open].concat();
        assert_same(&serve(bytes.chunks(piece), false), &serve([&bytes[..]], false));
    }
}

/// The bodies that arrived, by channel.
fn bodies(events: &[Event]) -> Vec<(u16, usize)> {
    let body = |event: &Event| match event {
        Event::Channel { channel, event: ChannelEvent::Publish { body, .. } } => {
            Some((*channel, body.concat().len()))
        }
        _ => None,
    };
    events.iter().filter_map(body).collect()
}

#[test]
fn messages_of_two_channels_may_interleave_frame_by_frame() {
    let first = vec![Step::Open(1), Step::Publish(1, "x", 100, 7)];
    let second = vec![Step::Open(2), Step::Publish(2, "x", 60, 9)];
    let heard = serve([&interleave(vec![first, second])[..]], true);
    assert_eq!(bodies(&heard.events), [(2, 60), (1, 100)]);
}

#[test]
fn what_crosses_a_channels_error_is_dropped_and_other_channels_are_not() {
    let steps = vec![
        Step::Declare(1, "refused"),
        Step::Publish(1, "x", 10, 10),
        Step::Malformed(1),
        Step::Stray(1, 3),
        Step::Publish(2, "x", 20, 20),
        Step::CloseOk(1),
        Step::Open(1),
        Step::Publish(1, "x", 30, 30),
    ];
    let heard = serve([&interleave(begun(vec![steps]))[..]], false);
    assert_eq!(bodies(&heard.events), [(2, 20), (1, 30)]);
    assert!(!heard.is_closed);
}

#[test]
fn a_close_that_crosses_a_channels_error_is_answered() {
    let steps =
        vec![Step::Declare(1, "refused"), Step::Close(1), Step::CloseOk(1), Step::Declare(2, "q")];
    let bytes = interleave(begun(vec![steps]));
    let heard = serve([&bytes[..]], false);
    let close_ok = wire::method(1, channel::CloseOk {});
    let declared = queue::DeclareOk { queue: "q".into(), ..queue::DeclareOk::default() };
    let tail = [close_ok, wire::method(2, declared)].concat();
    assert!(heard.said.ends_with(&tail) && !heard.is_closed);
    assert!(heard.events.contains(&Event::Channel { channel: 1, event: ChannelEvent::Closed }));
}
