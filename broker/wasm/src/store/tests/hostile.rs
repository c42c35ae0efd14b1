//! Stores that trap, loop, lie and forget: each costs its call, and nothing of it is kept.

use super::*;

/// A store whose append has this body behind it for a body that begins with `t`: after the default
/// one has written everything.
fn on_body_t(body: &str) -> Text {
    let append = format!(
        "(local $part i32) (local $is-t i32) (local $answer i32)
         (local.set $part (i32.add (local.get $operations) (i32.const 8)))
         (if (i32.and (i32.load (local.get $operations))
               (i32.eq (i32.load offset=4 (local.get $part)) (i32.const 1)))
           (then (local.set $is-t (i32.eq (i32.const 116) (i32.load8_u (i32.add
             (i32.add (local.get $part) (i32.const 40)) (i32.add
               (i32.load offset=24 (local.get $part))
               (i32.mul (i32.const 16) (i32.load offset=32 (local.get $part))))))))))
         (local.set $answer (call $default-append (local.get $shard) (local.get $epoch)
           (local.get $operations) (local.get $operations-bytes)))
         (if (local.get $is-t) (then {body}))
         (local.get $answer)"
    );
    Text::store("log").entry("append", append)
}

/// What such an append is answered by; nothing of it is kept, and the next one goes on.
fn failure(bench: &Bench, text: &Text) -> (Taken, String) {
    let taken = Taken::in_memory(bench, text);
    taken.put(1, b"a").unwrap();
    let error = taken.put(2, b"t").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
    assert_eq!(taken.put(3, b"a"), Ok(AppendOutcome::Done(Position(2))));
    assert_eq!(taken.messages(), Ok(vec![1, 3]));
    assert_eq!(taken.store.read(SHARD, entry(2)), Ok(None));
    (taken, error.text().to_owned())
}

#[test]
fn a_trap_keeps_nothing_of_its_append() {
    let bench = Bench::new();
    let (taken, error) = failure(&bench, &on_body_t("unreachable"));
    assert!(error.contains("plugin 'log': trap: it gave up (unreachable)"), "{error}");
    let statistics = taken.component.statistics();
    assert_eq!((statistics.traps, statistics.instances), (1, 1));
    assert!(bench.lines().iter().any(|line| line.contains("Error store 'log': trap: ")));
}

#[test]
fn an_endless_loop_costs_its_append() {
    let mut bench = Bench::new();
    bench.settings.create_ms_max = 20;
    let (taken, error) = failure(&bench, &on_body_t("(loop $for-ever (br $for-ever))"));
    assert!(error.contains("the call took more than 20 ms of the thread's time"), "{error}");
    assert_eq!(taken.component.statistics().deadline_hits, 1);
}

#[test]
fn positions_that_go_back_are_a_fault() {
    let back = "(return (call $ok-case (i32.const 0) (i64.const 0)))";
    let (taken, error) = failure(&Bench::new(), &on_body_t(back));
    assert!(error.contains("append answered position 0 after 1: positions never go back"));
    assert_eq!((taken.component.statistics().faults, taken.component.statistics().traps), (1, 0));
}

#[test]
fn an_outcome_that_is_none_is_a_trap() {
    let none = "(return (call $ok-case (i32.const 7) (i64.const 0)))";
    let (_taken, error) = failure(&Bench::new(), &on_body_t(none));
    assert!(error.contains("discriminant") || error.contains("unknown"), "{error}");
}

