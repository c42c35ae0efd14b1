//! AMQP 0-10: taking frames and assemblies apart, reading a header, writing a transfer, and a whole
//! connection's state over a batch of them.

use std::hint::black_box;

use bytes::{Buf, BytesMut};
use criterion::{BatchSize, Criterion, Throughput};
use philter_protocol::v0_10::assembly::Assembler;
use philter_protocol::v0_10::command::CommandSegment;
use philter_protocol::v0_10::connection::Transfer;
use philter_protocol::v0_10::control::{Completed, Control};
use philter_protocol::v0_10::frame::{BodyPiece, Frame};
use philter_protocol::v0_10::headers::Headers;
use philter_protocol::v0_10::packed::Packed;
use philter_protocol::v0_10::structs::DeliveryProperties;
use philter_protocol::v0_10::{
    ClientConfig, CommandId, Connection, Event, FieldMap, RangeSet, ServerConfig, SessionEvent,
};

/// Messages of a batch: a full read of small ones.
const BATCH: u32 = 64;

/// The channel of the one session.
const CHANNEL: u16 = 1;

pub(crate) fn measure(criterion: &mut Criterion) {
    decoding(criterion);
    encoding(criterion);
    connections(criterion);
}

fn decoding(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    group.throughput(Throughput::Elements(u64::from(BATCH)));
    let bytes = batch(&mut pair().0);
    group.bench_function("64 transfers into assemblies", |bencher| {
        bencher.iter_batched_ref(
            || (BytesMut::from(&bytes[..]), Assembler::default()),
            |(inbox, assembler)| {
                while let Some(frame) = Frame::take(inbox, u16::MAX).unwrap() {
                    black_box(assembler.push(frame).unwrap());
                }
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
    let header = header();
    criterion.bench_function("decode/a header", |bencher| {
        bencher.iter(|| Headers::parse(black_box(&header)).unwrap().delivery.priority);
    });
    let completed = completed();
    criterion.bench_function("decode/session.completed of 16 ranges", |bencher| {
        bencher.iter(|| Control::decode(black_box(&completed)).unwrap());
    });
}

fn encoding(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode");
    group.throughput(Throughput::Elements(u64::from(BATCH)));
    let (mut client, _) = pair();
    group.bench_function("64 transfers", |bencher| {
        bencher.iter(|| black_box(batch(&mut client)));
    });
    group.finish();
    let segment = CommandSegment {
        sync: false,
        command: philter_protocol::v0_10::command::MessageAccept {
            transfers: RangeSet::range(CommandId(1), CommandId(100)),
        }
        .into(),
    };
    criterion.bench_function("encode/message.accept", |bencher| {
        bencher.iter(|| black_box(&segment).encode());
    });
}

/// A broker's whole work on what comes in, but for what it does with the messages.
fn connections(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("connection");
    group.throughput(Throughput::Elements(u64::from(BATCH)));
    let (mut client, mut server) = pair();
    group.bench_function("64 transfers fed, completed and reported", |bencher| {
        bencher.iter_batched_ref(
            || BytesMut::from(&batch(&mut client)[..]),
            |inbox| {
                server.feed(inbox, 0);
                while let Some(event) = server.poll_event() {
                    if let Event::Session { event: SessionEvent::Command { id, .. }, .. } = event {
                        server.complete(CHANNEL, id);
                    }
                }
                server.report_completed();
                let length = server.output().remaining();
                server.output().advance(length);
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

/// A batch of transfers of 100 bytes, as a client writes them.
fn batch(client: &mut Connection) -> Vec<u8> {
    let header = header();
    let body = [b'x'; 100];
    for _ in 0..BATCH {
        let transfer = Transfer {
            destination: "",
            accept_mode: 1,
            acquire_mode: 0,
            header: &[&header],
            body_bytes: body.len(),
            sync: false,
        };
        let pieces = [BodyPiece::Slice(&body)].into_iter();
        client.transfer(CHANNEL, &transfer, pieces).unwrap();
    }
    let output = client.output();
    output.copy_to_bytes(output.remaining()).to_vec()
}

fn header() -> Vec<u8> {
    let routing_key = Some("a-queue-of-usual-length".to_owned());
    let mut header = Vec::new();
    DeliveryProperties { routing_key, ..DeliveryProperties::default() }.write_struct32(&mut header);
    header
}

fn completed() -> Vec<u8> {
    let mut commands = RangeSet::default();
    for index in 0..16 {
        commands.add_range(CommandId(index * 10), CommandId(index * 10 + 5));
    }
    Control::from(Completed { commands, timely_reply: false }).encode()
}

/// A client and a server with a session between them.
fn pair() -> (Connection, Connection) {
    let mut client = Connection::client(
        ClientConfig {
            properties: FieldMap::new(),
            virtual_host: String::new(),
            heartbeat_s: 0,
            frame_bytes_max: u16::MAX,
        },
        0,
    );
    let mut server = Connection::server(
        ServerConfig {
            mechanisms: vec!["ANONYMOUS".to_owned()],
            properties: FieldMap::new(),
            known_hosts: Vec::new(),
            heartbeat_max_s: 0,
            negotiation_ms_max: u64::MAX,
        },
        0,
    );
    let mut is_attached = false;
    while !is_attached {
        pass(&mut client, &mut server);
        while let Some(event) = server.poll_event() {
            match event {
                Event::SaslStart { .. } => server.sasl_success(),
                Event::Open { .. } => server.accept_open(),
                Event::Session { event: SessionEvent::Attach { .. }, .. } => {
                    server.attached(CHANNEL);
                }
                _ => {}
            }
        }
        pass(&mut server, &mut client);
        while let Some(event) = client.poll_event() {
            match event {
                Event::Mechanisms { .. } => client.sasl_start("ANONYMOUS", None),
                Event::Opened => client.attach(CHANNEL, b"bench").unwrap(),
                Event::Session { event: SessionEvent::Attached, .. } => is_attached = true,
                _ => {}
            }
        }
    }
    pass(&mut client, &mut server);
    (client, server)
}

fn pass(from: &mut Connection, to: &mut Connection) {
    let output = from.output();
    let mut bytes = BytesMut::from(&output.copy_to_bytes(output.remaining())[..]);
    to.feed(&mut bytes, 0);
}
