//! The crew alone, without threads and instances: what goes where.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

#[derive(Default)]
struct Answers {
    good: Arc<AtomicUsize>,
}

impl Answers {
    fn done(&self) -> Completion<SaslOutcome> {
        let good = Arc::clone(&self.good);
        Completion::new(move |answer| {
            good.fetch_add(usize::from(answer.is_ok()), Ordering::Relaxed);
        })
    }

    fn start(&self, session: u64) -> Work {
        let (peer, mechanism) = (Vec::new(), "PLAIN".to_owned());
        Work::Start { session, peer, mechanism, initial: None, done: self.done() }
    }

    fn step(&self, session: u64) -> Work {
        Work::Step { session, response: Vec::new(), done: self.done() }
    }
}

fn begun(handed: &Handed) -> Option<usize> {
    match handed {
        Handed::Begin(index) => Some(*index),
        _ => None,
    }
}

fn refusal(handed: Handed) -> String {
    let Handed::Refused(work, error) = handed else { panic!("it is taken") };
    let text = error.to_string();
    work.refuse(error);
    text
}

#[test]
fn threads_are_begun_as_calls_meet_and_no_more_than_there_may_be() {
    let (crew, answers) = (Crew::new(2), Answers::default());
    assert_eq!(begun(&crew.hand_out(answers.start(1))), Some(0));
    assert_eq!(begun(&crew.hand_out(answers.start(2))), Some(1));
    assert_eq!(begun(&crew.hand_out(answers.start(3))), None);
    assert!(matches!(crew.next(1), Some(Work::Start { session: 2, .. })));
    // One works and has nothing left, the other has two before it.
    assert_eq!(begun(&crew.hand_out(answers.start(4))), None);
    assert!(matches!(crew.next(1), Some(Work::Start { session: 4, .. })));
    assert!(matches!(crew.next(0), Some(Work::Start { session: 1, .. })));
    assert!(matches!(crew.next(0), Some(Work::Start { session: 3, .. })));
}

#[test]
fn a_login_stays_with_its_thread_until_it_is_over() {
    let (crew, answers) = (Crew::new(2), Answers::default());
    crew.hand_out(answers.start(1));
    crew.hand_out(answers.start(2));
    for index in [0, 1] {
        assert!(crew.next(index).is_some());
    }
    assert!(matches!(crew.hand_out(answers.step(2)), Handed::Taken));
    assert!(matches!(crew.next(1), Some(Work::Step { session: 2, .. })));
    crew.forget(2);
    assert_eq!(refusal(crew.hand_out(answers.step(2))), "the login 2 is not under way");
    crew.hand_out(Work::Abandon { session: 1 });
    assert!(matches!(crew.next(0), Some(Work::Abandon { session: 1 })));
    assert_eq!(refusal(crew.hand_out(answers.step(1))), "the login 1 is not under way");
    assert!(matches!(crew.hand_out(Work::Abandon { session: 9 }), Handed::Taken));
}

#[test]
fn what_waits_is_bounded_and_a_refusal_names_the_limit() {
    let (crew, answers) = (Crew::new(1), Answers::default());
    for session in 0..AUTH_CALLS_MAX as u64 {
        assert!(!matches!(crew.hand_out(answers.start(session)), Handed::Refused(..)));
    }
    let text = refusal(crew.hand_out(answers.start(u64::MAX)));
    assert_eq!(text, "4096 calls wait for this provider, which is the limit");
    assert!(crew.next(0).is_some());
    assert!(matches!(crew.hand_out(answers.start(u64::MAX)), Handed::Taken));
}

#[test]
fn everything_is_done_before_the_end() {
    let (crew, answers) = (Crew::new(1), Answers::default());
    crew.hand_out(answers.start(1));
    crew.tell_all(|| Work::Tidy);
    crew.end();
    assert!(matches!(crew.next(0), Some(Work::Start { .. })));
    assert!(matches!(crew.next(0), Some(Work::Tidy)));
    assert!(crew.next(0).is_none());
}

#[test]
fn a_thread_that_does_not_begin_leaves_its_work_to_be_refused() {
    let (crew, answers) = (Crew::new(2), Answers::default());
    assert_eq!(begun(&crew.hand_out(answers.start(1))), Some(0));
    assert_eq!(crew.take_back(0).len(), 1);
    assert_eq!(refusal(crew.hand_out(answers.step(1))), "the login 1 is not under way");
    assert_eq!(begun(&crew.hand_out(answers.start(2))), Some(0));
}
