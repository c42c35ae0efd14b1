//! A plugin swapped for its new file.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// An exchange that matches every message with every binding, whatever the key.
fn every() -> Text {
    // Of one message and one binding the default index tells, by the key that everything has.
    Text::exchange("it")
}

fn swap(bench: &Bench, bytes: impl AsRef<[u8]>) {
    std::fs::write(bench.path(), bytes).unwrap();
}

#[test]
fn the_new_file_knows_what_the_old_one_was_told() {
    let bench = Bench::new();
    let (component, exchange) = bench.exchange(&every());
    exchange.bind(&binding(1, "a")).unwrap();
    exchange.bind(&binding(2, "b")).unwrap();
    exchange.unbind(BindingId(2)).unwrap();
    let nowhere =
        Text::exchange("it").entry("route", "(call $ok-bytes (i32.const 0) (i32.const 0))");
    swap(&bench, nowhere.build());
    reload(&bench, &component).unwrap();
    assert_eq!(routed(&*exchange, &[&message("a")]).unwrap(), []);
    swap(&bench, every().build());
    reload(&bench, &component).unwrap();
    let found = routed(&*exchange, &[&message("a"), &message("b")]).unwrap();
    assert_eq!(found, [(0, 1)]);
    assert_eq!(component.statistics().reloads, 2);
    bench.wait_for("it Info reloaded, version");
}

#[test]
fn on_any_failure_the_old_one_stays() {
    let bench = Bench::new();
    let (component, exchange) = bench.exchange(&every());
    exchange.bind(&binding(1, "a")).unwrap();
    let refuses = Text::exchange("it").entry("bind", "(call $unsupported)");
    let reads_more = Text::exchange("it").entry("bind", "(call $ok-number (i32.const 8))");
    let bad = [
        (b"no component".to_vec(), "the file is no WASM component"),
        (Text::filter("it").build(), "the new file offers filter 'it', wanted is exchange 'it'"),
        (Text::exchange("at").build(), "the new file offers exchange 'at'"),
        (Text::exchange("it").entry("create", "unreachable").build(), "the creation of exchange"),
        (refuses.build(), "number 1 of exchange 'orders' is not taken by the new file"),
        (reads_more.build(), "reads more than the routing key"),
    ];
    for (bytes, wanted) in bad {
        swap(&bench, bytes);
        let error = reload(&bench, &component).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
        assert_eq!(routed(&*exchange, &[&message("a")]).unwrap(), [(0, 1)]);
    }
    assert_eq!(component.statistics().reloads, 0);
}

#[test]
fn a_filter_that_reads_more_than_what_is_remembered_is_not_taken() {
    let bench = Bench::new();
    let (component, filter) = bench.filter(&Text::filter("it"));
    filter.compile("=a").unwrap();
    let more = Text::filter("it").entry("compile", "(call $ok-number (i32.const 4))");
    swap(&bench, more.build());
    let error = reload(&bench, &component).unwrap_err().to_string();
    assert!(error.contains("number 1 of filter 'it' is not taken"), "{error}");
    assert!(error.contains("reads more than the routing key"), "{error}");
}

#[test]
fn new_code_is_asked_although_the_old_one_was_left_alone() {
    let mut bench = Bench::new();
    (bench.settings.traps_max, bench.settings.retry_ms) = (1, 1_000_000);
    let (component, filter) = bench.filter(&Text::filter("it").entry("matches", "unreachable"));
    let (all, _) = filter.compile("true").unwrap();
    let ask = || matched(&*filter, &[&message("a")], &[all]);
    assert!(ask().is_err() && ask().unwrap_err().text().contains("left alone"));
    swap(&bench, Text::filter("it").build());
    reload(&bench, &component).unwrap();
    assert_eq!(ask().unwrap(), [(0, 0)]);
}

#[test]
fn under_load_every_message_is_routed_once() {
    let bench = Bench::with_workers(3);
    let (component, exchange) = bench.exchange(&every());
    for id in 1..=20 {
        exchange.bind(&binding(id, &id.to_string())).unwrap();
    }
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for thread in 0..4u64 {
            let (exchange, is_over) = (&exchange, &is_over);
            scope.spawn(move || {
                let mut round = thread;
                while !is_over.load(Ordering::Relaxed) {
                    let id = round % 20 + 1;
                    let found = routed(&**exchange, &[&message(&id.to_string())]).unwrap();
                    assert_eq!(found, [(0, id)]);
                    round += 1;
                    if round % 50 == 0 {
                        let own = 1_000 + round * 4 + thread;
                        exchange.bind(&binding(own, "own")).unwrap();
                        exchange.unbind(BindingId(own)).unwrap();
                    }
                }
            });
        }
        for _ in 0..20 {
            reload(&bench, &component).unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
    });
    assert_eq!(component.statistics().traps, 0);
}
