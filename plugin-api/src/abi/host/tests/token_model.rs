//! Tokens and instances against a model: whatever the order of calls, completions and drops, each
//! call is answered once, each second completion is a fault, and the instance ends after its last
//! token.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::ThreadId;

use proptest::prelude::*;

use super::completion::{auth, identity, start};
use super::raw_auth::{DESTROYED, LIBRARY, succeed, token_of};
use crate::abi::host::Fault;
use crate::auth::{Auth, SaslOutcome};
use crate::testing::Answer;

#[derive(Clone, Copy, Debug)]
enum Operation {
    /// A call that answers PENDING.
    Start,
    /// A call that completes before it returns.
    StartBefore,
    /// Completes the call of this index, for the first time or again.
    Complete(usize),
    /// The host is done with the instance.
    Drop,
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        4 => Just(Operation::Start),
        1 => Just(Operation::StartBefore),
        6 => (0..8_usize).prop_map(Operation::Complete),
        1 => Just(Operation::Drop),
    ]
}

/// Numbers that no other test uses, for sessions and instances.
static NEXT: AtomicU64 = AtomicU64::new(1_000_000);

struct Call {
    session: u64,
    answer: Answer<SaslOutcome>,
    /// How often it was completed.
    completed: u32,
}

struct Model {
    auth: Option<Box<dyn Auth>>,
    calls: Vec<Call>,
    destroyed: Receiver<ThreadId>,
}

impl Model {
    fn new() -> Self {
        let instance = NEXT.fetch_add(1, Ordering::Relaxed);
        let (told, destroyed) = channel();
        DESTROYED.lock().unwrap().insert(instance, told);
        Self { auth: Some(auth(instance)), calls: Vec::new(), destroyed }
    }

    fn apply(&mut self, operation: Operation) {
        match operation {
            Operation::Start => self.start("LATER", 0),
            Operation::StartBefore => self.start("BEFORE", 1),
            Operation::Complete(index) => {
                let Some(call) = self.calls.get_mut(index) else { return };
                succeed(token_of(call.session), "model");
                call.completed += 1;
            }
            Operation::Drop => self.auth = None,
        }
    }

    fn start(&mut self, behaviour: &str, completed: u32) {
        let Some(auth) = &self.auth else { return };
        let session = NEXT.fetch_add(1, Ordering::Relaxed);
        let answer = start(&**auth, session, behaviour);
        self.calls.push(Call { session, answer, completed });
    }

    fn check(self) {
        let is_done = self.auth.is_none() && self.calls.iter().all(|call| call.completed > 0);
        if is_done {
            self.destroyed.recv().unwrap();
        }
        let is_open = !is_done && self.auth.is_none();
        assert!(self.destroyed.try_recv().is_err(), "destroyed twice or too early");
        for call in self.calls {
            let token = token_of(call.session);
            let twice = LIBRARY.1.has_fault(&Fault::CompletedTwice { token });
            assert_eq!(twice, call.completed > 1);
            match call.answer.now() {
                Some(answer) => {
                    assert!(["model", "before"].contains(&identity(answer).as_str()));
                    assert!(call.completed > 0 && call.answer.now().is_none());
                }
                None => {
                    assert_eq!(call.completed, 0);
                    succeed(token, "the end");
                }
            }
        }
        if is_open {
            self.destroyed.recv().unwrap();
        }
    }
}

proptest! {
    #[test]
    fn each_call_is_answered_once_and_the_instance_ends_last(
        operations in prop::collection::vec(operation(), 0..24),
    ) {
        let mut model = Model::new();
        for operation in operations {
            model.apply(operation);
        }
        model.check();
    }
}
