//! Sessions over connections without sockets: bytes go in, bytes come out.

mod drain;
mod dtx;
mod live;
mod memory;
mod publish;
mod resume;
mod settle;
mod subscribe;
mod transaction;

use std::sync::Arc;

use bytes::{Buf, Bytes, BytesMut};
use philter_protocol::preface::Preface;
use philter_protocol::v0_10::assembly::Assembler;
use philter_protocol::v0_10::command::{
    CommandSegment, Exception, MessageFlow, MessageSubscribe, MessageTransfer, QueueDeclare,
};
use philter_protocol::v0_10::control::{self, Control};
use philter_protocol::v0_10::frame::{Frame, SegmentKind};
use philter_protocol::v0_10::packed::Packed;
use philter_protocol::v0_10::structs::DeliveryProperties;
use philter_protocol::v0_10::value::{FieldMap, Value};
use philter_protocol::v0_10::{Command, RangeSet, ServerConfig};

use super::{Connection, Sessions, Surroundings};
use crate::auth::{Principal, SaslStep};
use crate::memory::MemoryGate;
use crate::net::Mailbox;
use crate::net::connection::{Driver, OUTBOX_BYTES_MAX};
use crate::session::live::Live;
use crate::store;
use crate::virtual_host::tests::Stage;
use crate::virtual_host::{VirtualHost, VirtualHosts};

const CHANNEL: u16 = 1;

/// What a client hears.
#[derive(Clone, Debug, PartialEq)]
enum Heard {
    Control(Control),
    Command(Command),
    /// The body of a message.
    Message(Bytes),
}

/// A broker without sockets.
struct World {
    host: Arc<VirtualHost>,
    live: Arc<Live>,
    sessions: Arc<Sessions>,
    stage: Stage,
}

impl World {
    fn new() -> Self {
        Self::on(Stage::new())
    }

    /// One with this limit on what messages take.
    fn with_memory(memory: Arc<MemoryGate>) -> Self {
        Self::on(Stage::with_memory(memory))
    }

    fn on(stage: Stage) -> Self {
        let host = Arc::clone(&stage.host);
        Self { host, live: Arc::default(), sessions: Arc::default(), stage }
    }

    /// A connection that is open.
    fn connect(&self) -> Wire {
        let surroundings = Surroundings {
            hosts: VirtualHosts::of(&self.host),
            mailbox: Mailbox::new(),
            live: Arc::clone(&self.live),
            sessions: Arc::clone(&self.sessions),
            local: "here".into(),
            peer: "there".into(),
            config: ServerConfig {
                mechanisms: vec!["ANONYMOUS".into()],
                properties: FieldMap::new(),
                known_hosts: Vec::new(),
                heartbeat_max_s: 0,
                negotiation_ms_max: 10_000,
            },
        };
        let mut wire = Wire {
            server: Connection::new(surroundings, 0),
            assembler: Assembler::default(),
            now_ms: 0,
        };
        wire.open();
        wire
    }

    /// A connection with a session.
    fn attach(&self, name: &str) -> Wire {
        let mut wire = self.connect();
        wire.attach(name, false);
        let heard = wire.hear();
        assert!(matches!(heard.first(), Some(Heard::Control(Control::Attached(_)))), "{heard:?}");
        wire.control(control::CommandPoint::default());
        wire
    }

    fn depth(&self, queue: &str) -> usize {
        self.host.queue(queue).unwrap().counts().0
    }
}

/// A client that speaks in frames of its own making.
struct Wire {
    server: Connection,
    assembler: Assembler,
    now_ms: u64,
}

impl Wire {
    fn open(&mut self) {
        self.feed(&Preface::V0_10.bytes());
        let properties = FieldMap::new().with("qpid.client_pid", Value::Int64(7));
        self.control_on(
            0,
            control::StartOk {
                client_properties: properties,
                mechanism: "ANONYMOUS".into(),
                ..control::StartOk::default()
            },
        );
        self.server.take_sasl_request().unwrap();
        let principal = Principal {
            identity: "me".into(),
            user_id: "me".into(),
            groups: Vec::new(),
            provider: "test".into(),
            expires_at_ms: None,
        };
        self.server.handle_sasl(SaslStep::Success(principal), 0);
        self.control_on(0, control::TuneOk::default());
        self.control_on(0, control::Open::default());
        let output = self.server.output();
        output.advance(output.remaining());
    }

    fn feed(&mut self, bytes: &[u8]) {
        let mut inbox = BytesMut::from(bytes);
        self.server.feed(&mut inbox, self.now_ms);
        assert!(inbox.is_empty(), "{} bytes left", inbox.len());
    }

    fn lose(&mut self) {
        self.server.handle_lost(self.now_ms);
    }

    fn control(&mut self, control: impl Into<Control>) {
        self.control_on(CHANNEL, control);
    }

    fn control_on(&mut self, channel: u16, control: impl Into<Control>) {
        self.feed(&frame(channel, 0x0f, SegmentKind::Control, &control.into().encode()));
    }

    fn attach(&mut self, name: &str, force: bool) {
        self.work(|wire| wire.control(control::Attach { name: name.as_bytes().to_vec(), force }));
    }

