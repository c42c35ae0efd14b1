//! A language that keeps every rule.

use philter_plugin_api::{ErrorKind, Reads};

use super::*;

#[test]
fn messages_match_as_the_plugin_says() {
    let bench = Bench::with_workers(1);
    let (component, filter) = bench.filter(&Text::filter("it"));
    let expressions = ["true", "false", "=b", "^he"];
    let handles: Vec<_> = expressions.map(|text| filter.compile(text).unwrap().0).to_vec();
    let (one, two) = (message("a").body("hello"), message("b").body("he"));
    let three = message("b");
    let found = matched(&*filter, &[&one, &two, &three], &handles).unwrap();
    assert_eq!(found, [(0, 0), (0, 3), (1, 0), (1, 2), (1, 3), (2, 0), (2, 2)]);
    assert_eq!(matched(&*filter, &[&two], &handles[2..3]).unwrap(), [(0, 0)]);
    let statistics = component.statistics();
    assert_eq!((statistics.calls, statistics.messages, statistics.traps), (2, 4, 0));
    assert!(statistics.memory_bytes >= 65_536 && statistics.instances == 1);
}

#[test]
fn what_an_expression_reads_is_what_it_is_shown() {
    let mut bench = Bench::new();
    bench.settings.call_ms_max = 10_000;
    let (_component, filter) = bench.filter(&Text::filter("it"));
    assert_eq!(filter.compile("=a").unwrap().1, Reads::KEY);
    let (body, reads) = filter.compile("^a").unwrap();
    assert_eq!(reads, Reads::BODY);
    let long = message("k").body(vec![b'a'; 3 << 20]);
    assert_eq!(matched(&*filter, &[&long, &long], &[body]).unwrap(), [(0, 0), (1, 0)]);
}

#[test]
fn a_batch_that_is_too_long_for_one_call_takes_several() {
    let mut bench = Bench::new();
    (bench.settings.memory_bytes_max, bench.settings.call_ms_max) = (4 << 20, 10_000);
    let (component, filter) = bench.filter(&Text::filter("it"));
    let (body, _) = filter.compile("^a").unwrap();
    let (long, other) = (message("k").body(vec![b'a'; 600_000]), message("k").body("b"));
    let found = matched(&*filter, &[&long, &other, &long, &long], &[body]).unwrap();
    assert_eq!(found, [(0, 0), (2, 0), (3, 0)]);
    let huge = message("k").body(vec![b'a'; 2 << 20]);
    let error = matched(&*filter, &[&huge], &[body]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    let wanted = "message 0 of 1 does not fit into a batch of at most 1048576 bytes";
    assert!(error.text().contains(wanted), "{error}");
    assert_eq!(component.statistics().traps, 0);
}

#[test]
fn an_expression_that_is_refused_says_where() {
    let bench = Bench::new();
    let (_component, filter) = bench.filter(&Text::filter("it"));
    let error = filter.compile("!").unwrap_err();
    assert_eq!((error.kind(), error.place()), (ErrorKind::InvalidArgument, Some((1, 1))));
}

#[test]
fn what_is_not_declared_is_unsupported() {
    let bench = Bench::new();
    let (_component, filter) = bench.filter(&Text::filter("it"));
    let (all, _) = filter.compile("true").unwrap();
    assert!(!filter.transforms());
    let kinds = [
        filter.transform(all, &message("a")).unwrap_err().kind(),
        filter.explain("true").unwrap_err().kind(),
        filter.try_expression("true", &message("a")).unwrap_err().kind(),
    ];
    assert_eq!(kinds, [ErrorKind::Unsupported; 3]);
    assert_eq!(filter.inspect(None).unwrap(), "{\"is-well\": true}");
}

#[test]
fn every_thread_has_an_instance_that_knows_every_expression() {
    let bench = Bench::with_workers(4);
    let (component, filter) = bench.filter(&Text::filter("it"));
    let handles: Vec<_> =
        (0..50).map(|key| filter.compile(&format!("={key}")).unwrap().0).collect();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (filter, handles) = (&filter, &handles);
            scope.spawn(move || {
                for round in 0..200 {
                    let key = (thread * 7 + round) % 50;
                    let found = matched(&**filter, &[&message(&key.to_string())], handles);
                    assert_eq!(found.unwrap(), [(0, key)]);
                    if round % 20 == 0 {
                        let (mine, _) = filter.compile("true").unwrap();
                        let found = matched(&**filter, &[&message("x")], &[mine]).unwrap();
                        assert_eq!(found, [(0, 0)]);
                        filter.release(mine);
                        assert!(matched(&**filter, &[&message("x")], &[mine]).is_err());
                    }
                }
            });
        }
    });
    assert!(component.statistics().instances <= 4);
}

#[test]
fn a_transformation_has_a_body_and_a_content_type() {
    let bench = Bench::new();
    let map = r#"(data (i32.const 2048) "new\d1\00\00\00\09\00\00\00\02\52\07\a1\01x")"#;
    let body = "(call $ok-replaced (i32.const 2048) (i32.const 3) (i32.const 2051) (i32.const 14))";
    let text = Text::filter("it").code(map).entry("transform", body);
    let (_component, filter) = bench.filter(&text);
    let (all, _) = filter.compile("true").unwrap();
    let verdict = filter.transform(all, &message("a"));
    let replaced = |content_type: Option<&str>| philter_plugin_api::Verdict::Replace {
        body: b"new".to_vec(),
        content_type: content_type.map(str::to_owned),
    };
    assert_eq!(verdict.unwrap(), replaced(Some("x")));
    let plain = body.replace("(i32.const 14)", "(i32.const 0)");
    let (_component, filter) =
        bench.filter(&Text::filter("it").code(map).entry("transform", &plain));
    let (all, _) = filter.compile("true").unwrap();
    assert_eq!(filter.transform(all, &message("a")).unwrap(), replaced(None));
    let wrong = body.replace("(i32.const 14)", "(i32.const 13)");
    let (_component, filter) =
        bench.filter(&Text::filter("it").code(map).entry("transform", &wrong));
    let (all, _) = filter.compile("true").unwrap();
    let error = filter.transform(all, &message("a")).unwrap_err();
    assert!(error.text().contains("properties that are wrong"), "{error}");
}
