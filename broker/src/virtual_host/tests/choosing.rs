//! Consumers whose filters fail.

use super::dead_letters::bodies;
use super::failing::{BAD, Calls, Health};
use super::*;
use crate::virtual_host::VirtualHosts;

/// A queue, and a consumer of it that chooses.
struct Choosing {
    stage: Stage,
    queue: Arc<Queue>,
    calls: Arc<Mutex<Calls>>,
    health: Arc<Health>,
    consumer: ConsumerId,
    mailbox: Arc<Mailbox>,
}

impl Choosing {
    fn new(expression: &str) -> Self {
        let (stage, calls, health) = Stage::with_health();
        let (queue, mailbox) = (stage.queue("q"), Mailbox::new());
        let filter = stage.host.compile_filter(format_args!("f"), "picky", expression).unwrap();
        let token = Token { channel: 0, consumer: 0 };
        let subscribe = Subscribe {
            spec: ConsumerSpec {
                acquires: true,
                is_exclusive: false,
                is_filtered: true,
                priority: 0,
            },
            owner: OwnerId { connection: ConnectionId(1), session: 1 },
            filter: Some(Arc::new(filter)),
            waker: Waker { mailbox: Arc::clone(&mailbox), token },
        };
        let consumer = queue.subscribe(subscribe).unwrap().unwrap();
        queue.resume(consumer);
        Self { stage, queue, calls, health, consumer, mailbox }
    }

    fn fill(&self, bodies: &[&'static str]) {
        let messages: Vec<_> = bodies.iter().map(|body| message("q", body)).collect();
        self.stage.host.publish(&self.stage.host.exchange("").unwrap(), &messages, NOW_MS);
    }

    /// What it gets until there is nothing.
    fn pull(&self, now_ms: u64) -> Vec<String> {
        let mut into = Vec::new();
        while self.queue.pull(self.consumer, 100, u64::MAX, now_ms, &mut into) == PullState::More {}
        let body = |message: &Message| message.body().iter().collect::<Vec<_>>().concat();
        into.iter().map(|it| String::from_utf8(body(&it.message)).unwrap()).collect()
    }

    /// Whether it was told to pull, after that much time.
    fn is_rung(&self, now_ms: u64) -> bool {
        let mut rung = Vec::new();
        self.mailbox.take(&mut rung);
        rung.clear();
        self.stage.serve_due(now_ms);
        self.mailbox.take(&mut rung);
        !rung.is_empty()
    }

    fn due_count(&self) -> usize {
        VirtualHosts::of(&self.stage.host).due_count()
    }
}

#[test]
fn what_a_filter_fails_on_for_a_moment_comes_when_it_fails_no_more() {
    let choosing = Choosing::new("1 2");
    choosing.health.is_down.store(true, Ordering::Relaxed);
    choosing.fill(&["1", "other", "2"]);
    assert!(choosing.pull(NOW_MS).is_empty());
    choosing.health.is_down.store(false, Ordering::Relaxed);
    assert!(choosing.pull(NOW_MS).is_empty() && !choosing.is_rung(NOW_MS + 999));
    assert!(choosing.is_rung(NOW_MS + 1_000));
    assert_eq!(choosing.pull(NOW_MS + 1_000), ["1", "2"]);
    assert_eq!((depth(&choosing.queue), choosing.due_count()), (1, 0));
    assert!(!choosing.is_rung(NOW_MS + 9_000));
}

#[test]
fn a_message_that_a_filter_can_not_bear_stops_no_other_and_is_given_up() {
    let choosing = Choosing::new("1 bad");
    choosing.fill(&[BAD]);
    for second in 0..10 {
        let now_ms = NOW_MS + 1_000 * second;
        choosing.stage.serve_due(now_ms);
        choosing.fill(&["1"]);
        assert_eq!(choosing.pull(now_ms), ["1"]);
        let is_given_up = second >= 4;
        assert_eq!(choosing.due_count(), usize::from(!is_given_up), "after {second} seconds");
    }
    assert_eq!(bodies(&choosing.queue), [BAD], "it is there for others");
}

#[test]
fn what_a_filter_fails_on_while_it_decides_nothing_is_not_given_up() {
    let choosing = Choosing::new("bad");
    choosing.fill(&[BAD]);
    let at = |second: u64| NOW_MS + 1_000 * second;
    for second in 0..10 {
        choosing.stage.serve_due(at(second));
        assert!(choosing.pull(at(second)).is_empty());
    }
    choosing.health.is_well.store(true, Ordering::Relaxed);
    assert!(choosing.is_rung(at(10)));
    assert_eq!(choosing.pull(at(10)), [BAD]);
}

#[test]
fn what_failed_before_is_asked_about_apart() {
    let choosing = Choosing::new("1 2");
    choosing.fill(&["1", BAD, "2"]);
    assert_eq!(choosing.pull(NOW_MS), ["1", "2"]);
    choosing.fill(&["1", "2"]);
    choosing.stage.serve_due(NOW_MS + 1_000);
    choosing.calls.lock().clear();
    assert_eq!(choosing.pull(NOW_MS + 1_000), ["1", "2"]);
    assert_eq!(*choosing.calls.lock(), [(2, 1), (1, 1)]);
}
