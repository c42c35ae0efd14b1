//! What routing costs a message, through the ABI as the broker calls it: each standard exchange
//! type with 1,000 bindings of which one matches; and a plugin call with nothing to do.

#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput};
use philter_plugin_api::abi::host::{HostServices, Library};
use philter_plugin_api::testing::{Arguments, MockMessage, arguments, binding, context};
use philter_plugin_api::{
    BindingId, Event, Exchange, InstanceId, Level, Matches, MessageView, Value,
};
use philter_tests::artifacts::artifacts;

/// Bindings of each exchange.
const BINDINGS: u64 = 1_000;

/// Messages of a batch.
const BATCH: usize = 64;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for type_name in ["direct", "topic", "headers"] {
        let exchange = exchange(type_name);
        for number in 0..BINDINGS {
            let (key, arguments) = bound_by(type_name, number);
            exchange.bind(&binding(number, "queue", &key, &arguments)).unwrap();
        }
        let message = MockMessage::new("bench.q500.event").header("bench", Value::Int(500));
        route(&mut criterion, &format!("route/{type_name} of 1,000"), exchange.as_ref(), &message);
    }
    let fanout = exchange("fanout");
    let message = MockMessage::new("");
    route(&mut criterion, "plugin call/no binding", fanout.as_ref(), &message);
    for number in 0..10 {
        fanout.bind(&binding(number, "queue", "", &Arguments::default())).unwrap();
    }
    route(&mut criterion, "route/fanout to 10", fanout.as_ref(), &message);
    criterion.final_summary();
}

/// What a binding asks for: one of all matches the message.
fn bound_by(type_name: &str, number: u64) -> (String, Arguments) {
    match type_name {
        "topic" => (format!("bench.q{number}.*"), Arguments::default()),
        "headers" => {
            let number = i32::try_from(number).unwrap();
            let pairs = [("x-match", Value::from("all")), ("bench", Value::Int(number))];
            (number.to_string(), arguments(pairs))
        }
        _ => (format!("bench.q{number}.event"), Arguments::default()),
    }
}

/// Routes a message alone, and a batch of it in one call.
fn route(criterion: &mut Criterion, name: &str, exchange: &dyn Exchange, message: &MockMessage) {
    let mut group = criterion.benchmark_group(name);
    for count in [1, BATCH] {
        let batch = vec![message as &dyn MessageView; count];
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(format!("{count} a call"), |bencher| {
            bencher.iter(|| {
                let mut count = Count(0);
                exchange.route(black_box(&batch), &mut count).unwrap();
                count.0
            });
        });
    }
    group.finish();
}

struct Count(u64);

impl Matches for Count {
    fn push(&mut self, _index: usize, _id: BindingId) {
        self.0 += 1;
    }
}

/// An exchange of a standard plugin's.
fn exchange(type_name: &str) -> Box<dyn Exchange> {
    let file = format!("libphilter_exchange_{type_name}.so");
    let library = Library::open(&artifacts().plugin_dir.join(file), Arc::new(Silent)).unwrap();
    // A library is never unloaded; its exchanges outlive the value.
    library.create_exchange(type_name, &context("bench")).unwrap()
}

/// A host whose plugins say nothing that matters here.
struct Silent;

impl HostServices for Silent {
    fn log(&self, _plugin: &str, _level: Level, _text: &str) {}

    fn notify(&self, _plugin: &str, _instance: InstanceId, _event: Event, _value: &Value) {}
}
