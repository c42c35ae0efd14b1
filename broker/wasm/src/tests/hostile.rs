//! Plugins that loop, trap, hoard and lie: what it costs, and what the operator reads.

use philter_plugin_api::ErrorKind;

use super::*;
use crate::BreakerState;

const LOOP: &str = "(loop $for-ever (br $for-ever)) unreachable";

/// Calls a filter whose `matches` has this body, by the key `t`; other keys are decided well.
fn on_key_t(body: &str) -> Text {
    let is_t = "(i32.eq (i32.load8_u (call $part (local.get $batch) (i32.const 0) (i32.const 0))) \
                (i32.const 116))";
    let rest = "(call $default-matches (local.get $batch) (local.get $batch-bytes) \
                (local.get $handles) (local.get $handles-count))";
    let body = format!("(if {is_t} (then {body})) {rest}");
    Text::filter("it").entry("matches", &body)
}

/// What a message with the key `t` fails with.
fn failure(bench: &Bench, text: &Text) -> (Component, Box<dyn Filter>, FilterHandle, String) {
    let (component, filter) = bench.filter(text);
    let (all, _) = filter.compile("true").unwrap();
    let error = matched(&*filter, &[&message("t")], &[all]).unwrap_err();
    // Another message is nobody's worse.
    assert_eq!(matched(&*filter, &[&message("a")], &[all]).unwrap(), [(0, 0)]);
    (component, filter, all, error.text().to_owned())
}

#[test]
fn an_endless_loop_costs_its_call() {
    let bench = Bench::new();
    let (component, _filter, _, error) = failure(&bench, &on_key_t("(loop $x (br $x))"));
    assert_eq!(
        error,
        "plugin 'it': the call took more than 5 ms of the thread's time (in matches)"
    );
    let statistics = component.statistics();
    assert_eq!((statistics.traps, statistics.deadline_hits), (1, 1));
    let logged =
        "it Error filter 'it': the call took more than 5 ms of the thread's time (in matches)";
    assert_eq!(bench.lines(), [logged]);
    assert_eq!(statistics.last_error.as_deref(), logged.strip_prefix("it Error "));
}

#[test]
fn a_trap_costs_its_call() {
    let bench = Bench::with_workers(1);
    let (component, _filter, _, error) = failure(&bench, &on_key_t("unreachable"));
    assert!(error.contains("trap: it gave up (unreachable)"), "{error}");
    assert_eq!((component.statistics().traps, component.statistics().instances), (1, 1));
}

