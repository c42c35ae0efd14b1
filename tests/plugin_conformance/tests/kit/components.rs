//! Components with a fault each, and the rule that finds it.

use std::fs;

use philter_test_components::Component;

use crate::run::Run;

/// Calls that never end cost the test this long each.
pub(crate) const IMPATIENT: &[&str] =
    &["--settings", r#"{"call_ms_max": 5, "create_ms_max": 200}"#];

/// What the default filter takes.
const EXPRESSIONS: &[&str] = &["--expression", "=a.b", "--expression", "^plain"];

/// The parameters of an entry again, for its default.
const ROUTE: &str = "(call $default-route (local.get $batch) (local.get $batch-bytes))";
const BIND: &str = "(call $default-bind (local.get $id) (local.get $key) (local.get $key-bytes) \
     (local.get $arguments) (local.get $arguments-bytes) \
     (local.get $context) (local.get $context-bytes))";
const MATCHES: &str = "(call $default-matches (local.get $batch) (local.get $batch-bytes) \
     (local.get $handles) (local.get $handles-count))";

/// Runs the kit over a component.
pub(crate) fn over(component: &Component, arguments: &[&str]) -> Run {
    over_bytes(&component.build(), arguments)
}

fn over_bytes(bytes: &[u8], arguments: &[&str]) -> Run {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("planted.wasm");
    fs::write(&path, bytes).expect("a component can be written");
    Run::over(&path, &[EXPRESSIONS, arguments].concat())
}

fn filter() -> Component {
    Component::filter("planted")
}

fn exchange() -> Component {
    Component::exchange("planted")
}

/// An entry that answers a JSON object.
const JSON: &str = r"(call $ok-bytes (i32.const 2048) (i32.const 2))";
const EMPTY_OBJECT: &str = r#"(data (i32.const 2048) "{}")"#;

/// `explain` of the exchange: of what it holds.
const EXPLAIN_BINDING: &str = "(call $default-inspect (i32.const 1) (local.get $binding))";

fn with_all_entries() -> Component {
    let output = "(call $ok-output (i32.const 2048) (i32.const 2) (i32.const 2048) (i32.const 0) \
                  (i32.const 3))";
    let filter = filter().code(EMPTY_OBJECT).entry("command", output);
    let filter = filter.entry("transform", "(call $ok-verdict (i32.const 2))");
    let filter = filter.entry("explain", JSON).entry("try-expression", JSON);
    let exchange = Component::exchange("other").code(EMPTY_OBJECT).entry("command", output);
    filter.and(exchange.entry("explain", EXPLAIN_BINDING).entry("try-binding", JSON))
}

/// A rule that the host keeps for every component would pass whatever the component does.
#[test]
fn passes_no_component_for_what_its_host_does() {
    let of_filters = ["refuses a handle that does not exist"];
    let of_exchanges = ["answers not-found for a binding", "depends on the key alone"];
    let json = "refuses a configuration that is no JSON object";
    let cases = [(filter(), of_filters.as_slice()), (exchange(), of_exchanges.as_slice())];
    for (component, rules) in cases {
        let run = over(&component, &[]);
        run.passes();
        for rule in rules.iter().chain([&json]) {
            assert!(run.skips(rule), "{rule}");
        }
    }
}

#[test]
fn passes_components_without_a_fault() {
    for component in [filter(), exchange(), with_all_entries()] {
        let run = over(&component, &[]);
        run.passes();
        assert!(run.skips("keeps no slice of"), "what a component cannot do is no rule for it");
        assert!(!run.skips("answers the same from every instance"));
        assert!(!run.skips("describes itself the same each time"));
    }
    let run = over(&with_all_entries(), &[]);
    for rule in ["inspects", "explains", "tries", "gives a verdict", "answers its subcommand"] {
        assert!(!run.skips(rule), "{rule}");
    }
}

/// A test for each fault: the component, and what the failing line says.
macro_rules! finds {
    ($($test:ident: $component:expr, $words:literal;)+) => {$(
        #[test]
        fn $test() {
            over(&$component, IMPATIENT).fails($words);
        }
    )+};
}

finds! {
    finds_another_world: filter().exported_as("philter:other/filter@0.1.0"),
        "exports no interface of a plugin";
    finds_another_version: filter().exported_as("philter:plugin/filter@0.9.0"),
        "exports 'philter:plugin/filter@0.9.0', wanted is 'philter:plugin/filter@1.0.0'";
    finds_another_type: filter().replace("\"exit-code\" s32", "\"exit-code\" u32"),
        "function 'command': it has other types";
    finds_an_import_that_is_not_granted:
        filter().declaration("(import \"wasi:cli/environment@0.2.0\" (instance))"),
        "imports 'wasi:cli/environment@0.2.0', which it is not granted";
    finds_a_description_that_is_no_json: filter().description("all is well"),
        "component: loads — plugin 'planted.wasm': describe of";
    finds_a_description_that_is_no_text: filter().description([b'"', 0xff, b'"']),
        "component: loads — plugin 'planted.wasm': describe of";
    finds_a_description_without_a_type:
        filter().description(r#"{"name": "n", "version": "1", "licence": "MIT"}"#),
        "missing field `type`";
    finds_a_description_that_varies: filter()
        .description(r#"{"version":"aaaaaaaa","name":"n","licence":"MIT","type":"t"}"#)
        .entry("describe",
        "(local $nth i32) (call $random (i32.const 8) (i32.const 2048)) \
         (loop $next \
           (i32.store8 offset=12 \
             (i32.add (i32.load (call $default-describe)) (local.get $nth)) \
             (i32.or (i32.const 0x60) (i32.and (i32.const 15) \
               (i32.load8_u (i32.add (i32.load (i32.const 2048)) (local.get $nth)))))) \
           (local.set $nth (i32.add (local.get $nth) (i32.const 1))) \
           (br_if $next (i32.lt_u (local.get $nth) (i32.const 8)))) \
         (call $default-describe)"), "describes itself the same each time";
    finds_an_entry_that_is_described_and_not_there: exchange().description(
        r#"{"name": "n", "version": "1", "licence": "MIT", "type": "t", "entries": ["explain"]}"#),
        "'explain' is described and not there";

    finds_a_row_of_bits_of_another_length:
        filter().entry("matches", "(call $ok-bytes (i32.const 2048) (i32.const 1))"),
        "answers for any number of messages and handles";
    finds_an_answer_outside_of_its_memory:
        filter().entry("matches", "(call $ok-bytes (i32.const -16) (i32.const 16))"),
        "compiles expressions";
    finds_half_a_match: exchange().entry("route",
        "(call $ok-bytes (i32.const 2048) (i32.const 15))"), "answers only bindings that it holds";
    finds_a_match_past_the_batch: exchange().entry("route",
        "(call $push (i32.load (local.get $batch)) (i64.load offset=8 (global.get $first))) \
         (call $ok-bytes (i32.sub (call $alloc (i32.const 0)) (i32.const 16)) (i32.const 16))"),
        "answers only bindings that it holds";
    finds_a_match_of_no_binding: exchange().entry("route",
        "(call $push (i32.const 0) (i64.const 77)) \
         (call $ok-bytes (i32.sub (call $alloc (i32.const 0)) (i32.const 16)) (i32.const 16))"),
        "answers only bindings that it holds";
    finds_an_unbind_that_forgets_nothing: exchange().entry("unbind", "(call $ok)"),
        "forgets a binding once";
    finds_a_refused_binding_that_is_kept: exchange().entry("bind",
        "(drop (call $default-bind (local.get $id) (i32.const 1344) (i32.const 1) \
           (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))) "
        .to_owned() + BIND), "changes nothing when it refuses a binding";
    finds_an_error_that_is_no_text: exchange().code(r#"(data (i32.const 2048) "\ff")"#)
        .entry("bind", "(call $fail (i32.const 0) (i32.const 2048) (i32.const 1))"),
        "takes bindings";
    finds_an_answer_that_depends_on_the_batch: exchange().entry("route",
        "(i32.store (local.get $batch) (select (i32.const 1) (i32.const 0) \
           (i32.load (local.get $batch)))) ".to_owned() + ROUTE),
        "answers the same however messages are batched";
    finds_instances_that_differ: exchange().code("(global $own (mut i32) (i32.const 0))")
        .entry("create", "(call $random (i32.const 4) (i32.const 2048)) \
           (global.set $own (i32.load (i32.load (i32.const 2048)))) (call $ok)")
        .entry("route", "(local $message i32) (local $start i32) \
           (local.set $start (call $alloc (i32.const 0))) \
           (block $end (loop $next \
             (br_if $end (i32.eq (local.get $message) (i32.load (local.get $batch)))) \
             (br_if $end (i32.eqz (global.get $first))) \
             (if (i32.and (i32.const 1) (i32.shr_u (global.get $own) (i32.add \
                   (i32.load8_u (call $part \
                     (local.get $batch) (local.get $message) (i32.const 0))) \
                   (call $part-bytes (local.get $batch) (local.get $message) (i32.const 0))))) \
               (then (call $push \
                 (local.get $message) (i64.load offset=8 (global.get $first))))) \
             (local.set $message (i32.add (local.get $message) (i32.const 1))) \
             (br $next))) \
           (call $ok-bytes (local.get $start) \
             (i32.sub (call $alloc (i32.const 0)) (local.get $start)))"),
        "answers the same from every instance of the component";
    finds_prose_for_json: exchange().code(r#"(data (i32.const 2048) "all is well")"#)
        .entry("inspect", "(call $ok-bytes (i32.const 2048) (i32.const 11))"), "inspects in JSON";

    finds_a_filter_that_never_answers:
        filter().entry("matches", "(loop $again (br $again)) (unreachable)"),
        "the call took more than 5 ms";
    finds_an_exchange_that_never_begins:
        exchange().entry("create", "(loop $again (br $again)) (unreachable)"),
        "the call took more than 200 ms";
    finds_a_hunger_for_memory: filter().entry("matches",
        "(loop $again (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) \
         (unreachable)"), "wanted more memory than the";
    finds_a_recursion_without_an_end: filter()
        .code("(func $deep (param i32) (result i32) \
           (i32.add (i32.const 1) (call $deep (i32.add (local.get 0) (i32.const 1)))))")
        .entry("matches", "(drop (call $deep (i32.const 0))) ".to_owned() + MATCHES),
        "called itself too deeply";
}

/// The rule that sees each entry of a component give up.
pub(crate) const GIVE_UP: &[(&str, &str)] = &[
    ("describe", "component: loads"),
    ("create", "makes an instance, and ends it"),
    ("destroy", "makes an instance, and ends it"),
    ("inspect", "inspects in JSON"),
    ("explain", "explains in JSON"),
    ("command", "answers its subcommand"),
];

#[test]
fn finds_a_filter_that_gives_up() {
    let own = [
        ("compile", "compiles expressions"),
        ("release", "forgets an expression once it is released"),
        ("matches", "compiles expressions"),
        ("transform", "gives a verdict on any message"),
        ("try-expression", "tries an expression in JSON"),
    ];
    for (entry, rule) in GIVE_UP.iter().copied().chain(own) {
        let run = over(&filter().entry(entry, "unreachable"), &[]);
        run.fails(rule).fails("it gave up");
    }
}

#[test]
fn finds_an_exchange_that_gives_up() {
    let own = [
        ("bind", "takes bindings"),
        ("unbind", "forgets a binding once it is unbound"),
        ("route", "answers only bindings that it holds"),
        ("try-binding", "tries a binding in JSON"),
    ];
    for (entry, rule) in GIVE_UP.iter().copied().chain(own) {
        let run = over(&exchange().entry(entry, "unreachable"), &[]);
        run.fails(rule).fails("it gave up");
    }
}

fn store() -> Component {
    Component::store("planted")
}

/// The rules of stores, with a process that is killed.
#[test]
fn passes_a_store_without_a_fault() {
    let run = over(&store(), &[]);
    run.passes();
    for rule in [
        "keeps what it confirmed when its process is killed",
        "has its data directory to itself",
        "finds everything again after many new starts",
        "tells of every epoch once",
        "draws a line between two epochs",
        "says what its durability is",
    ] {
        assert!(run.says(rule) && !run.skips(rule), "{rule}");
    }
    assert!(run.skips("hands over the entries of a range"), "it does not offer them");
}

/// The rule that sees each entry of a store give up.
#[test]
fn finds_a_store_that_gives_up() {
    let own = [
        ("create", "makes an instance, and ends it"),
        ("destroy", "makes an instance, and ends it"),
        ("capabilities", "makes an instance, and ends it"),
        ("acquire", "hands over what it kept, in order"),
        ("append", "hands over what it kept, in order"),
        ("purge", "forgets a queue that is purged"),
        ("replay", "hands over what it kept, in order"),
        ("read", "keeps a body for every queue of its message"),
        ("statistics", "counts in JSON"),
        ("meta-get", "sets a key where its revision is the expected one"),
        ("inspect", "says what its durability is"),
    ];
    for (entry, rule) in own {
        let run = over(&store().entry(entry, "unreachable"), IMPATIENT);
        run.fails(rule).fails("it gave up");
    }
}

finds! {
    finds_a_store_of_another_draft: store().exported_as("philter:store/store@0.2.0"),
        "exports 'philter:store/store@0.2.0', wanted is 'philter:store/store@0.1.0'";
    finds_a_store_that_keeps_nothing: store().entry("append",
        "(call $ok-case (i32.const 0) (i64.const 0))"), "hands over what it kept, in order";
    finds_a_store_that_fences_nobody: store()
        .replace("(i64.eq (i64.load offset=4 (local.get $head)) (local.get $epoch))",
            "(i64.eq (local.get $epoch) (local.get $epoch))"), "fences an earlier epoch";
    finds_positions_that_go_back: store().entry("append",
        "(drop (call $default-append (local.get $shard) (local.get $epoch) \
           (local.get $operations) (local.get $operations-bytes))) \
         (call $ok-case (i32.const 0) (i64.sub (i64.const 100) (i64.load offset=12 \
           (call $head (local.get $shard)))))"), "positions never go back";
    finds_a_page_that_never_ends: store().entry("replay",
        "(call $default-replay (local.get $shard) (i64.const 0) (local.get $until) \
           (local.get $with-bodies) (i32.const 0))"), "replay answered position";
    finds_a_store_that_forgets_deletes: store().replace(
        "(then (local.set $found (i32.const 0)))", "(then (nop))"), "body of a deleted entry";
}

#[test]
fn a_file_that_is_no_component_is_a_failure() {
    let whole = filter().build();
    let half = whole.get(..whole.len() / 2).expect("a half is shorter");
    over_bytes(half, &[]).fails("the file is no WASM component");
    over_bytes(b"", &[]).fails("the file is no WASM component");
    over_bytes(b"\0asm\x01\0\0\0", &[]).fails("wasm-tools component new");
}

#[test]
fn settings_that_no_component_has_are_refused() {
    let run = over(&filter(), &["--settings", r#"{"memory": 1}"#]);
    assert!(run.says("--settings '{\"memory\": 1}': unknown field"));
}
