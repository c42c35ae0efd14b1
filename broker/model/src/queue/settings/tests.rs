//! What the arguments of a declare mean, and which are refused.

use super::*;
use crate::queue::alerts::Marks;

mod x_arguments;

type Arguments<'a> = &'a [(&'a str, ValueRef<'a>)];

fn parse(arguments: Arguments<'_>) -> Result<QueueSettings, SettingsError> {
    let mut settings = QueueSettings::new("q");
    settings.parse_arguments(arguments.iter().copied())?;
    settings.apply_defaults(&Defaults::default())?;
    Ok(settings)
}

fn one(name: &str, value: ValueRef<'_>) -> Result<QueueSettings, SettingsError> {
    parse(&[(name, value)])
}

fn refusal(arguments: Arguments<'_>) -> String {
    parse(arguments).unwrap_err().to_string()
}

const YES: ValueRef<'static> = ValueRef::Int(1);

fn word(text: &str) -> ValueRef<'_> {
    ValueRef::String(text)
}

#[test]
fn limits_come_in_any_integer_and_zero_is_none() {
    assert_eq!(one("qpid.max_count", ValueRef::Int(5)).unwrap().count_max, Some(5));
    assert_eq!(one("qpid.max_size", ValueRef::Ulong(9)).unwrap().bytes_max, Some(9));
    assert_eq!(one("qpid.max_size", word("77")).unwrap().bytes_max, Some(77));
    assert_eq!(one("qpid.max_size", ValueRef::Long(0)).unwrap().bytes_max, None);
    let error = one("qpid.max_count", ValueRef::Int(-1)).unwrap_err();
    assert!(error.to_string().contains("qpid.max_count"), "{error}");
}

#[test]
fn what_is_not_there_is_refused_by_name() {
    let not_yet = one("qpid.paging", YES).unwrap_err();
    assert_eq!(not_yet, SettingsError::NotYet("qpid.paging".into()));
    for name in ["qpid.max_cuont", "qpid.fairshare-x", "qpid.fairshares"] {
        assert_eq!(one(name, YES).unwrap_err(), SettingsError::Unknown(name.into()));
    }
    assert!(one("my.own", ValueRef::Null).is_ok());
    assert!(one("qpid.replicate", word("none")).is_ok());
    assert!(refusal(&[("qpid.replicate", word("all"))]).contains("qpid.replicate=all"));
    assert!(refusal(&[("qpid.policy_type", word("ring_strict"))]).contains("ring_strict"));
    assert!(refusal(&[("qpid.policy_type", YES)]).contains("'self-destruct'"));
    assert!(refusal(&[("qpid.lifetime-policy", word("for ever"))]).contains("'manual'"));
    assert!(refusal(&[("no-local", word("perhaps"))]).contains("no-local"));
}

