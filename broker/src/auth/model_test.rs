//! Any providers, any peer: whatever they do, the exchange keeps its promises to both.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use philter_plugin_api::{Auth, Completion, Error, Peer, SaslOutcome, SessionId};
use proptest::collection::vec;
use proptest::prelude::*;

use super::limits::SASL_ROUNDS_MAX;
use super::*;

/// What a provider answers to one question.
#[derive(Clone, Copy, Debug)]
enum Reply {
    Challenge(u8),
    Success { has_data: bool },
    Failure,
    NotMine,
    Error,
    Silence,
}

/// What a peer does.
#[derive(Clone, Copy, Debug)]
enum Operation {
    Start,
    Step { bytes: usize },
}

/// How a provider's exchange stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Waits,
    Answered,
    Abandoned,
}

#[derive(Default)]
struct Ledger {
    exchanges: HashMap<u64, Standing>,
    last_reply: Option<Reply>,
    asked: usize,
}

struct Random {
    replies: Vec<Reply>,
    ledger: Arc<Mutex<Ledger>>,
    silent: Mutex<Vec<Completion<SaslOutcome>>>,
}

impl Random {
    fn reply(&self, session: SessionId, done: Completion<SaslOutcome>) {
        let reply = {
            let mut ledger = self.ledger.lock().unwrap();
            let reply = self.replies[ledger.asked % self.replies.len()];
            ledger.asked += 1;
            ledger.last_reply = Some(reply);
            let stays = matches!(reply, Reply::Challenge(_) | Reply::Silence);
            let standing = if stays { Standing::Waits } else { Standing::Answered };
            ledger.exchanges.insert(session.0, standing);
            reply
        };
        match reply {
            Reply::Challenge(byte) => done.ok(SaslOutcome::Challenge(vec![byte])),
            Reply::Failure => done.ok(SaslOutcome::Failure("no".to_owned())),
            Reply::NotMine => done.ok(SaslOutcome::NotMine),
            Reply::Error => done.err(Error::internal("broken")),
            Reply::Silence => self.silent.lock().unwrap().push(done),
            Reply::Success { has_data } => done.ok(SaslOutcome::Success {
                identity: "me".to_owned(),
                groups: vec![],
                expires_at_ms: None,
                additional: if has_data { vec![1] } else { vec![] },
            }),
        }
    }
}

impl Auth for Random {
    fn mechanisms(&self, _: &Peer<'_>) -> Vec<String> {
        vec!["PLAIN".to_owned()]
    }

    fn start(
        &self,
        session: SessionId,
        _: &Peer<'_>,
        _: &str,
        _: Option<&[u8]>,
        done: Completion<SaslOutcome>,
    ) {
        let known = self.ledger.lock().unwrap().exchanges.contains_key(&session.0);
        assert!(!known, "an exchange's number was used twice");
        self.reply(session, done);
    }

    fn step(&self, session: SessionId, _: &[u8], done: Completion<SaslOutcome>) {
        let standing = self.ledger.lock().unwrap().exchanges.get(&session.0).copied();
        assert_eq!(standing, Some(Standing::Waits), "a step in an exchange that does not wait");
        self.reply(session, done);
    }

    fn abandon(&self, session: SessionId) {
        let mut ledger = self.ledger.lock().unwrap();
        let before = ledger.exchanges.insert(session.0, Standing::Abandoned);
        assert_eq!(before, Some(Standing::Waits), "abandoned what had ended");
    }
}

fn reply() -> impl Strategy<Value = Reply> {
    prop_oneof![
        4 => (0..2_u8).prop_map(Reply::Challenge),
        2 => any::<bool>().prop_map(|has_data| Reply::Success { has_data }),
        1 => Just(Reply::Failure),
        3 => Just(Reply::NotMine),
        1 => Just(Reply::Error),
        1 => Just(Reply::Silence),
    ]
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        1 => Just(Operation::Start),
        6 => (0..3_usize).prop_map(|bytes| Operation::Step { bytes }),
    ]
}

async fn run(providers: Vec<Vec<Reply>>, operations: Vec<Operation>) {
    let ledger = Arc::new(Mutex::new(Ledger::default()));
    let count = providers.len();
    let provider = |replies| {
        let (ledger, silent) = (Arc::clone(&ledger), Mutex::default());
        let auth = Box::new(Random { replies, ledger, silent });
        Provider { name: "p".to_owned(), auth, audience: Audience::Everyone }
    };
    let chain = AuthChain::new(providers.into_iter().map(provider).collect(), 1_000);
    let peer = PeerInfo::new("127.0.0.1:1".parse().unwrap(), false);
    let mut exchange = SaslExchange::new(Arc::new(chain), peer);
    let mut confirms = false;
    for operation in operations {
        let asked_before = ledger.lock().unwrap().asked;
        let step = match operation {
            Operation::Start => exchange.start("PLAIN", None).await,
            Operation::Step { bytes } => exchange.step(vec![0; bytes].into()).await,
        };
        let ledger = ledger.lock().unwrap();
        let questions = ledger.asked - asked_before;
        assert!(questions <= count * (SASL_ROUNDS_MAX + 2), "{questions} questions for one answer");
        let is_success = matches!(ledger.last_reply, Some(Reply::Success { .. }));
        if let SaslStep::Success(_) = step {
            assert!(is_success && (questions > 0 || confirms), "a success that nobody granted");
        }
        confirms =
            questions > 0 && is_success && step == SaslStep::Challenge(Bytes::from_static(&[1]));
        let waiting = ledger.exchanges.values().filter(|it| **it == Standing::Waits).count();
        let is_challenge = matches!(step, SaslStep::Challenge(_));
        assert_eq!(waiting, usize::from(is_challenge && !confirms), "after {step:?}");
    }
    drop(exchange);
    let ledger = ledger.lock().unwrap();
    assert!(
        ledger.exchanges.values().all(|it| *it != Standing::Waits),
        "an exchange was forgotten"
    );
}

proptest! {
    #[test]
    fn every_exchange_ends_once_and_success_is_granted(
        providers in vec(vec(reply(), 1..6), 1..4),
        operations in vec(operation(), 1..30),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(run(providers, operations));
    }
}
