//! What a queue costs a message: push, pull and accept, empty and deep, and a purge.

#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::hint::black_box;
use std::sync::Arc;

use bytes::Bytes;
use criterion::{BatchSize, Criterion, Throughput};
use philter_model::message::{Format, Message, NewMessage};
use philter_model::queue::{ConsumerId, ConsumerSpec, Delivery, Queue, QueueSettings, Woken};

/// Messages of a batch.
const BATCH: usize = 64;

/// Messages of a deep queue.
const DEPTH: usize = 100_000;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    flows(&mut criterion);
    deep(&mut criterion);
    criterion.bench_function("message/made of a frame's bytes", |bencher| {
        let body = [Bytes::from_static(&[b'x'; 100])];
        let (exchange, publisher) = ("".into(), "me".into());
        bencher.iter(|| black_box(message(&body, &exchange, &publisher)));
    });
    criterion.final_summary();
}

/// Everything that is pushed is pulled and accepted, with nothing and with much before it.
fn flows(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("queue");
    group.throughput(Throughput::Elements(BATCH as u64));
    for (name, depth) in [("64 through an empty queue", 0), ("64 through a deep queue", DEPTH)] {
        let (mut queue, consumer) = queue(depth);
        let messages = messages(BATCH);
        let mut pulled = Vec::with_capacity(BATCH);
        group.bench_function(name, |bencher| {
            bencher.iter(|| flow(&mut queue, consumer, &messages, &mut pulled));
        });
    }
    group.finish();
}

fn flow(
    queue: &mut Queue,
    consumer: ConsumerId,
    messages: &[Arc<Message>],
    pulled: &mut Vec<Delivery>,
) {
    let mut woken = Woken::new();
    for message in messages {
        black_box(queue.push(Arc::clone(message), 0, &mut woken));
    }
    queue.pull(consumer, BATCH, u64::MAX, 0, pulled);
    let ids = pulled.drain(..).map(|delivery| delivery.id);
    black_box(queue.accept(consumer, ids, &mut woken));
}

fn deep(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("queue of 100,000");
    group.sample_size(10).throughput(Throughput::Elements(DEPTH as u64));
    let messages = messages(DEPTH);
    group.bench_function("filled", |bencher| {
        bencher.iter_batched_ref(
            || queue(0).0,
            |queue| push_all(queue, &messages),
            BatchSize::LargeInput,
        );
    });
    group.bench_function("purged", |bencher| {
        bencher.iter_batched_ref(
            || queue(DEPTH).0,
            |queue| black_box(queue.purge(DEPTH)),
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

/// A queue of such a depth, with a consumer that has credit.
fn queue(depth: usize) -> (Queue, ConsumerId) {
    let mut queue = Queue::new(QueueSettings::new("q"));
    push_all(&mut queue, &messages(depth));
    let spec =
        ConsumerSpec { acquires: true, is_exclusive: false, is_filtered: false, priority: 0 };
    let consumer = queue.subscribe(spec).unwrap();
    queue.resume(consumer);
    (queue, consumer)
}

fn push_all(queue: &mut Queue, messages: &[Arc<Message>]) {
    let mut woken = Woken::new();
    for message in messages {
        queue.push(Arc::clone(message), 0, &mut woken);
    }
}

fn messages(count: usize) -> Vec<Arc<Message>> {
    let body = [Bytes::from_static(&[b'x'; 100])];
    let (exchange, publisher) = ("".into(), "me".into());
    (0..count).map(|_| Arc::new(message(&body, &exchange, &publisher))).collect()
}

fn message(body: &[Bytes], exchange: &Arc<str>, publisher: &Arc<str>) -> Message {
    Message::new(&NewMessage {
        format: Format::V0_10,
        exchange: Arc::clone(exchange),
        routing_key: "a-queue-of-usual-length",
        publisher: Arc::clone(publisher),
        header: &[0; 33],
        body,
        is_durable: false,
        priority: 4,
        expires_at_ms: None,
    })
}