#[test]
fn an_error_of_its_own_keeps_nothing_either() {
    let bench = Bench::new();
    let refuses = "(return (call $fail-wide (i32.const 0) (i32.const 1088) (i32.const 22)))";
    let taken = Taken::in_memory(&bench, &on_body_t(refuses));
    let error = taken.put(1, b"t").unwrap_err();
    assert_eq!(
        (error.kind(), error.text()),
        (ErrorKind::InvalidArgument, "there is no such shard")
    );
    for outcome in [1, 2] {
        let body = format!("(return (call $ok-case (i32.const {outcome}) (i64.const 0)))");
        let taken = Taken::in_memory(&bench, &on_body_t(&body));
        let wanted = [AppendOutcome::Fenced, AppendOutcome::Full][outcome - 1];
        assert_eq!(taken.put(1, b"t"), Ok(wanted));
        assert_eq!(taken.messages(), Ok(vec![]));
    }
}

#[test]
fn an_epoch_that_was_never_granted_keeps_nothing() {
    // It takes whatever epoch it is told for the shard's own.
    let any = "(i64.eq (local.get $epoch) (local.get $epoch))";
    let text = Text::store("log");
    let text =
        text.replace("(i64.eq (i64.load offset=4 (local.get $head)) (local.get $epoch))", any);
    let taken = Taken::in_memory(&Bench::new(), &text);
    let error = now(|done| taken.store.append(SHARD, Epoch(9), &[], done)).unwrap_err();
    assert!(error.text().contains("under epoch 9, the shard's is 1"), "{error}");
    let error = now(|done| taken.store.purge(SHARD, Epoch(9), 1, done)).unwrap_err();
    assert!(error.text().contains("under epoch 9, the shard's is 1"), "{error}");
    let same =
        Text::store("log").entry("acquire", "(call $ok-acquired (i64.const 1) (i64.const 0))");
    let taken = Taken::in_memory(&Bench::new(), &same);
    let error = acquire(&*taken.store).unwrap_err();
    assert!(error.text().contains("acquire answered epoch 1, the one before was 1"), "{error}");
}

#[test]
fn a_page_that_is_none_is_a_fault_and_ends() {
    let bench = Bench::new();
    for (body, wanted) in [
        ("(call $ok-bytes (i32.const 2048) (i32.const 3))", "a page that is none"),
        (
            "(i32.store (i32.const 2048) (i32.const 0)) (i32.store (i32.const 2052) (i32.const 1)) \
             (call $ok-bytes (i32.const 2048) (i32.const 8))",
            "a page with nothing in it and more behind it",
        ),
        (
            "(call $default-replay (local.get $shard) (i64.const 0) (local.get $until) \
             (local.get $with-bodies) (i32.const 0))",
            "replay answered position 0, wanted are those from 1",
        ),
    ] {
        let taken = Taken::in_memory(&bench, &Text::store("log").entry("replay", body));
        taken.put(1, b"a").unwrap();
        taken.put(2, b"a").unwrap();
        let error = taken.messages().unwrap_err();
        assert!(error.text().contains(wanted), "{error}");
        assert!(taken.put(3, b"a").is_ok());
    }
}

#[test]
fn buffers_for_the_map_that_are_none_end_the_call() {
    for (body, wanted) in [
        ("(call $map-write (i32.const 2048) (i32.const 3))", "'write' of"),
        ("(call $map-get (i32.const 2048) (i32.const 3) (call $alloc (i32.const 8)))", "'get' of"),
    ] {
        let (_taken, error) = failure(&Bench::new(), &on_body_t(body));
        assert!(error.contains(wanted) && error.contains("the buffer ends at byte"), "{error}");
    }
    // A key of a megabyte.
    let long = "(local.set $part (call $alloc (i32.const 1048600)))
        (i32.store (local.get $part) (i32.const 1048576))
        (i32.store offset=4 (local.get $part) (i32.const -1))
        (call $map-write (local.get $part) (i32.const 1048584))";
    let (_taken, error) = failure(&Bench::new(), &on_body_t(long));
    assert!(error.contains("a key of 1048576 bytes, at most 65536"), "{error}");
}

