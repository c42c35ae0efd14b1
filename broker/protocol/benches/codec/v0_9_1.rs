//! AMQP 0-9-1: publishes and acknowledgements in place and by events, deliveries and confirms.

use std::hint::black_box;

use bytes::{Buf, BytesMut};
use criterion::{BatchSize, Criterion, Throughput};
use philter_protocol::body::BodyPiece;
use philter_protocol::v0_9_1::connection::{DeliverHead, PublishHead};
use philter_protocol::v0_9_1::{
    ChannelEvent, ClientConfig, Connection, Event, Properties, ServerConfig, Table,
};

/// Messages of a batch: a full read of small ones.
const BATCH: u64 = 64;

/// The one channel.
const CHANNEL: u16 = 1;

/// Property flags and list: persistent.
const HEADER: &[u8] = b"\x10\0\x02";

const BODY: &[u8] = &[b'x'; 100];

const QUEUE: &str = "a-queue-of-usual-length";

pub(crate) fn measure(criterion: &mut Criterion) {
    coming_in(criterion);
    going_out(criterion);
    criterion.bench_function("0-9-1 decode/a property list", |bencher| {
        bencher.iter(|| Properties::parse(black_box(HEADER)).unwrap().delivery_mode);
    });
}

fn coming_in(criterion: &mut Criterion) {
    let (mut client, mut server) = pair();
    let publishes = publishes(&mut client);
    let acks = acks(&mut client);
    let mut group = criterion.benchmark_group("0-9-1 connection");
    group.throughput(Throughput::Elements(BATCH));
    group.bench_function("64 publishes taken in place", |bencher| {
        bencher.iter(|| {
            let mut rest = black_box(&publishes[..]);
            while let Some(found) = server.take_publish(rest, 1_024, 0) {
                black_box(found.body);
                rest = rest.get(found.bytes..).unwrap_or_default();
            }
            assert!(rest.is_empty());
        });
    });
    group.bench_function("64 acknowledgements taken in place", |bencher| {
        bencher.iter(|| {
            let mut rest = black_box(&acks[..]);
            while let Some(found) = server.take_ack(rest, 0) {
                black_box(found.delivery_tag);
                rest = rest.get(found.bytes..).unwrap_or_default();
            }
            assert!(rest.is_empty());
        });
    });
    for (name, bytes) in [("publishes", &publishes), ("acknowledgements", &acks)] {
        group.bench_function(format!("64 {name} fed"), |bencher| {
            bencher.iter_batched_ref(
                || BytesMut::from(&bytes[..]),
                |inbox| {
                    while !inbox.is_empty() {
                        server.feed(inbox, 0);
                        while let Some(event) = server.poll_event() {
                            black_box(event);
                        }
                    }
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

fn going_out(criterion: &mut Criterion) {
    let (_, mut server) = pair();
    let mut group = criterion.benchmark_group("0-9-1 encode");
    group.throughput(Throughput::Elements(BATCH));
    group.bench_function("64 deliveries", |bencher| {
        bencher.iter(|| {
            for delivery_tag in 0..BATCH {
                let head = DeliverHead {
                    consumer_tag: "ctag1.0123456789abcdef",
                    delivery_tag,
                    redelivered: false,
                    exchange: "",
                    routing_key: QUEUE,
                };
                let body = [BodyPiece::Slice(black_box(BODY))].into_iter();
                server.deliver(CHANNEL, &head, HEADER, BODY.len(), body);
            }
            drain(&mut server);
        });
    });
    group.bench_function("64 confirms", |bencher| {
        bencher.iter(|| {
            for delivery_tag in 0..BATCH {
                server.ack(CHANNEL, delivery_tag, false);
            }
            drain(&mut server);
        });
    });
    group.finish();
}

fn publishes(client: &mut Connection) -> Vec<u8> {
    for _ in 0..BATCH {
        let head = PublishHead { routing_key: QUEUE, ..PublishHead::default() };
        let body = [BodyPiece::Slice(BODY)].into_iter();
        client.publish(CHANNEL, &head, HEADER, BODY.len(), body);
    }
    take(client)
}

fn acks(client: &mut Connection) -> Vec<u8> {
    for delivery_tag in 0..BATCH {
        client.ack(CHANNEL, delivery_tag, false);
    }
    take(client)
}

fn take(connection: &mut Connection) -> Vec<u8> {
    let output = connection.output();
    output.copy_to_bytes(output.remaining()).to_vec()
}

fn drain(connection: &mut Connection) {
    let length = connection.output().remaining();
    connection.output().advance(length);
}

/// A client and a server with a channel between them.
fn pair() -> (Connection, Connection) {
    let mut client = Connection::client(
        ClientConfig {
            properties: Table::new(),
            virtual_host: "/".to_owned(),
            heartbeat_s: 0,
            frame_bytes_max: 131_072,
            channel_max: 10,
        },
        0,
    );
    let mut server = Connection::server(
        ServerConfig {
            mechanisms: vec!["PLAIN".to_owned()],
            properties: Table::new(),
            locales: vec!["en_US".to_owned()],
            channel_max: 10,
            frame_bytes_max: 131_072,
            heartbeat_s: 0,
            negotiation_ms_max: u64::MAX,
        },
        0,
    );
    let mut is_open = false;
    while !is_open {
        pass(&mut client, &mut server);
        while let Some(event) = server.poll_event() {
            match event {
                Event::SaslStart { .. } => server.sasl_success(),
                Event::Open { .. } => server.accept_open(),
                Event::Channel { event: ChannelEvent::Open, .. } => server.accept_channel(CHANNEL),
                _ => {}
            }
        }
        pass(&mut server, &mut client);
        while let Some(event) = client.poll_event() {
            match event {
                Event::Started { .. } => client.sasl_start("PLAIN", b""),
                Event::Opened => assert!(client.open_channel(CHANNEL)),
                Event::Channel { event: ChannelEvent::Opened, .. } => is_open = true,
                _ => {}
            }
        }
    }
    (client, server)
}

fn pass(from: &mut Connection, to: &mut Connection) {
    to.feed(&mut BytesMut::from(&take(from)[..]), 0);
}
