//! Transformations on bindings: what comes to which destination, what becomes of failures, and what
//! is refused when a binding is made.

use philter_plugin_api::{Property, ValueRef, Verdict};

use super::*;
use crate::message::View;

/// A language that changes bodies; words in a body say what else it does.
#[derive(Default)]
pub(super) struct Loud {
    compiled: Mutex<Vec<String>>,
    asked: AtomicUsize,
}

impl api::Filter for Loud {
    fn compile(&self, expression: &str) -> Result<(FilterHandle, Reads)> {
        if expression == "wrong" {
            return Err(api::Error::invalid("nobody knows 'wrong'").at(1, 3));
        }
        let mut compiled = self.compiled.lock();
        compiled.push(expression.to_owned());
        Ok((FilterHandle(compiled.len() as u64 - 1), Reads::KEY))
    }

    fn release(&self, _: FilterHandle) {}

    fn matches(
        &self,
        _: &[&dyn MessageView],
        _: &[FilterHandle],
        _: &mut dyn FnMut(usize, usize),
    ) -> Result<()> {
        Ok(())
    }

    fn transforms(&self) -> bool {
        true
    }

    fn transform(&self, handle: FilterHandle, message: &dyn MessageView) -> Result<Verdict> {
        let body = std::str::from_utf8(message.body_chunk(0)).unwrap().to_owned();
        match body.as_str() {
            "fail" => return Err(api::Error::invalid("it failed")),
            "drop" => return Ok(Verdict::Drop),
            "dead" => return Ok(Verdict::DeadLetter),
            "pass" => return Ok(Verdict::Pass),
            _ => {}
        }
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        let expression = self.compiled.lock()[usize::try_from(handle.0).unwrap()].clone();
        let (text, content_type) = match expression.as_str() {
            "upper" => (body.to_uppercase(), Some("text/loud".to_owned())),
            "endless" => (body, Some("e".repeat(256))),
            "bang" => (format!("{body}!"), None),
            "first" => (body.chars().take(1).collect(), None),
            "asked" => (asked.to_string(), None),
            _ => (body, None),
        };
        Ok(Verdict::Replace { body: text.into_bytes(), content_type })
    }
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn arguments(expression: &str, rule: Option<&str>) -> Vec<u8> {
    let one = ("loud-transform", text(expression));
    encode_map(std::iter::once(one).chain(rule.map(|rule| ("loud-transform-error", text(rule)))))
}

/// A host with an exchange `x` and a binding of queue `q` by the key `k`.
fn stage_with(expression: &str, rule: Option<&str>) -> (Stage, Arc<Exchange>, Arc<Queue>) {
    let stage = Stage::new();
    let (exchange, _) = stage.exchange("x", None, false);
    let dead = [("x-dead-letter-exchange", text("")), ("x-dead-letter-routing-key", text("dead"))];
    let queue = stage.with("q", &dead);
    stage.queue("dead");
    stage.bind_with(&exchange, &queue, "k", &arguments(expression, rule)).unwrap();
    (stage, exchange, queue)
}

/// Binds beside other bindings of the same key.
fn bind_beside(stage: &Stage, exchange: &Arc<Exchange>, to: &Endpoint, arguments: &[u8]) {
    let by = Actor::broker();
    let declared_by = Protocol::V0_9_1;
    let bind = Bind { exchange, to, key: "k", arguments, declared_by, scope: None, by };
    stage.host.bind(&bind).unwrap();
}

fn publish(stage: &Stage, exchange: &Arc<Exchange>, bodies: &[&'static str]) -> Published {
    let batch: Vec<_> = bodies.iter().map(|body| message("k", body)).collect();
    stage.host.publish_each(exchange, &batch, &[], NOW_MS)
}

fn take(queue: &Queue) -> Vec<Arc<Message>> {
    let poller = queue.poller();
    let all = std::iter::from_fn(|| queue.poll(poller, NOW_MS));
    all.map(|(delivery, _)| delivery.message).collect()
}

fn bodies(queue: &Queue) -> Vec<String> {
    let body = |message: &Arc<Message>| message.body().iter().collect::<Vec<_>>().concat();
    take(queue).iter().map(|message| String::from_utf8(body(message)).unwrap()).collect()
}

fn count(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

#[test]
fn the_result_is_the_body_for_that_binding_and_for_no_other() {
    let (stage, exchange, queue) = stage_with("upper", None);
    let plain = stage.queue("plain");
    stage.bind(&exchange, &plain, "k");
    // Equal keys: no answer is kept.
    publish(&stage, &exchange, &["one", "two"]);
    publish(&stage, &exchange, &["three"]);
    let got = take(&queue);
    let view = View::new(&got[0], "");
    assert_eq!(view.property(Property::ContentType), Some(ValueRef::String("text/loud")));
    assert_eq!((view.routing_key(), view.body_len()), ("k", 3));
    publish(&stage, &exchange, &["four"]);
    assert_eq!(got.len(), 3);
    assert_eq!(bodies(&queue), ["FOUR"]);
    assert_eq!(bodies(&plain), ["one", "two", "three", "four"]);
}

#[test]
fn each_verdict_and_each_rule_for_failures_has_its_way() {
    type Case =
        (&'static str, Option<&'static str>, &'static [&'static str], &'static [&'static str]);
    let none: &[&str] = &[];
    let cases: [Case; 6] = [
        ("pass", None, &["pass"], none),
        ("drop", Some("pass"), none, none),
        ("dead", None, none, &["dead"]),
        ("fail", None, none, none),
        ("fail", Some("pass"), &["fail"], none),
        ("fail", Some("dead-letter"), none, &["fail"]),
    ];
    for (body, rule, delivered, dead) in cases {
        let (stage, exchange, queue) = stage_with("upper", rule);
        let alternate = stage.queue("dead");
        let published = publish(&stage, &exchange, &[body]);
        let got = (bodies(&queue), bodies(&alternate));
        assert!(got.0 == delivered && got.1 == dead, "{body}: {got:?}");
        let is_lost = delivered.is_empty() && dead.is_empty();
        assert_eq!(published.unrouted.len(), usize::from(is_lost), "{body}");
        assert_eq!(count(&exchange.counters.dropped), u64::from(is_lost), "{body}");
        let [binding] = &exchange.bindings()[..] else { panic!() };
        assert_eq!(binding.transformation_failures, u64::from(body == "fail"), "{body}");
    }
    let (stage, exchange, queue) = stage_with("endless", None);
    publish(&stage, &exchange, &["no such content type"]);
    assert_eq!(depth(&queue), 0);
}

#[test]
fn a_dead_letter_says_that_it_was_rejected() {
    let (stage, exchange, queue) = stage_with("upper", Some("dead-letter"));
    publish(&stage, &exchange, &["fail"]);
    let [letter] = &take(&stage.queue("dead"))[..] else { panic!() };
    let view = View::new(letter, "");
    let first = |name| format!("{:?}", view.header(name));
    assert!(first("x-first-death-reason").contains("rejected"));
    assert!(first("x-first-death-queue").contains("\"q\""));
    assert_eq!(queue.statistics().dead_lettered, 1);
}

#[test]
fn dead_letters_that_lead_back_come_to_an_end() {
    let (stage, exchange, queue) = stage_with("upper", None);
    let back = stage.with("back", &[("x-dead-letter-exchange", text("x"))]);
    stage.bind_with(&exchange, &back, "k", &arguments("upper", None)).unwrap();
    publish(&stage, &exchange, &["dead"]);
    assert_eq!((depth(&queue), depth(&back)), (0, 0));
    assert!(stage.host.sums().unroutable > 0);
}

#[test]
fn a_destination_without_a_place_for_dead_letters_takes_nothing() {
    let stage = Stage::new();
    let (exchange, _) = stage.exchange("x", None, false);
    let queue = stage.queue("q");
    stage.bind_with(&exchange, &queue, "k", &arguments("upper", None)).unwrap();
    let published = publish(&stage, &exchange, &["one", "dead"]);
    assert_eq!((bodies(&queue).len(), &published.unrouted[..]), (1, &[1][..]));
    assert_eq!(count(&exchange.counters.dropped), 1);
}

#[test]
fn nothing_is_dropped_that_came_by_another_way() {
    let stage = Stage::new();
    let (exchange, _) = stage.exchange("x", None, false);
    let queue = stage.queue("q");
    for name in ["one", "other"] {
        let (way, _) = stage.exchange(name, None, false);
        stage.bind_with(&way, &queue, "k", &arguments("upper", None)).unwrap();
        bind_beside(&stage, &exchange, &Endpoint::from(&way), &[]);
    }
    publish(&stage, &exchange, &["ab"]);
    assert_eq!(bodies(&queue), ["AB"]);
    for name in ["x", "one", "other"] {
        let exchange = stage.host.exchange(name).unwrap();
        assert_eq!(count(&exchange.counters.dropped), 0, "{name}");
    }
}

#[test]
fn each_distinct_result_is_one_entry() {
    let (stage, exchange, queue) = stage_with("upper", None);
    let to = Endpoint::from(&queue);
    for expression in ["first", "upper", "first", "same", "bang"] {
        bind_beside(&stage, &exchange, &to, &arguments(expression, Some("pass")));
    }
    publish(&stage, &exchange, &["ab"]);
    let mut got = bodies(&queue);
    got.sort();
    assert_eq!(got, ["AB", "a", "ab", "ab!"]);
    bind_beside(&stage, &exchange, &to, &[]);
    publish(&stage, &exchange, &["ab", "A"]);
    let mut got = bodies(&queue);
    got.sort();
    // Of another type "A" is another message.
    assert_eq!(got, ["A", "A", "A!", "AB", "a", "ab", "ab!"]);
}

#[test]
fn bindings_with_the_same_expression_ask_once() {
    let (stage, exchange, queue) = stage_with("asked", None);
    let other = stage.queue("other");
    stage.bind_with(&exchange, &other, "k", &arguments("asked", Some("pass"))).unwrap();
    publish(&stage, &exchange, &["one", "two"]);
    assert_eq!(bodies(&queue), ["0", "1"]);
    assert_eq!(bodies(&other), ["0", "1"]);
}

#[test]
fn the_filter_is_asked_first() {
    let stage = Stage::new();
    let (exchange, _) = stage.exchange("x", None, false);
    let queue = stage.queue("q");
    let filter =
        Value::Map(vec![(text("language"), text("bodies")), (text("expression"), text("four"))]);
    let arguments = encode_map([
        (filter::ARGUMENT, filter),
        ("loud-transform", text("upper")),
        ("loud-transform-error", text("pass")),
    ]);
    stage.bind_with(&exchange, &queue, "k", &arguments).unwrap();
    publish(&stage, &exchange, &["body", "other", "fail"]);
    assert_eq!(bodies(&queue), ["BODY", "fail"]);
}

#[test]
fn what_travels_to_another_exchange_is_what_was_made() {
    let stage = Stage::new();
    let (from, _) = stage.exchange("from", None, false);
    let (alternate, _) = stage.exchange("alternate", None, false);
    let (to, _) = stage.exchange("to", Some(&alternate), false);
    let [queue, left, near] = ["q", "left", "near"].map(|name| stage.queue(name));
    bind_beside(&stage, &from, &Endpoint::from(&to), &arguments("upper", None));
    bind_beside(&stage, &to, &Endpoint::from(&queue), &arguments("bang", None));
    stage.bind(&to, &near, "k");
    stage.bind(&alternate, &left, "k");
    let published = publish(&stage, &from, &["one", "dead", "two", "drop"]);
    assert_eq!(bodies(&queue), ["ONE!", "TWO!"]);
    assert_eq!(bodies(&near), ["ONE", "TWO"]);
    assert_eq!(bodies(&left), ["dead"]);
    assert_eq!(published.unrouted, [3]);
    assert_eq!((count(&from.counters.received), count(&to.counters.received)), (4, 2));
    assert_eq!((count(&from.counters.dropped), count(&to.counters.dropped)), (1, 0));
    assert_eq!((count(&from.counters.routed), count(&to.counters.routed)), (5, 4));
}

#[test]
fn a_ring_ends_whatever_its_transformations_make() {
    for (expression, expected) in [("upper", vec!["a", "A"]), ("bang", vec!["a"; 9])] {
        let stage = Stage::new();
        let (one, _) = stage.exchange("one", None, false);
        let (other, _) = stage.exchange("other", None, false);
        let queue = stage.queue("q");
        stage.bind(&one, &queue, "k");
        bind_beside(&stage, &one, &Endpoint::from(&other), &arguments(expression, None));
        bind_beside(&stage, &other, &Endpoint::from(&one), &[]);
        publish(&stage, &one, &["a"]);
        let got = bodies(&queue);
        assert_eq!(got.len(), expected.len(), "{got:?}");
        assert!(got.iter().zip(expected).all(|(got, begin)| got.starts_with(begin)), "{got:?}");
    }
}

#[test]
fn a_queue_is_full_of_results_by_the_index_of_their_messages() {
    let (stage, exchange, _) = stage_with("upper", None);
    let policy = [("qpid.max_count", Value::Int(1)), ("qpid.policy_type", text("reject"))];
    let small = stage.with("small", &policy);
    stage.bind_with(&exchange, &small, "k", &arguments("upper", None)).unwrap();
    let published = publish(&stage, &exchange, &["drop", "one", "pass", "two", "dead"]);
    let refused: Vec<_> = published.refused.iter().map(|refused| refused.index).collect();
    assert_eq!(refused, [2, 3]);
    assert_eq!(published.unrouted, [0]);
    assert_eq!(bodies(&small), ["ONE"]);
    let (stage, exchange, _) = stage_with("upper", None);
    let small = stage.with("small", &policy);
    stage.bind_with(&exchange, &small, "k", &arguments("upper", None)).unwrap();
    let batch = ["one", "two", "three"].map(|body| message("k", body));
    let published = stage.host.publish(&exchange, &batch, NOW_MS);
    assert_eq!(published.refused.first().map(|refused| refused.index), Some(1));
    assert_eq!((published.refused.len(), depth(&small)), (1, 1));
}

#[test]
fn a_queue_of_results_holds_its_publishers_back() {
    let (stage, exchange, _) = stage_with("upper", None);
    let flow = [("qpid.flow_stop_count", Value::Uint(1)), ("qpid.flow_resume_count", 0u32.into())];
    let queue = stage.with("slow", &flow);
    stage.bind_with(&exchange, &queue, "k", &arguments("bang", None)).unwrap();
    let published = publish(&stage, &exchange, &["one", "two"]);
    assert!(published.held.iter().any(|(index, held)| *index == 1 && Arc::ptr_eq(held, &queue)));
}

#[test]
fn a_commit_looks_for_room_for_what_will_be_made() {
    let (stage, exchange, _) = stage_with("upper", None);
    let policy = [("qpid.max_size", Value::Int(40)), ("qpid.policy_type", text("reject"))];
    let long = "a body that is longer than all that the queue may hold";
    for (expression, has_room) in [("first", true), ("bang", false)] {
        let queue = stage.with(expression, &policy);
        stage.bind_with(&exchange, &queue, expression, &arguments(expression, None)).unwrap();
        let batch = [(Arc::clone(&exchange), vec![message(expression, long)])];
        assert_eq!(stage.host.find_refusal(&batch).is_none(), has_room);
    }
}

#[test]
fn the_last_message_comes_to_a_new_binding_transformed() {
    let stage = Stage::new();
    let mut settings = ExchangeSettings::new("x", "equal");
    settings.keeps_last = true;
    let instance = Box::new(Instance(Arc::default()));
    let exchange = Arc::new(Exchange::new(settings, None, instance, false));
    publish(&stage, &exchange, &["last"]);
    for (expression, expected) in [("upper", "LAST"), ("same", "last")] {
        let queue = stage.queue(expression);
        stage.bind_with(&exchange, &queue, "k", &arguments(expression, None)).unwrap();
        assert_eq!(bodies(&queue), [expected]);
    }
}

#[test]
fn what_can_not_be_done_is_refused_by_the_arguments_name() {
    let stage = Stage::new();
    let (exchange, plugin) = stage.exchange("x", None, false);
    let queue = stage.queue("q");
    let cases = [
        (vec![("klingon-transform", text("e"))], "klingon-transform: filter language 'klingon'"),
        (vec![("loud-transform", text("wrong"))], "loud-transform: nobody knows 'wrong' (line 1, "),
        (vec![("loud-transform", Value::Bool(true))], "loud-transform: a string expected"),
        (
            vec![("bodies-transform", text("e"))],
            "bodies-transform: the language 'bodies' cannot transform",
        ),
        (
            vec![("loud-transform", text("upper")), ("bodies-transform", text("e"))],
            "bodies-transform: a binding transforms once",
        ),
        (
            vec![("loud-transform", text("upper")), ("loud-transform-error", text("retry"))],
            "loud-transform-error: 'drop', 'pass' or 'dead-letter' expected, found 'retry'",
        ),
    ];
    for (given, expected) in cases {
        let refused = stage.bind_with(&exchange, &queue, "k", &encode_map(given)).unwrap_err();
        assert!(refused.to_string().contains(expected), "{refused}");
    }
    assert!(plugin.bound.lock().is_empty());
}

#[test]
fn the_arguments_are_listed() {
    let (_stage, exchange, _) = stage_with("upper", Some("pass"));
    let [binding] = &exchange.bindings()[..] else { panic!() };
    let listed = MapRef::parse(&binding.arguments).unwrap();
    assert_eq!(listed.get("loud-transform"), Some(ValueRef::String("upper")));
    assert_eq!(listed.get("loud-transform-error"), Some(ValueRef::String("pass")));
}
