//! What routing by query costs a message: many bindings with distinct predicates, of which one
//! matches, beside the parse of its body alone; and what a binding costs.
//!
//! Fails where fewer than 90 % of the bindings get an index entry.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a benchmark fails by panicking")]
#![allow(clippy::print_stdout, reason = "what a binding costs is printed, for it is no time")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion};
use philter_exchange_xml::XmlExchange;
use philter_plugin_api::testing::{Arguments, MockMessage, arguments, binding, context};
use philter_plugin_api::{BindingId, Exchange, Factory, Matches, MessageView, Value};

/// A body of 2 KiB and one of 20 KiB.
const WEATHER: &str = include_str!("../xquery/benches/documents/weather.xml");
const ALERTS: &str = include_str!("../xquery/benches/documents/alerts.xml");

/// Of bindings, how many must be found by the index.
const INDEXED_MIN: f64 = 0.9;

/// How the predicates of a set of bindings look; one of each set matches.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// A text and a bound.
    Text,
    /// Two bounds of a number.
    Range,
    /// As `Text`, but every tenth compares two paths by arithmetic, which only evaluating does.
    TenthResidual,
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    parse(&mut criterion);
    for shape in [Shape::Text, Shape::Range, Shape::TenthResidual] {
        for count in [1_000, 100_000] {
            if count > 1_000 && matches!(shape, Shape::TenthResidual) {
                continue;
            }
            let exchange = bound(shape, count);
            for (size, body) in [("2 KiB", WEATHER), ("20 KiB", ALERTS)] {
                let name = format!("{size}, {shape:?}");
                route(&mut criterion, &name, count, &exchange, body);
            }
        }
    }
    bind(&mut criterion);
    criterion.final_summary();
}

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse alone");
    for (size, body) in [("2 KiB", WEATHER), ("20 KiB", ALERTS)] {
        group.bench_function(size, |bencher| {
            bencher.iter(|| roxmltree::Document::parse(black_box(body)).unwrap());
        });
    }
}

fn query(shape: Shape, number: u64) -> Arguments {
    let text = match shape {
        Shape::TenthResidual if number % 10 == 9 => format!(
            "./observation/weather/temperature_f - ./observation/weather/dewpoint_f \
             > 100 + {number}"
        ),
        Shape::Text | Shape::TenthResidual => {
            let station = if number == 500 { "KRDU".to_owned() } else { format!("S{number}") };
            format!(
                "./observation/@station = '{station}' and \
                 ./observation/weather/temperature_f > {}",
                number % 70
            )
        }
        Shape::Range => {
            // Each a range of its own; the temperature of 78.1 is in that of number 500.
            let low = if number == 500 { 78.0 } else { 100.0 + as_f64(number) };
            let temperature = "./observation/weather/temperature_f";
            format!("{temperature} > {low:.1} and {temperature} < {:.1}", low + 0.5)
        }
    };
    arguments([("xquery", Value::String(text))])
}

fn as_f64(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap())
}

fn bound(shape: Shape, count: u64) -> XmlExchange {
    let exchange = XmlExchange::create(&context("xml")).unwrap();
    let before = resident_bytes();
    for number in 0..count {
        exchange.bind(&binding(number, "queue", "bench", &query(shape, number))).unwrap();
    }
    let each = resident_bytes().saturating_sub(before) / count;
    println!("{shape:?}: {each} bytes of memory a binding, of {count}");
    let state: serde_json::Value = serde_json::from_str(&exchange.inspect(None).unwrap()).unwrap();
    let indexed = state.get("indexed").and_then(serde_json::Value::as_u64).unwrap();
    println!("{shape:?}: {indexed} of {count} bindings are indexed");
    assert!(as_f64(indexed) >= INDEXED_MIN * as_f64(count), "{state}");
    exchange
}

/// The resident set, as the kernel says it in pages of 4 KiB.
fn resident_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    4096 * statm.split(' ').nth(1).unwrap().parse::<u64>().unwrap()
}

struct Count(usize);

impl Matches for Count {
    fn push(&mut self, _: usize, _: BindingId) {
        self.0 += 1;
    }
}

fn route(criterion: &mut Criterion, name: &str, count: u64, exchange: &XmlExchange, body: &str) {
    let message = MockMessage::new("bench").body(body);
    let batch: [&dyn MessageView; 1] = [&message];
    let mut matches = Count(0);
    exchange.route(&batch, &mut matches).unwrap();
    assert_eq!(matches.0, usize::from(body == WEATHER), "bindings that match");
    let mut group = criterion.benchmark_group(format!("route {name}"));
    group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
        bencher.iter(|| exchange.route(black_box(&batch), &mut matches));
    });
}

/// A bind and an unbind at 100,000 bindings, compiling included.
fn bind(criterion: &mut Criterion) {
    let exchange = bound(Shape::Text, 100_000);
    let mut group = criterion.benchmark_group("at 100,000 bindings");
    let mut number = 100_000;
    group.bench_function("bind, with compiling", |bencher| {
        bencher.iter_custom(|iterations| {
            let mut took = Duration::ZERO;
            for _ in 0..iterations {
                number += 1;
                let query = query(Shape::Text, number);
                let begun = Instant::now();
                exchange.bind(&binding(number, "queue", "bench", &query)).unwrap();
                took += begun.elapsed();
                exchange.unbind(BindingId(number)).unwrap();
            }
            took
        });
    });
    group.bench_function("unbind", |bencher| {
        bencher.iter_custom(|iterations| {
            let mut took = Duration::ZERO;
            for _ in 0..iterations {
                number += 1;
                let query = query(Shape::Text, number);
                exchange.bind(&binding(number, "queue", "bench", &query)).unwrap();
                let begun = Instant::now();
                exchange.unbind(BindingId(number)).unwrap();
                took += begun.elapsed();
            }
            took
        });
    });
}
