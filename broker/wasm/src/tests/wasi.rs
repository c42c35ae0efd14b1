//! WASI: what is granted answers, what is not is refused by name, and nothing waits.

use super::*;
use crate::Wasi;

const INTERFACES: &str = include_str!("wasi/interfaces.wat");

/// Each interface, and the word that grants it.
const GRANTED_BY: [(&str, &str); 27] = [
    ("wasi:cli/environment", "environment"),
    ("wasi:cli/exit", "stdio"),
    ("wasi:cli/stdin", "stdio"),
    ("wasi:cli/stdout", "stdio"),
    ("wasi:cli/stderr", "stdio"),
    ("wasi:cli/terminal-input", "stdio"),
    ("wasi:cli/terminal-output", "stdio"),
    ("wasi:cli/terminal-stdin", "stdio"),
    ("wasi:cli/terminal-stdout", "stdio"),
    ("wasi:cli/terminal-stderr", "stdio"),
    ("wasi:clocks/monotonic-clock", "clocks"),
    ("wasi:clocks/wall-clock", "clocks"),
    ("wasi:io/error", "stdio"),
    ("wasi:io/poll", "clocks"),
    ("wasi:io/streams", "stdio"),
    ("wasi:random/insecure", "random"),
    ("wasi:random/insecure-seed", "random"),
    ("wasi:random/random", "random"),
    ("wasi:filesystem/preopens", "stubs"),
    ("wasi:filesystem/types", "stubs"),
    ("wasi:sockets/instance-network", "stubs"),
    ("wasi:sockets/ip-name-lookup", "stubs"),
    ("wasi:sockets/network", "stubs"),
    ("wasi:sockets/tcp", "stubs"),
    ("wasi:sockets/tcp-create-socket", "stubs"),
    ("wasi:sockets/udp", "stubs"),
    ("wasi:sockets/udp-create-socket", "stubs"),
];

/// What the canonical ABI makes of the functions that the tests call.
const FUNCTIONS: [(&str, &str, &str, &str); 30] = [
    ("$poll", "[method]pollable.ready", "$ready", "(param i32) (result i32)"),
    ("$poll", "[method]pollable.block", "$block", "(param i32)"),
    ("$poll", "poll", "$poll", "(param i32 i32 i32)"),
    ("$streams", "[method]input-stream.blocking-read", "$read", "(param i32 i64 i32)"),
    ("$streams", "[method]output-stream.check-write", "$check-write", "(param i32 i32)"),
    ("$streams", "[method]output-stream.write", "$write", "(param i32 i32 i32 i32)"),
    ("$streams", "[method]output-stream.blocking-flush", "$flush", "(param i32 i32)"),
    ("$streams", "[method]output-stream.write-zeroes", "$zeroes", "(param i32 i64 i32)"),
    ("$streams", "[method]output-stream.subscribe", "$subscribe", "(param i32) (result i32)"),
    ("$stdin", "get-stdin", "$stdin", "(result i32)"),
    ("$stdout", "get-stdout", "$stdout", "(result i32)"),
    ("$stderr", "get-stderr", "$stderr", "(result i32)"),
    ("$terminal-stdout", "get-terminal-stdout", "$terminal", "(param i32)"),
    ("$exit", "exit", "$exit", "(param i32)"),
    ("$exit", "exit-with-code", "$exit-with-code", "(param i32)"),
    ("$environment", "get-environment", "$environment", "(param i32)"),
    ("$environment", "get-arguments", "$arguments", "(param i32)"),
    ("$environment", "initial-cwd", "$cwd", "(param i32)"),
    ("$wall", "now", "$wall-now", "(param i32)"),
    ("$wall", "resolution", "$wall-resolution", "(param i32)"),
    ("$monotonic", "now", "$monotonic-now", "(result i64)"),
    ("$monotonic", "subscribe-duration", "$timer", "(param i64) (result i32)"),
    ("$random", "get-random-bytes", "$bytes", "(param i64 i32)"),
    ("$random", "get-random-u64", "$u64", "(result i64)"),
    ("$insecure", "get-insecure-random-bytes", "$insecure-bytes", "(param i64 i32)"),
    ("$insecure", "get-insecure-random-u64", "$insecure-u64", "(result i64)"),
    ("$seed", "insecure-seed", "$seed", "(param i32)"),
    ("$files", "count-of-a-later-version", "$later", "(result i32)"),
    ("$preopens", "get-directories", "$directories", "(param i32)"),
    ("$tcp-create", "create-tcp-socket", "$tcp", "(param i32 i32)"),
];

/// What a filter that was granted everything answers, or how it traps, when `body` is its
/// `explain`. Answers of functions go to 2048 and after.
fn explained(bench: &Bench, body: &str) -> philter_plugin_api::Result<String> {
    let text = Text::filter("it").declaration(INTERFACES);
    let text = FUNCTIONS.iter().fold(text, |text, (instance, function, name, core_type)| {
        text.host_function(instance, function, name, core_type)
    });
    let (_component, filter) = bench.filter(&text.code(CODE).entry("explain", body));
    filter.explain("anything")
}

