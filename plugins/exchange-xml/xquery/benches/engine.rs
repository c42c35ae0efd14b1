//! What a document, a query and an evaluation cost: `cargo bench -p philter-xquery`.
//!
//! `weather.xml` and `order.xml` have 2 KiB, `alerts.xml` has 20 KiB. The predicate runs on a
//! parsed document, by this engine and by xee-xpath's, whose numbers are for comparison.
#![allow(
    clippy::expect_used,
    reason = "a benchmark that can't set itself up has nothing to measure"
)]

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use philter_xquery::{Document, DocumentLimits, DocumentReader, Evaluation, Options, Query};
use xee_interpreter::context::{DocumentsRef, StaticContext};
use xee_interpreter::sequence::Item;
use xot::Xot;

const WEATHER: &str = include_str!("documents/weather.xml");
const ORDER: &str = include_str!("documents/order.xml");
const ALERTS: &str = include_str!("documents/alerts.xml");

/// Two terms, as a binding has them.
const PREDICATE: &str =
    "./observation/weather/temperature_f > 50 and ./observation/weather/wind_speed_mph < 20";

/// What a binding may say at its longest.
const FILTER: &str = "
    declare default element namespace 'urn:example:order:2';
    declare variable $region as xs:string external := 'eu';
    let $order := ./order
    where $order/customer/@tier = ('gold', 'silver') and $order/total > 200
    return some $line in $order/lines/line
        satisfies starts-with($line/@sku, 'A-') and $line/quantity * $line/price > 50";

/// What an operator may ask of a document.
const REPORT: &str = "
    declare namespace atom = 'http://www.w3.org/2005/Atom';
    declare namespace cap = 'urn:oasis:names:tc:emergency:cap:1.2';
    <report>{
        for $entry in /atom:feed/atom:entry
        let $wind := $entry/cap:parameter[cap:valueName = 'wind_mph']/cap:value
        where $entry/cap:severity != 'Minor'
        group by $event := string($entry/cap:event)
        order by count($entry) descending, $event
        return <event name='{$event}' count='{count($entry)}' wind='{max($wind)}'>{
            for $title in distinct-values($entry/cap:areaDesc)
            order by $title
            return <area>{$title}</area>
        }</event>
    }</report>";

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    parsing(&mut criterion);
    predicate(&mut criterion);
    queries(&mut criterion);
    criterion.final_summary();
}

fn document(text: &str) -> Document {
    Document::parse(text, &DocumentLimits::default()).expect("a document that parses")
}

fn query(text: &str) -> Query {
    Query::compile(text, &Options::default()).expect("a query that compiles")
}

fn parsing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    for (name, text) in [("weather", WEATHER), ("order", ORDER), ("alerts", ALERTS)] {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(format!("{name}/roxmltree alone"), |bencher| {
            bencher.iter(|| roxmltree::Document::parse(black_box(text)).map(drop));
        });
        group.bench_function(format!("{name}/document"), |bencher| {
            let limits = DocumentLimits::default();
            bencher.iter(|| Document::parse(black_box(text), &limits));
        });
        group.bench_function(format!("{name}/by a reader"), |bencher| {
            let reader = DocumentReader::new(DocumentLimits::default());
            bencher.iter(|| reader.read(black_box(text.as_bytes())));
        });
    }
    group.finish();
}

fn predicate(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("two-term predicate");
    let (document, query) = (document(WEATHER), query(PREDICATE));
    let evaluation = Evaluation::new(&query).document(&document);
    assert!(evaluation.boolean().expect("an answer"), "the predicate must hold");
    group.bench_function("philter-xquery", |bencher| {
        bencher.iter(|| Evaluation::new(black_box(&query)).document(&document).boolean());
    });

    let context = StaticContext::default();
    let parsed = context.parse_xpath(PREDICATE).expect("a query that parses");
    let program = xee_xpath_compiler::compile(context, parsed).expect("a query that compiles");
    let mut arena = Xot::new();
    let root = arena.parse(WEATHER).expect("a document that parses");
    group.bench_function("xee-xpath", |bencher| {
        bencher.iter(|| {
            let mut builder = program.dynamic_context_builder();
            builder.context_item(Item::Node(root));
            builder.documents(DocumentsRef::new());
            let context = builder.build();
            let result = program.runnable(&context).many(&mut arena);
            result.map(|sequence| sequence.effective_boolean_value().is_ok())
        });
    });
    group.finish();
}

fn queries(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("query");
    let options = Options::default();
    group.bench_function("compile a predicate", |bencher| {
        bencher.iter(|| Query::compile(black_box(PREDICATE), &options));
    });
    group.bench_function("compile a filter", |bencher| {
        bencher.iter(|| Query::compile(black_box(FILTER), &options));
    });

    let (order, filter) = (document(ORDER), query(FILTER));
    assert!(Evaluation::new(&filter).document(&order).boolean().expect("an answer"));
    group.bench_function("filter of an order", |bencher| {
        bencher.iter(|| Evaluation::new(black_box(&filter)).document(&order).boolean());
    });

    let (alerts, report) = (document(ALERTS), query(REPORT));
    group.bench_function("report on 20 KiB of alerts", |bencher| {
        bencher.iter(|| Evaluation::new(black_box(&report)).document(&alerts).serialize());
    });

    let whole = query(".");
    group.throughput(Throughput::Bytes(ALERTS.len() as u64));
    group.bench_function("serialize 20 KiB of alerts", |bencher| {
        bencher.iter(|| Evaluation::new(black_box(&whole)).document(&alerts).serialize());
    });
    group.finish();
}
