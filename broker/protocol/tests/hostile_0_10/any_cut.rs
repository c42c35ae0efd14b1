//! The same bytes give the same events and answers, however they are cut: conversations of several
//! sessions whose frames interleave, some of which end in a mistake.

use bytes::Bytes;
use philter_protocol::v0_10::command::{Command, CommandSegment};
use philter_protocol::v0_10::command::{
    ExchangeDeclare, MessageTransfer, QueueDeclare, QueueQuery, Sync,
};
use philter_protocol::v0_10::control;
use philter_protocol::v0_10::{CommandId, Event, FieldMap, RangeSet, SessionEvent, Value};
use proptest::prelude::*;

use crate::connection_0_10::{assert_same, serve};
use crate::wire;

/// One thing that a client does.
#[derive(Clone, Debug)]
enum Step {
    Attach(u16),
    Detach(u16),
    Declare(u16, String),
    Query(u16),
    Sync(u16),
    /// A message with a body of this length in frames of at most this many bytes.
    Transfer(u16, usize, usize),
    Completed(u16, u32),
    Flush(u16),
    Heartbeat,
    Gap(u16),
    /// A command whose text is not UTF-8.
    Malformed(u16),
    /// Bytes that are no frame.
    Garbage(Vec<u8>),
    Close,
}

fn step() -> impl Strategy<Value = Step> {
    let channel = || 1u16..4;
    prop_oneof![
        4 => channel().prop_map(Step::Attach),
        1 => channel().prop_map(Step::Detach),
        3 => (channel(), "[a-z]{0,9}").prop_map(|(channel, name)| Step::Declare(channel, name)),
        2 => channel().prop_map(Step::Query),
        2 => channel().prop_map(Step::Sync),
        6 => (channel(), 0usize..9_000, 1usize..4_000)
            .prop_map(|(channel, body, frame)| Step::Transfer(channel, body, frame)),
        2 => (channel(), 0u32..20).prop_map(|(channel, last)| Step::Completed(channel, last)),
        2 => channel().prop_map(Step::Flush),
        1 => Just(Step::Heartbeat),
        1 => channel().prop_map(Step::Gap),
        1 => channel().prop_map(Step::Malformed),
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(Step::Garbage),
        1 => Just(Step::Close),
    ]
}

fn declare(name: String) -> Command {
    let arguments = FieldMap::new().with("alternate", Value::List(vec![Value::Void]));
    ExchangeDeclare { exchange: name, arguments: Some(arguments), ..Default::default() }.into()
}

/// The frames of a step: several where they may interleave with those of other channels.
fn frames(step: Step) -> Vec<Vec<u8>> {
    match step {
        Step::Attach(channel) => vec![wire::attach(channel)],
        Step::Detach(channel) => {
            let name = channel.to_string().into_bytes();
            vec![wire::control(channel, control::Detach { name })]
        }
        Step::Declare(channel, name) => vec![
            wire::command(channel, QueueDeclare { queue: name.clone(), ..Default::default() }),
            wire::command(channel, declare(name)),
        ],
        Step::Query(channel) => vec![wire::command(channel, QueueQuery { queue: "q".into() })],
        Step::Sync(channel) => vec![wire::command(channel, Sync {})],
        Step::Transfer(channel, body_bytes, frame_bytes) => {
            transfer(channel, body_bytes, frame_bytes)
        }
        Step::Completed(channel, last) => {
            let commands = RangeSet::range(CommandId(0), CommandId(last));
            let completed = control::Completed { commands, timely_reply: last % 2 == 0 };
            vec![wire::control(channel, completed)]
        }
        Step::Flush(channel) => {
            let flush = control::Flush { expected: true, confirmed: true, completed: true };
            vec![wire::control(channel, flush)]
        }
        Step::Heartbeat => vec![wire::control(0, control::Heartbeat {})],
        Step::Gap(channel) => {
            let commands = RangeSet::single(CommandId(3));
            vec![wire::control(channel, control::Gap { commands })]
        }
        Step::Malformed(channel) => {
            vec![wire::frame(wire::WHOLE, 1, channel, &[8, 3, 1, 0, 1, 0, 1, 0xff])]
        }
        Step::Garbage(bytes) => vec![bytes],
        Step::Close => {
            let close = control::Close { reply_code: 200, reply_text: "bye".into() };
            vec![wire::control(0, close)]
        }
    }
}

/// The frames of a transfer with a header and a body.
fn transfer(channel: u16, body_bytes: usize, frame_bytes: usize) -> Vec<Vec<u8>> {
    let command = MessageTransfer { destination: "x".into(), accept_mode: 1, acquire_mode: 0 };
    let segment = CommandSegment { sync: false, command: command.into() }.encode();
    let mut frames = vec![
        wire::frame(0x0b, 1, channel, &segment),
        wire::frame(0x03, 2, channel, &[0, 0, 0, 4, 4, 1, 0, 0]),
    ];
    let body: Vec<u8> = (0..body_bytes).map(|index| index as u8).collect();
    let count = body.chunks(frame_bytes).len();
    for (index, piece) in body.chunks(frame_bytes).enumerate() {
        let first = if index == 0 { 0x02 } else { 0 };
        let last = if index + 1 == count { 0x01 } else { 0 };
        frames.push(wire::frame(0x04 | first | last, 3, channel, piece));
    }
    if count == 0 {
        frames.push(wire::frame(0x07, 3, channel, &[]));
    }
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
        let bytes = interleave(lists);
        assert_same(&serve(cut(&bytes, &cuts)), &serve([&bytes[..]]));
    }

    #[test]
    fn a_byte_at_a_time_gives_the_same_events_and_answers(
        steps in prop::collection::vec(step(), 0..8),
    ) {
        let bytes = interleave(vec![steps]);
        assert_same(&serve(bytes.chunks(1)), &serve([&bytes[..]]));
    }
}

/// The bodies that arrived, by channel.
fn bodies(events: &[Event]) -> Vec<(u16, Bytes)> {
    let body = |event: &Event| match event {
        Event::Session { channel, event: SessionEvent::Command { body, .. } } => {
            Some((*channel, Bytes::from(body.concat())))
        }
        _ => None,
    };
    events.iter().filter_map(body).collect()
}

#[test]
fn messages_of_two_channels_may_interleave_frame_by_frame() {
    let first = vec![Step::Attach(1), Step::Transfer(1, 100, 7)];
    let second = vec![Step::Attach(2), Step::Transfer(2, 60, 9)];
    let heard = serve([&interleave(vec![first, second])[..]]);
    let body = |length: u8| Bytes::from((0..length).collect::<Vec<u8>>());
    assert_eq!(bodies(&heard.events), [(2, body(60)), (1, body(100))]);
}

#[test]
fn controls_may_stand_between_the_frames_of_a_message() {
    let transfer = vec![Step::Attach(1), Step::Transfer(1, 100, 30)];
    let controls = vec![Step::Heartbeat, Step::Heartbeat, Step::Flush(1), Step::Flush(1)];
    let heard = serve([&interleave(vec![transfer, controls])[..]]);
    assert_eq!(bodies(&heard.events).len(), 1);
}
