//! Branches whose time is over, and those that have none.

use super::*;

#[test]
fn a_timeout_undoes_what_is_done_even_while_a_session_works() {
    let world = World::new();
    let mut wire = selected(&world);
    wire.start("x");
    wire.take("a");
    wire.transfer("b", &["2"]);
    wire.command(set_timeout("x", 2));
    let_pass(&world, 1_999);
    assert_eq!(ready(&world, "a"), 0);
    let_pass(&world, 2_000);
    assert_eq!((ready(&world, "a"), ready(&world, "b")), (1, 0));
    // What comes late is undone at once.
    wire.transfer("b", &["late"]);
    wire.take("a");
    assert_eq!((ready(&world, "a"), ready(&world, "b")), (1, 0));
    assert_eq!(wire.status(end("x")), xa_status::RBTIMEOUT);
    assert_eq!(wire.status(rollback("x")), xa_status::RBTIMEOUT);
    assert_eq!(wire.error(rollback("x")), error_code::NOT_FOUND);
}

#[test]
fn whatever_ends_a_branch_after_its_time_says_so_and_forgets_it() {
    let commands: [Command; 3] =
        [prepare("x").into(), commit_at_once("x").into(), rollback("x").into()];
    for command in commands {
        let world = World::new();
        let mut wire = worked(&world);
        let_pass(&world, 60_000);
        assert_eq!(wire.status(command), xa_status::RBTIMEOUT);
        assert_eq!(world.host.branch_count(), 0);
    }
    // And nobody has to ask.
    let world = World::new();
    let _wire = worked(&world);
    let_pass(&world, 60_000);
    let_pass(&world, 60_000 + 1_800_000);
    assert_eq!(world.host.branch_count(), 0);
}

#[test]
fn a_timeout_is_told_and_set_and_none_is_none() {
    let world = World::new();
    let mut wire = worked(&world);
    for (timeout, told) in [(None, 60), (Some(200), 200), (Some(0), 0)] {
        if let Some(timeout) = timeout {
            wire.command(set_timeout("x", timeout));
        }
        wire.command(DtxGetTimeout { xid: xid("x") });
        assert_eq!(decode_struct::<GetTimeoutResult>(&wire.result()).unwrap().timeout, told);
    }
    let_pass(&world, u64::MAX);
    assert_eq!(wire.status(commit_at_once("x")), xa_status::OK);
    wire.start("x");
    assert_eq!(wire.error(set_timeout("x", 3_601)), error_code::INVALID_ARGUMENT);
}

#[test]
fn what_is_prepared_survives_its_session_its_connection_and_its_time() {
    let world = World::new();
    let mut wire = worked(&world);
    assert_eq!(wire.status(prepare("x")), xa_status::OK);
    wire.start("y");
    wire.end("y");
    wire.lose();
    let_pass(&world, u64::MAX);
    let mut other = world.attach("other");
    other.command(DtxRecover::default());
    let in_doubt = decode_struct::<RecoverResult>(&other.result()).unwrap().in_doubt;
    assert_eq!(in_doubt, [xid("x")]);
    assert_eq!(ready(&world, "a"), 0);
    assert_eq!(other.status(commit("x")), xa_status::OK);
    assert_eq!((depth(&world, "a"), depth(&world, "b")), (0, 1));
    other.command(DtxRecover::default());
    assert!(decode_struct::<RecoverResult>(&other.result()).unwrap().in_doubt.is_empty());
}

#[test]
fn those_whose_time_was_over_first_make_room_for_others() {
    let world = World::new();
    let start = |name: String| world.host.start_branch(&xid(&name).into(), 1, 0).map(drop);
    let set = |name: &str, timeout_s| {
        world.host.set_branch_timeout(&xid(name).into(), timeout_s, 0).unwrap();
    };
    for number in 0..65_536 {
        start(format!("{number}")).unwrap();
    }
    assert!(start("more".to_owned()).is_err());
    set("7", 2);
    set("8", 1);
    let_pass(&world, 1_000);
    let_pass(&world, 2_000);
    start("more".to_owned()).unwrap();
    let timeout = |name: &str| world.host.branch_timeout(&xid(name).into());
    assert!(timeout("8").is_err() && timeout("7").is_ok() && timeout("more").is_ok());
    start("and more".to_owned()).unwrap();
    assert!(timeout("7").is_err() && start("too many".to_owned()).is_err());
    assert_eq!(VirtualHosts::of(&world.host).due_count(), 65_536);
}