#[test]
fn what_is_in_memory_is_gone_with_the_instance_and_what_is_in_the_map_is_not() {
    // It counts appends in memory, and gives up at the second one of an instance.
    let count = "(global.set $appends (i32.add (global.get $appends) (i32.const 1)))
        (if (i32.gt_u (global.get $appends) (i32.const 2)) (then (unreachable)))
        (call $default-append (local.get $shard) (local.get $epoch)
          (local.get $operations) (local.get $operations-bytes))";
    let text = Text::store("log").code("(global $appends (mut i32) (i32.const 0))");
    let taken = Taken::in_memory(&Bench::new(), &text.entry("append", count));
    let kept = (0..9).filter(|id| taken.put(*id, b"b").is_ok()).collect::<Vec<_>>();
    assert_eq!(kept, [0, 1, 3, 4, 6, 7]);
    assert_eq!(taken.messages(), Ok(kept));
}

#[test]
fn one_that_gives_no_memory_back_is_followed_by_another_in_time() {
    let mut bench = Bench::new();
    bench.settings.memory_bytes_max = 8 << 20;
    let append = "(drop (memory.grow (i32.const 1)))
        (call $default-append (local.get $shard) (local.get $epoch)
          (local.get $operations) (local.get $operations-bytes))";
    let taken = Taken::in_memory(&bench, &Text::store("log").entry("append", append));
    (0..500).for_each(|id| assert!(taken.put(id, b"b").is_ok(), "{id}"));
    assert_eq!(taken.messages().unwrap().len(), 500);
    let state = taken.component.statistics();
    assert_eq!((state.refused_memory, state.traps, state.instances), (0, 0, 1));
}

#[test]
fn what_a_call_wrote_that_was_refused_memory_is_not_kept() {
    let (taken, error) =
        failure(&Bench::new(), &on_body_t("(drop (memory.grow (i32.const 2000)))"));
    assert!(error.contains("wanted more memory than the 67108864 bytes it may have"), "{error}");
    assert_eq!(taken.component.statistics().faults, 1);
}

#[test]
fn a_store_that_fails_again_and_again_is_left_alone_until_its_file_is_another() {
    let mut bench = Bench::new();
    bench.settings.traps_max = 3;
    bench.settings.retry_ms = 1_000_000;
    let taken = Taken::in_memory(&bench, &on_body_t("unreachable"));
    for _ in 0..3 {
        assert!(taken.put(1, b"t").unwrap_err().text().contains("it gave up"));
    }
    let error = taken.put(1, b"a").unwrap_err();
    assert!(error.text().contains("failed 3 times in a row and is left alone"), "{error}");
    assert_eq!(taken.component.statistics().breaker, BreakerState::Open);
    bench.wait_for("store 'log': breaker open after 3 failures in a row");
    std::fs::write(bench.path(), Text::store("log").build()).unwrap();
    reload(&bench, &taken.component).unwrap();
    assert!(taken.put(1, b"a").is_ok());
    assert_eq!(taken.component.statistics().breaker, BreakerState::Closed);
}

#[test]
fn a_creation_that_fails_is_told_and_leaves_the_directory_free() {
    let (bench, folder) = (Bench::new(), tempfile::tempdir().unwrap());
    let refuses = "(call $fail (i32.const 0) (i32.const 1024) (i32.const 35))";
    let component = bench.open(&Text::store("log").entry("create", refuses));
    let error = component.create_store("log", &context(Some(folder.path()))).err().unwrap();
    assert_eq!(error.text(), "the configuration is no JSON object");
    let component = bench.open(&Text::store("log").entry("capabilities", "(call $ok)"));
    let error = component.create_store("log", &context(Some(folder.path()))).err().unwrap();
    assert!(error.text().contains("'batch-operations-max' is missing"), "{error}");
    let taken = Taken::over(&bench, &Text::store("log"), Some(folder.path()));
    assert_eq!(taken.put(1, b"a"), Ok(AppendOutcome::Done(Position(1))));
    let error = component.create_store("other", &context(None)).err().unwrap();
    assert_eq!(error.text(), "this plugin has no store 'other'");
}