/// `$hold n` traps where n is 0; texts for the tests.
const CODE: &str = r#"
    (func $hold (param i32) (if (i32.eqz (local.get 0)) (then unreachable)))
    (data (i32.const 3000) "one\ntwo\nand mo") (data (i32.const 3014) "re\n") "#;

const WELL: &str = "(call $ok-bytes (i32.const 704) (i32.const 17))";

fn granted() -> Bench {
    let mut bench = Bench::new();
    bench.settings.wasi = Wasi::ALL.into();
    bench.settings.environment = [("TZ".to_owned(), "UTC".to_owned())].into();
    bench
}

fn is_well(body: &str) {
    let answer = explained(&granted(), &format!("{body} {WELL}"));
    assert_eq!(answer.unwrap(), r#"{"is-well": true}"#);
}

fn trap(body: &str) -> String {
    explained(&granted(), &format!("{body} {WELL}")).unwrap_err().text().to_owned()
}

#[test]
fn an_interface_that_is_not_granted_is_refused_with_the_word_that_grants_it() {
    for (interface, word) in GRANTED_BY {
        let import = format!(r#"(import "{interface}@0.2.6" (instance))"#);
        let component = Text::filter("it").declaration(&import).build();
        let error = Bench::new().try_open(&component).err().unwrap().to_string();
        let wanted = format!(
            "plugin 'plugin.wasm': the component imports '{interface}@0.2.6', which it is not \
             granted: 'wasi = [\"{word}\"]' in its table [wasm.plugin] grants all that it imports"
        );
        assert_eq!(error, wanted);
        let mut bench = Bench::new();
        bench.settings.wasi = Wasi::ALL.into_iter().filter(|wasi| wasi.name() == word).collect();
        bench.open(&Text::filter("it").declaration(&import));
    }
}

#[test]
fn the_setting_keeps_what_was_granted_and_adds_what_is_missing() {
    let mut bench = Bench::new();
    bench.settings.wasi = [Wasi::Random].into();
    let component = Text::filter("it").declaration(INTERFACES).build();
    let error = bench.try_open(component).err().unwrap().to_string();
    let all = r#"'wasi = ["clocks", "random", "stdio", "environment", "stubs"]'"#;
    assert!(error.contains("imports 'wasi:io/error@0.2.0'") && error.contains(all), "{error}");
}

#[test]
fn what_nothing_grants_is_refused_first() {
    let imports = r#"(import "wasi:cli/stdout@0.2.0" (instance))
        (import "wasi:http/types@0.2.0" (instance))"#;
    let error = granted().try_open(Text::filter("it").declaration(imports).build());
    let error = error.err().unwrap().to_string();
    let wanted = "imports 'wasi:http/types@0.2.0', which it is not granted: no setting grants that";
    assert!(error.contains(wanted), "{error}");
    let later = r#"(import "wasi:cli/stdout@0.3.0" (instance))"#;
    let error = granted().try_open(Text::filter("it").declaration(later).build());
    assert!(error.err().unwrap().to_string().contains("no setting grants that"));
}

#[test]
fn clocks_say_the_time() {
    is_well(
        "(call $wall-now (i32.const 2048))
         (call $hold (i64.gt_u (i64.load (i32.const 2048)) (i64.const 1700000000)))
         (call $hold (i32.lt_u (i32.load (i32.const 2056)) (i32.const 1000000000)))
         (call $wall-resolution (i32.const 2048))
         (call $hold (i64.eqz (i64.load (i32.const 2048))))
         (i64.store (i32.const 2048) (call $monotonic-now))
         (call $hold (i64.le_u (i64.load (i32.const 2048)) (call $monotonic-now)))",
    );
}

#[test]
fn a_timer_is_a_trap_that_says_that_nothing_waits() {
    let text = trap("(drop (call $timer (i64.const 1)))");
    let wanted = "'wasi:clocks/monotonic-clock', 'subscribe-duration': a plugin cannot wait";
    assert!(text.contains(wanted), "{text}");
}

#[test]
fn random_bytes_are_as_many_as_were_asked_for_and_differ() {
    is_well(
        "(call $bytes (i64.const 33) (i32.const 2048))
         (call $hold (i32.eq (i32.load (i32.const 2052)) (i32.const 33)))
         (call $insecure-bytes (i64.const 7) (i32.const 2048))
         (call $hold (i32.eq (i32.load (i32.const 2052)) (i32.const 7)))
         (call $hold (i64.ne (call $u64) (call $u64)))
         (call $hold (i64.ne (call $insecure-u64) (call $insecure-u64)))
         (call $seed (i32.const 2048))
         (call $hold (i64.ne (i64.load (i32.const 2048)) (i64.load (i32.const 2056))))",
    );
    let text = trap("(call $bytes (i64.const 0x100000000) (i32.const 2048))");
    let wanted = "random was asked for 4294967296 bytes, at most 65536 are given";
    assert!(text.contains(wanted), "{text}");
}

#[test]
fn what_is_written_is_lines_of_the_log() {
    let bench = granted();
    let write = "(local $to i32) (local.set $to (call $stdout))
        (call $check-write (local.get $to) (i32.const 2048))
        (call $hold (i64.ge_u (i64.load (i32.const 2056)) (i64.const 4096)))
        (call $write (local.get $to) (i32.const 3000) (i32.const 14) (i32.const 2048))
        (call $hold (i32.eqz (i32.load8_u (i32.const 2048))))
        (call $flush (local.get $to) (i32.const 2048))
        (call $write (call $stderr) (i32.const 3004) (i32.const 4) (i32.const 2048))
        (call $write (call $stdout) (i32.const 3014) (i32.const 3) (i32.const 2048))
        (call $write (call $stdout) (i32.const 3000) (i32.const 3) (i32.const 2048))";
    explained(&bench, &format!("{write} {WELL}")).unwrap();
    // The last one is said as the instance ends.
    let wanted = ["it Info one", "it Info two", "it Warn two", "it Info and more", "it Info one"];
    assert_eq!(bench.lines(), wanted);
}

#[test]
fn a_stream_takes_so_much_at_once_and_what_it_has_not_is_named() {
    let text =
        trap("(call $write (call $stdout) (i32.const 0) (i32.const 65537) (i32.const 2048))");
    assert!(text.contains("was given 65537 bytes at once, at most 65536 are taken"), "{text}");
    let text = trap("(call $zeroes (call $stdout) (i64.const 1) (i32.const 2048))");
    let wanted = "'wasi:io/streams@0.2.3' has no '[method]output-stream.write-zeroes' here";
    assert!(text.contains(wanted), "{text}");
}

#[test]
fn standard_input_is_at_its_end_and_there_is_no_terminal() {
    is_well(
        "(call $read (call $stdin) (i64.const 10) (i32.const 2048))
         (call $hold (i32.eq (i32.load8_u (i32.const 2048)) (i32.const 1)))
         (call $hold (i32.eq (i32.load8_u (i32.const 2052)) (i32.const 1)))
         (call $terminal (i32.const 2048))
         (call $hold (i32.eqz (i32.load8_u (i32.const 2048))))",
    );
}

#[test]
fn whoever_waits_for_a_stream_goes_on() {
    is_well(
        "(local $one i32) (local.set $one (call $subscribe (call $stdout)))
         (call $hold (call $ready (local.get $one))) (call $block (local.get $one))
         (i32.store (i32.const 3900) (local.get $one))
         (call $poll (i32.const 3900) (i32.const 1) (i32.const 2048))
         (call $hold (i32.eq (i32.load (i32.const 2052)) (i32.const 1)))
         (call $hold (i32.eqz (i32.load (i32.load (i32.const 2048)))))",
    );
    let text = trap("(call $poll (i32.const 3900) (i32.const 0) (i32.const 2048))");
    assert!(text.contains("asked to wait for nothing"), "{text}");
}

#[test]
fn an_exit_ends_the_instance() {
    let text = trap("(call $exit (i32.const 1))");
    assert!(text.contains("it ended itself by 'wasi:cli/exit', with code 1"), "{text}");
    let text = trap("(call $exit-with-code (i32.const 7))");
    assert!(text.contains("with code 7"), "{text}");
}

#[test]
fn the_environment_is_what_the_settings_say() {
    is_well(
        "(local $of i32) (call $environment (i32.const 2048))
         (call $hold (i32.eq (i32.load (i32.const 2052)) (i32.const 1)))
         (local.set $of (i32.load (i32.const 2048)))
         (call $hold (i32.eq (i32.load16_u (i32.load (local.get $of))) (i32.const 0x5a54)))
         (call $hold (i32.eq (i32.load offset=4 (local.get $of)) (i32.const 2)))
         (call $hold (i32.eq
           (i32.load16_u (i32.load offset=8 (local.get $of))) (i32.const 0x5455)))
         (call $hold (i32.eq (i32.load offset=12 (local.get $of)) (i32.const 3)))
         (call $arguments (i32.const 2048))
         (call $hold (i32.eqz (i32.load (i32.const 2052))))
         (call $cwd (i32.const 2048))
         (call $hold (i32.eqz (i32.load8_u (i32.const 2048))))",
    );
}

#[test]
fn stubs_have_no_folder_and_refuse_every_socket() {
    is_well(
        "(call $directories (i32.const 2048))
         (call $hold (i32.eqz (i32.load (i32.const 2052))))
         (call $tcp (i32.const 0) (i32.const 2048))
         (call $hold (i32.eq (i32.load8_u (i32.const 2048)) (i32.const 1)))
         (call $hold (i32.eq (i32.load8_u (i32.const 2052)) (i32.const 1)))",
    );
    let text = trap("(drop (call $later))");
    let wanted = "'wasi:filesystem/types@0.2.0' has no 'count-of-a-later-version' here";
    assert!(text.contains(wanted), "{text}");
}