#[test]
fn deep_recursion_costs_its_call() {
    let bench = Bench::new();
    let code = "(func $deeper (param i32) (result i32)
        (i32.add (call $deeper (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))";
    let text = on_key_t("(drop (call $deeper (i32.const 0)))").code(code);
    let (_component, _filter, _, error) = failure(&bench, &text);
    assert!(error.contains("it called itself too deeply, its stack is used up"), "{error}");
}

#[test]
fn a_hunger_for_memory_costs_its_call() {
    let mut bench = Bench::new();
    bench.settings.memory_bytes_max = 2 << 20;
    let grow = "(loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
        unreachable";
    let (component, _filter, _, error) = failure(&bench, &on_key_t(grow));
    assert!(error.contains("it wanted more memory than the 2097152 bytes it may have"), "{error}");
    let statistics = component.statistics();
    assert_eq!(statistics.refused_memory, 1);
    assert!(statistics.memory_bytes < 2 << 20, "what the lost one had is free");
}

#[test]
fn answers_that_are_none_are_faults() {
    let bench = Bench::new();
    let wrong = "(return (call $ok-bytes (i32.const 2048) (i32.const 2)))";
    let (component, _filter, _, error) = failure(&bench, &on_key_t(wrong));
    let wanted = "matches answered 2 bytes for 1 messages and 1 expressions, wanted are 1";
    assert!(error.ends_with(wanted), "{error}");
    assert_eq!((component.statistics().faults, component.statistics().traps), (1, 0));
    let spare = "(i32.store8 (i32.const 2048) (i32.const 255)) \
                 (return (call $ok-bytes (i32.const 2048) (i32.const 1)))";
    let (component, _filter, _, error) = failure(&bench, &on_key_t(spare));
    assert!(error.contains("bits behind those of 1 messages and 1 expressions"), "{error}");
    assert_eq!(component.statistics().faults, 1);
    // An answer outside its memory is the component model's to catch.
    let outside = "(return (call $ok-bytes (i32.const 2147483640) (i32.const 2000)))";
    let (component, _filter, _, error) = failure(&bench, &on_key_t(outside));
    assert!(error.contains("out of bounds"), "{error}");
    assert_eq!(component.statistics().traps, 1);
}

#[test]
fn an_error_text_that_is_no_text_is_a_trap() {
    let bench = Bench::new();
    let bad = "(return (call $fail (i32.const 0) (i32.const 2048) (i32.const 2)))";
    let text = on_key_t(bad).code(r#"(data (i32.const 2048) "\ff\fe")"#);
    let (_component, _filter, _, error) = failure(&bench, &text);
    assert!(error.contains("utf-8"), "{error}");
}

#[test]
fn matches_that_nobody_can_have_are_faults() {
    let bench = Bench::new();
    let answer = |record: &str, count: usize| {
        let data = format!(r#"(data (i32.const 2048) "{record}")"#);
        let bytes = count * 16;
        let body = format!("(call $ok-bytes (i32.const 2048) (i32.const {bytes}))");
        let (component, exchange) =
            bench.exchange(&Text::exchange("it").code(&data).entry("route", &body));
        exchange.bind(&binding(1, "a")).unwrap();
        let error = routed(&*exchange, &[&message("a")]).unwrap_err();
        assert_eq!(component.statistics().faults, 1);
        error.text().to_owned()
    };
    let unknown = answer(r"\00\00\00\00\00\00\00\00\63\00\00\00\00\00\00\00", 1);
    assert!(unknown.ends_with("route answered with the binding 99, which does not exist"));
    let past = answer(r"\07\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00", 1);
    assert!(past.ends_with("route answered for message 7 of a batch of 1"), "{past}");
    let spare = answer(r"\00\00\00\00\05\00\00\00\01\00\00\00\00\00\00\00", 1);
    assert!(spare.contains("with 5 in the bytes 4 to 7 of a match"), "{spare}");
    let many = answer(r"\00\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00", 3_000);
    let wanted = "route answered 3000 matches for 1 messages and 1 bindings";
    assert!(many.ends_with(wanted), "{many}");
}

#[test]
fn a_match_that_is_repeated_does_no_harm() {
    let bench = Bench::new();
    let record = r"\00\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00".repeat(5);
    let data = format!(r#"(data (i32.const 2048) "{record}")"#);
    let body = "(call $ok-bytes (i32.const 2048) (i32.const 80))";
    let (component, exchange) =
        bench.exchange(&Text::exchange("it").code(&data).entry("route", body));
    exchange.bind(&binding(1, "a")).unwrap();
    assert_eq!(routed(&*exchange, &[&message("a")]).unwrap(), [(0, 1); 5]);
    assert_eq!(component.statistics().faults, 0);
}

/// `bind` with this in front.
fn bind_after(body: &str) -> Text {
    let rest = "(call $default-bind (local.get $id) (local.get $key) (local.get $key-bytes) \
                (local.get $arguments) (local.get $arguments-bytes) (local.get $context) \
                (local.get $context-bytes))";
    Text::exchange("it").entry("bind", format!("{body} {rest}"))
}

#[test]
fn what_a_new_instance_does_not_survive_is_broken_and_costs_nothing_else() {
    let bench = Bench::with_workers(1);
    // The binding 2 is taken as the second one and is a trap as the first: as nobody tells it.
    let body = "(if (i32.and (i64.eq (local.get $id) (i64.const 2)) \
                (i32.eqz (global.get $seen))) (then unreachable)) \
                (global.set $seen (i32.const 1))";
    let is_t = "(i32.eq (i32.load8_u (call $part (local.get $batch) (i32.const 0) (i32.const 0))) \
                (i32.const 116))";
    let rest = "(call $default-route (local.get $batch) (local.get $batch-bytes))";
    let text = bind_after(body)
        .code("(global $seen (mut i32) (i32.const 0))")
        .entry("route", format!("(if {is_t} (then unreachable)) {rest}"));
    let (component, exchange) = bench.exchange(&text);
    exchange.bind(&binding(1, "a")).unwrap();
    exchange.bind(&binding(2, "b")).unwrap();
    exchange.bind(&binding(3, "a")).unwrap();
    exchange.unbind(BindingId(1)).unwrap();
    assert!(routed(&*exchange, &[&message("t")]).is_err());
    let found = routed(&*exchange, &[&message("a"), &message("b")]).unwrap();
    assert_eq!(found, [(0, 3)]);
    assert_eq!(component.statistics().broken, 1);
    bench.wait_for("exchange 'orders': number 2 is broken, a new instance says: trap");
    exchange.unbind(BindingId(2)).unwrap();
}

#[test]
fn who_comes_while_the_only_instance_is_made_again_waits_for_it() {
    let mut bench = Bench::with_workers(1);
    (bench.settings.call_ms_max, bench.settings.traps_max) = (10_000, 1_000_000);
    // Longer than a thread makes one at once.
    let spin = "(global.set $turns (i32.const 20000000)) (loop $again (global.set $turns (i32.sub \
                (global.get $turns) (i32.const 1))) (br_if $again (global.get $turns)))";
    let create = "(call $default-create (local.get $configuration) \
                  (local.get $configuration-bytes) (local.get $context) \
                  (local.get $context-bytes))";
    let text = on_key_t("unreachable")
        .code("(global $turns (mut i32) (i32.const 0))")
        .entry("create", format!("{spin} {create}"));
    let (_component, filter) = bench.filter(&text);
    let (all, _) = filter.compile("true").unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let filter = &filter;
            scope.spawn(move || {
                for _ in 0..5 {
                    assert!(matched(&**filter, &[&message("t")], &[all]).is_err());
                    let found = matched(&**filter, &[&message("a")], &[all]);
                    assert_eq!(found.unwrap(), [(0, 0)]);
                }
            });
        }
    });
}

#[test]
fn what_clients_bind_opens_no_breaker() {
    let mut bench = Bench::new();
    bench.settings.traps_max = 2;
    let (component, exchange) = bench
        .exchange(&bind_after("(if (i64.eq (local.get $id) (i64.const 9)) (then unreachable))"));
    exchange.bind(&binding(1, "a")).unwrap();
    for _ in 0..5 {
        assert!(exchange.bind(&binding(9, "b")).is_err());
    }
    assert_eq!(component.statistics().traps, 5);
    assert_eq!(routed(&*exchange, &[&message("a")]).unwrap(), [(0, 1)]);
    assert_eq!(component.statistics().breaker, BreakerState::Closed);
}

#[test]
fn bind_that_traps_or_loops_changes_nothing() {
    for (body, wanted) in [("unreachable", "gave up"), (LOOP, "took more than 5 ms")] {
        let mut bench = Bench::new();
        bench.settings.create_ms_max = 5;
        let is_bad = "(i32.eq (i32.load8_u (local.get $key)) (i32.const 33))";
        let body = format!("(if {is_bad} (then {body}))");
        let (_component, exchange) = bench.exchange(&bind_after(&body));
        exchange.bind(&binding(1, "a")).unwrap();
        let error = exchange.bind(&binding(2, "!")).unwrap_err();
        assert!(error.text().contains(wanted), "{error}");
        let found = routed(&*exchange, &[&message("a"), &message("!")]);
        assert_eq!(found.unwrap(), [(0, 1)]);
        assert_eq!(exchange.unbind(BindingId(2)).unwrap_err().kind(), ErrorKind::NotFound);
    }
}

#[test]
fn who_fails_again_and_again_is_left_alone_and_tried_again() {
    let mut bench = Bench::new();
    (bench.settings.traps_max, bench.settings.retry_ms) = (3, 2_000);
    let (component, filter) = bench.filter(&on_key_t("unreachable"));
    let (all, _) = filter.compile("true").unwrap();
    let ask = |key: &str| matched(&*filter, &[&message(key)], &[all]);
    for _ in 0..3 {
        assert!(ask("t").is_err());
    }
    assert_eq!(component.statistics().traps, 3);
    assert_eq!(component.statistics().breaker, BreakerState::Open);
    let error = ask("a").unwrap_err();
    let wanted = "plugin 'it': it failed 3 times in a row and is left alone for 2000 ms";
    assert_eq!(error.text(), wanted);
    while component.statistics().breaker == BreakerState::Open {
        std::thread::yield_now();
    }
    assert_eq!(ask("a").unwrap(), [(0, 0)]);
    assert_eq!(component.statistics().breaker, BreakerState::Closed);
    assert_eq!(component.statistics().breaker_opened, 1);
    let wanted =
        "it Error filter 'it': breaker open after 3 failures in a row, next try in 2000 ms";
    assert!(bench.lines().iter().any(|line| line == wanted));
    let closed = "it Info filter 'it': breaker closed, it answers again";
    assert!(bench.lines().iter().any(|line| line == closed));
}

#[test]
fn a_lost_instance_is_made_again_with_what_it_knew() {
    let bench = Bench::with_workers(1);
    let is_t = "(i32.eq (i32.load8_u (call $part (local.get $batch) (i32.const 0) (i32.const 0))) \
                (i32.const 116))";
    let rest = "(call $default-route (local.get $batch) (local.get $batch-bytes))";
    let body = format!("(if {is_t} (then unreachable)) {rest}");
    let (_component, exchange) = bench.exchange(&Text::exchange("it").entry("route", &body));
    for id in 1..=500 {
        exchange.bind(&binding(id, &format!("k{id}"))).unwrap();
    }
    assert!(routed(&*exchange, &[&message("t")]).is_err());
    assert_eq!(routed(&*exchange, &[&message("k7")]).unwrap(), [(0, 7)]);
}

#[test]
fn one_that_gives_no_memory_back_is_followed_by_another_that_knows_as_much() {
    let mut bench = Bench::with_workers(1);
    bench.settings.memory_bytes_max = 8 << 20;
    let rest = "(call $default-route (local.get $batch) (local.get $batch-bytes))";
    let body = format!("(drop (memory.grow (i32.const 1))) {rest}");
    let (component, exchange) = bench.exchange(&Text::exchange("it").entry("route", &body));
    exchange.bind(&binding(1, "a")).unwrap();
    for _ in 0..3 {
        let mut most = 0;
        while component.statistics().memory_bytes >= most {
            most = component.statistics().memory_bytes;
            assert_eq!(routed(&*exchange, &[&message("a")]).unwrap(), [(0, 1)]);
        }
    }
    assert_eq!(component.statistics().traps, 0);
}

#[test]
fn what_it_logs_passes_for_nothing_else_and_fills_no_disk() {
    let bench = Bench::new();
    let log = "(call $log (i32.const 3) (i32.const 2048) (i32.const 14))";
    let more = "(global.set $left (i32.const 2000)) (loop $again (call $log (i32.const 2) \
                (i32.const 2048) (i32.const 3)) (global.set $left (i32.sub (global.get $left) \
                (i32.const 1))) (br_if $again (global.get $left)))";
    let rest = "(call $default-create (local.get $configuration) \
                (local.get $configuration-bytes) (local.get $context) (local.get $context-bytes))";
    let code = r#"(data (i32.const 2048) "one\0atwo\1b\0d\0a\ttre")
        (global $left (mut i32) (i32.const 0))"#;
    let text = Text::filter("it").code(code).entry("create", format!("{log} {more} {rest}"));
    let (_component, _filter) = bench.filter(&text);
    let lines = bench.lines();
    let first = ["it Warn one", "it Warn two\\u{1b}", "it Warn \ttre", "it Info one"];
    assert_eq!(lines[..4], first);
    assert!(
        lines.len() <= 1_001 || lines.iter().any(|line| line.contains("a second are left out"))
    );
    bench.wait_for("more than 1000 lines a second are left out");
}

#[test]
fn its_lines_have_its_name() {
    let bench = Bench::new();
    let body = "(call $log (i32.const 3) (i32.const 2048) (i32.const 5)) (call $default-create \
                (local.get $configuration) (local.get $configuration-bytes) (local.get $context) \
                (local.get $context-bytes))";
    let data = r#"(data (i32.const 2048) "hello")"#;
    let text = Text::filter("it").code(data).entry("create", body);
    let (_component, _filter) = bench.filter(&text);
    bench.wait_for("it Warn hello");
}