    /// Has a turn, and hears instead of its output that the store did not keep what that rests on.
    fn work<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let from = self.server.output().bytes_in_all();
        let (answer, appended) = store::turn(|| work(self));
        let awaited = appended.unwrap_or_default().awaited;
        if let Some(why) = awaited.iter().find_map(|(awaited, _)| awaited.outcome()?.err()) {
            self.server.output().drop_from(from);
            self.server.handle_store_failed(&why, self.now_ms);
        }
        answer
    }

    fn command(&mut self, command: impl Into<Command>) {
        let segment = CommandSegment { sync: false, command: command.into() }.encode();
        self.feed(&frame(CHANNEL, 0x0f, SegmentKind::Command, &segment));
    }

    /// Messages to a queue, all in one go.
    fn transfer(&mut self, queue: &str, bodies: &[&str]) {
        let bytes: Vec<u8> =
            bodies.iter().flat_map(|body| transfer_bytes("", queue, body)).collect();
        self.feed(&bytes);
    }

    fn declare(&mut self, queue: &str, arguments: &[(&str, i64)]) {
        let mut map = FieldMap::new();
        arguments.iter().for_each(|(name, value)| map.insert(name, Value::Int64(*value)));
        let arguments = Some(map);
        self.command(QueueDeclare { queue: queue.into(), arguments, ..Default::default() });
    }

    /// A subscription with credit for everything.
    fn subscribe(&mut self, queue: &str) {
        let (queue, destination) = (queue.into(), "d".into());
        self.command(MessageSubscribe { queue, destination, ..Default::default() });
        self.give_credit();
    }

    fn give_credit(&mut self) {
        for unit in [0, 1] {
            self.command(MessageFlow { destination: "d".into(), unit, value: u32::MAX });
        }
    }

    /// Lets the connection have turns until it is silent, and answers what it said.
    fn hear(&mut self) -> Vec<Heard> {
        let mut heard = Vec::new();
        loop {
            let has_more = self.work(|wire| wire.server.pull(OUTBOX_BYTES_MAX, wire.now_ms));
            let output = self.server.output();
            let bytes = output.copy_to_bytes(output.remaining());
            if bytes.is_empty() && !has_more {
                return heard;
            }
            self.read(BytesMut::from(&bytes[..]), &mut heard);
        }
    }

    fn read(&mut self, mut bytes: BytesMut, heard: &mut Vec<Heard>) {
        while let Some(frame) = Frame::take(&mut bytes, u16::MAX).unwrap() {
            if frame.kind == SegmentKind::Control {
                heard.push(Heard::Control(Control::decode(&frame.payload).unwrap()));
            } else if let Some(assembly) = self.assembler.push(frame).unwrap() {
                match CommandSegment::decode(&assembly.command).unwrap().command {
                    Command::MessageTransfer(_) => {
                        heard.push(Heard::Message(assembly.body.concat().into()));
                    }
                    command => heard.push(Heard::Command(command)),
                }
            }
        }
    }

    /// The last set of completed commands among what is heard.
    fn completed(&mut self) -> RangeSet {
        let heard = self.hear().into_iter().rev();
        let completed = |heard| match heard {
            Heard::Control(Control::Completed(completed)) => Some(completed.commands),
            _ => None,
        };
        heard.filter_map(completed).next().unwrap_or_default()
    }

    fn exception(&mut self) -> Exception {
        let exception = |heard| match heard {
            Heard::Command(Command::Exception(exception)) => Some(exception),
            _ => None,
        };
        self.hear().into_iter().find_map(exception).unwrap()
    }

    fn messages(&mut self) -> Vec<Bytes> {
        let body = |heard| match heard {
            Heard::Message(body) => Some(body),
            _ => None,
        };
        self.hear().into_iter().filter_map(body).collect()
    }
}

/// The frames of a message to an exchange.
fn transfer_bytes(exchange: &str, key: &str, body: &str) -> Vec<u8> {
    message_bytes(
        exchange,
        body,
        &DeliveryProperties { routing_key: Some(key.into()), ..Default::default() },
    )
}

fn message_bytes(exchange: &str, body: &str, delivery: &DeliveryProperties) -> Vec<u8> {
    let command =
        MessageTransfer { destination: exchange.into(), ..MessageTransfer::default() }.into();
    let segment = CommandSegment { sync: false, command }.encode();
    let mut header = Vec::new();
    delivery.write_struct32(&mut header);
    let mut bytes = frame(CHANNEL, 0x0b, SegmentKind::Command, &segment);
    bytes.extend(frame(CHANNEL, 0x03, SegmentKind::Header, &header));
    bytes.extend(frame(CHANNEL, 0x07, SegmentKind::Body, body.as_bytes()));
    bytes
}

fn control_bytes(control: impl Into<Control>) -> Vec<u8> {
    frame(CHANNEL, 0x0f, SegmentKind::Control, &control.into().encode())
}

fn frame(channel: u16, flags: u8, kind: SegmentKind, payload: &[u8]) -> Vec<u8> {
    let (kind, track) = match kind {
        SegmentKind::Control => (0, 0),
        SegmentKind::Command => (1, 1),
        SegmentKind::Header => (2, 1),
        SegmentKind::Body => (3, 1),
    };
    let size = u16::try_from(payload.len() + 12).unwrap().to_be_bytes();
    let channel = channel.to_be_bytes();
    let header = [flags, kind, size[0], size[1], 0, track, channel[0], channel[1], 0, 0, 0, 0];
    [&header[..], payload].concat()
}

fn set(first: u32, last: u32) -> RangeSet {
    use philter_protocol::v0_10::CommandId;
    RangeSet::range(CommandId(first), CommandId(last))
}