#[test]
fn what_excludes_each_other_is_refused_by_both_names() {
    let (key, header) = (word("key"), word("group"));
    let mixes: [(Arguments<'_>, [&str; 2]); 6] = [
        (
            &[("qpid.last_value_queue_key", key), ("qpid.priorities", YES)],
            ["qpid.last_value_queue_key", "qpid.priorities"],
        ),
        (
            &[("qpid.last_value_queue", YES), ("qpid.group_header_key", header)],
            ["qpid.last_value_queue_key", "qpid.group_header_key"],
        ),
        (
            &[("x-qpid-priorities", YES), ("qpid.group_header_key", header)],
            ["qpid.priorities", "qpid.group_header_key"],
        ),
        (&[("qpid.fairshare", YES)], ["qpid.fairshare", "qpid.priorities"]),
        (&[("qpid.fairshare-2", YES)], ["qpid.fairshare-2", "qpid.priorities"]),
        (&[("qpid.shared_msg_group", YES)], ["qpid.shared_msg_group", "qpid.group_header_key"]),
    ];
    for (arguments, names) in mixes {
        let text = refusal(arguments);
        assert!(names.iter().all(|name| text.contains(name)), "{text}");
    }
}

#[test]
fn flags_come_as_booleans_numbers_and_words() {
    for value in [ValueRef::Bool(true), YES, word("true"), word("1"), ValueRef::Null] {
        assert!(one("no-local", value).unwrap().is_no_local, "{value:?}");
    }
    for value in [ValueRef::Bool(false), ValueRef::Int(0), word("False"), word("0")] {
        assert!(!one("qpid.browse-only", value).unwrap().is_browse_only, "{value:?}");
    }
}

#[test]
fn flow_stops_at_parts_of_the_limits_but_not_for_a_ring() {
    let settings = one("qpid.max_count", ValueRef::Int(1_000)).unwrap();
    let flow = settings.flow;
    assert_eq!((flow.stop_count, flow.resume_count), (Some(800), Some(700)));
    assert_eq!((flow.stop_bytes, flow.resume_bytes), (None, None));
    let limit = ("qpid.max_size", ValueRef::Int(1_000));
    let ring = parse(&[limit, ("qpid.policy_type", word("ring"))]).unwrap();
    assert_eq!(ring.flow, FlowLimits::default());
    let off = parse(&[limit, ("qpid.flow_stop_size", ValueRef::Int(0))]).unwrap();
    assert_eq!(off.flow, FlowLimits::default());
    let early = parse(&[limit, ("qpid.flow_stop_size", ValueRef::Int(100))]).unwrap().flow;
    assert_eq!((early.stop_bytes, early.resume_bytes), (Some(100), Some(100)));
}

#[test]
fn flow_thresholds_stand_in_order() {
    let number = |number| ValueRef::Int(number);
    let late = [("qpid.max_count", number(10)), ("qpid.flow_stop_count", number(11))];
    let text = refusal(&late);
    assert!(text.contains("qpid.flow_stop_count=11") && text.contains("qpid.max_count=10"));
    let crossed = [("qpid.flow_stop_size", number(5)), ("qpid.flow_resume_size", number(6))];
    let text = refusal(&crossed);
    assert!(text.contains("qpid.flow_resume_size=6") && text.contains("qpid.flow_stop_size=5"));
}

#[test]
fn alerts_have_marks_above_and_below() {
    let marks = |up, down| Some(Marks { up, down });
    let of_limit = one("qpid.max_count", ValueRef::Int(1_000)).unwrap().alerts;
    assert_eq!((of_limit.count, of_limit.bytes), (marks(800, 400), None));
    assert!(of_limit.is_one_sided);
    let alias = one("x-qpid-maximum-message-size", ValueRef::Int(100)).unwrap().alerts;
    assert_eq!(alias.bytes, marks(100, 50));
    let (up, down) = (ValueRef::Int(10), ValueRef::Int(5));
    let both = parse(&[("qpid.alert_count_up", up), ("qpid.alert_count_down", down)]).unwrap();
    assert_eq!(both.alerts.count, marks(10, 5));
    assert!(!both.alerts.is_one_sided);
    let limit = ("qpid.max_count", ValueRef::Int(1_000));
    let off = parse(&[limit, ("qpid.alert_count", ValueRef::Int(0))]).unwrap();
    assert_eq!(off.alerts.count, None);
}

#[test]
fn the_old_last_value_arguments_name_their_own_header() {
    let key = |settings: QueueSettings| settings.key_header().map(str::to_owned);
    assert_eq!(key(one("qpid.last_value_queue", YES).unwrap()).unwrap(), "qpid.LVQ_key");
    assert_eq!(key(one("qpid.last_value_queue_no_browse", YES).unwrap()).unwrap(), "qpid.LVQ_key");
    assert_eq!(key(one("qpid.last_value_queue_key", word("k")).unwrap()).unwrap(), "k");
    assert_eq!(key(one("qpid.priorities", YES).unwrap()), None);
}

#[test]
fn levels_have_the_share_of_all_or_their_own() {
    let arguments = [
        ("x-qpid-fairshare-2", ValueRef::Int(0)),
        ("x-qpid-fairshare", ValueRef::Int(5)),
        ("qpid.priorities", word("4")),
        ("qpid.fairshare-1", word("3")),
    ];
    let Order::Priority(priorities) = parse(&arguments).unwrap().order else { panic!() };
    assert_eq!((priorities.levels, priorities.shares), (4, vec![5, 3, 0, 5]));
    let beyond = [("qpid.priorities", ValueRef::Int(4)), ("qpid.fairshare-4", YES)];
    assert!(refusal(&beyond).contains("qpid.fairshare-4"));
    assert!(refusal(&[("qpid.priorities", ValueRef::Int(1_000))]).contains("256"));
}

#[test]
fn groups_are_named_by_a_header() {
    let arguments = [("qpid.group_header_key", word("g")), ("qpid.shared_msg_group", YES)];
    let settings = parse(&arguments).unwrap();
    assert_eq!(settings.key_header(), Some("g"));
    let groups = settings.groups.unwrap();
    assert!(groups.is_shared && &*groups.default_id == "qpid.no-group");
    assert!(!one("qpid.group_header_key", word("g")).unwrap().groups.unwrap().is_shared);
}

#[test]
fn ends_of_life_say_whether_a_queue_deletes_itself() {
    let timed = one("qpid.auto_delete_timeout", ValueRef::Int(3)).unwrap();
    assert_eq!((timed.auto_delete_timeout_ms, timed.is_auto_delete), (Some(3_000), true));
    assert!(!one("qpid.auto_delete_timeout", ValueRef::Int(0)).unwrap().is_auto_delete);
    let closing = one("qpid.lifetime-policy", word("delete-on-close")).unwrap();
    assert_eq!((closing.lifetime, closing.is_auto_delete), (Some(Lifetime::DeleteOnClose), true));
    let mut manual = QueueSettings::new("q");
    manual.is_auto_delete = true;
    manual.parse_arguments([("qpid.lifetime-policy", word("manual"))]).unwrap();
    assert!(!manual.is_auto_delete);
}

#[test]
fn texts_are_taken_over() {
    let settings = parse(&[
        ("qpid.filter", word("a > 1")),
        ("qpid.queue_msg_sequence", word("seq")),
        ("qpid.trace.id", word("me")),
        ("qpid.trace.exclude", word("a, b,c")),
        ("qpid.file_count", ValueRef::Int(8)),
    ])
    .unwrap();
    assert_eq!(settings.filter.as_deref(), Some("a > 1"));
    assert_eq!(settings.sequence_header.as_deref(), Some("seq"));
    assert_eq!(settings.trace_id.as_deref(), Some("me"));
    assert_eq!(settings.trace_exclude, ["a", "b", "c"]);
    assert_eq!(settings.arguments.len(), 5);
}

#[test]
fn a_wrong_value_is_shown_as_it_was_written() {
    let told = |value: ValueRef<'_>| parse(&[("qpid.max_count", value)]).unwrap_err().to_string();
    assert!(told(ValueRef::Long(-5)).ends_with("found -5"));
    assert!(told(ValueRef::String("many")).ends_with("found 'many'"));
    let long = "x".repeat(60_000);
    assert!(told(ValueRef::String(&long)).len() < 300);
    assert!(told(ValueRef::Encoded(&[0xc1; 60_000])).ends_with("found a list or map"));
}
