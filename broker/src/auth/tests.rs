//! The chain and the exchange against providers that live in this process.

use std::sync::Arc;
use std::sync::Mutex;

use bytes::Bytes;
use philter_plugin_api::{Auth, Completion, Error, Peer, SaslOutcome, SessionId};

use super::limits::{RESPONSE_BYTES_MAX, SASL_ROUNDS_MAX};
use super::*;

/// What a provider was asked, in order.
type Log = Arc<Mutex<Vec<String>>>;

/// A provider that answers by rule.
struct Scripted {
    name: &'static str,
    offers: &'static [&'static str],
    answer: fn(round: usize, bytes: &[u8]) -> Option<philter_plugin_api::Result<SaslOutcome>>,
    rounds: Mutex<usize>,
    log: Log,
}

impl Scripted {
    fn answer(&self, bytes: &[u8], done: Completion<SaslOutcome>) {
        let round = {
            let mut rounds = self.rounds.lock().unwrap();
            *rounds += 1;
            *rounds - 1
        };
        match (self.answer)(round, bytes) {
            Some(result) => done.finish(result),
            None => std::mem::forget(done),
        }
    }

    fn note(&self, what: String) {
        self.log.lock().unwrap().push(format!("{} {what}", self.name));
    }
}

impl Auth for Scripted {
    fn mechanisms(&self, _: &Peer<'_>) -> Vec<String> {
        self.offers.iter().map(|name| (*name).to_owned()).collect()
    }

    fn start(
        &self,
        _: SessionId,
        _: &Peer<'_>,
        mechanism: &str,
        initial: Option<&[u8]>,
        done: Completion<SaslOutcome>,
    ) {
        let initial = initial.unwrap_or_default();
        self.note(format!("start {mechanism} {}", String::from_utf8_lossy(initial)));
        self.answer(initial, done);
    }

    fn step(&self, _: SessionId, response: &[u8], done: Completion<SaslOutcome>) {
        self.note(format!("step {}", String::from_utf8_lossy(response)));
        self.answer(response, done);
    }

    fn abandon(&self, _: SessionId) {
        self.note("abandon".to_owned());
    }
}

type Answer = fn(usize, &[u8]) -> Option<philter_plugin_api::Result<SaslOutcome>>;

fn exchange(providers: &[(&'static str, &'static [&'static str], Answer)]) -> (SaslExchange, Log) {
    let (chain, log) = chain(providers);
    let peer = PeerInfo::new("127.0.0.1:1".parse().unwrap(), false);
    (SaslExchange::new(Arc::new(chain), peer), log)
}

fn chain(providers: &[(&'static str, &'static [&'static str], Answer)]) -> (AuthChain, Log) {
    let log = Log::default();
    let provider = |(name, offers, answer): &(&'static str, &'static [&'static str], Answer)| {
        let (name, offers, answer, log) = (*name, *offers, *answer, Arc::clone(&log));
        let auth = Box::new(Scripted { name, offers, answer, rounds: Mutex::default(), log });
        Provider { name: name.to_owned(), auth, audience: Audience::Everyone }
    };
    (AuthChain::new(providers.iter().map(provider).collect(), 1_000), log)
}

/// An exchange of a 0-9-1 peer at this address with one provider.
fn of_0_9_1(address: &str, chain: AuthChain) -> SaslExchange {
    let peer = PeerInfo::new(address.parse().unwrap(), false).speaking(Profile::V0_9_1);
    SaslExchange::new(Arc::new(chain), peer)
}

fn success(identity: &str) -> SaslOutcome {
    let identity = identity.to_owned();
    SaslOutcome::Success { identity, groups: vec![], expires_at_ms: None, additional: vec![] }
}

fn identity(step: &SaslStep) -> (&str, &str) {
    match step {
        SaslStep::Success(principal) => (&principal.identity, &principal.provider),
        other => panic!("no success: {other:?}"),
    }
}

fn log_text(step: &SaslStep) -> &str {
    match step {
        SaslStep::Failure { log_text } => log_text,
        other => panic!("no failure: {other:?}"),
    }
}

const NOT_MINE: Answer = |_, _| Some(Ok(SaslOutcome::NotMine));
const WELCOME: Answer = |_, _| Some(Ok(success("me")));

#[tokio::test]
async fn not_mine_passes_to_the_next_that_offers_the_mechanism() {
    let (mut exchange, log) = exchange(&[
        ("a", &["PLAIN"], NOT_MINE),
        ("b", &["ANONYMOUS"], WELCOME),
        ("c", &["PLAIN"], WELCOME),
    ]);
    assert_eq!(exchange.mechanisms(), ["PLAIN", "ANONYMOUS"]);
    let step = exchange.start("PLAIN", Some(Bytes::from_static(b"x"))).await;
    assert_eq!(identity(&step), ("me", "c"));
    assert_eq!(*log.lock().unwrap(), ["a start PLAIN x", "c start PLAIN x"]);
}

#[tokio::test]
async fn a_mechanism_that_nobody_offers_asks_nobody() {
    let (mut exchange, log) = exchange(&[("a", &["PLAIN"], WELCOME)]);
    let step = exchange.start("ANONYMOUS", None).await;
    assert_eq!(log_text(&step), "mechanism 'ANONYMOUS' is not on offer to this peer");
    assert!(log.lock().unwrap().is_empty());
}

#[tokio::test]
async fn nobodys_user_is_a_failure_and_a_providers_no_is_final() {
    let (mut nobodys, _) = exchange(&[("a", &["PLAIN"], NOT_MINE), ("b", &["PLAIN"], NOT_MINE)]);
    let step = nobodys.start("PLAIN", None).await;
    assert_eq!(log_text(&step), "no provider knows this user");
    let no: Answer = |_, _| Some(Ok(SaslOutcome::Failure("wrong password".to_owned())));
    let (mut refused, log) = exchange(&[("a", &["PLAIN"], no), ("b", &["PLAIN"], WELCOME)]);
    let step = refused.start("PLAIN", None).await;
    assert_eq!(log_text(&step), "a: wrong password");
    assert_eq!(log.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn an_error_a_lost_answer_and_no_answer_are_failures() {
    let error: Answer = |_, _| Some(Err(Error::internal("no disk")));
    let (mut broken, _) = exchange(&[("a", &["PLAIN"], error), ("b", &["PLAIN"], WELCOME)]);
    assert_eq!(log_text(&broken.start("PLAIN", None).await), "a: no disk");
    tokio::time::pause();
    let (mut silent, log) = exchange(&[("a", &["PLAIN"], |_, _| None)]);
    assert_eq!(log_text(&silent.start("PLAIN", None).await), "a: no answer within 1000 ms");
    assert_eq!(*log.lock().unwrap(), ["a start PLAIN ", "a abandon"]);
}

#[tokio::test]
async fn a_late_not_mine_is_replayed_to_a_provider_that_asks_the_same() {
    let asks_then_passes: Answer = |round, _| {
        Some(Ok(if round == 0 { SaslOutcome::Challenge(vec![]) } else { SaslOutcome::NotMine }))
    };
    let asks_otherwise: Answer = |_, _| Some(Ok(SaslOutcome::Challenge(b"nonce".to_vec())));
    let asks_then_knows: Answer = |round, bytes| {
        let known = || success(&String::from_utf8_lossy(bytes));
        Some(Ok(if round == 0 { SaslOutcome::Challenge(vec![]) } else { known() }))
    };
    let (mut exchange, log) = exchange(&[
        ("a", &["PLAIN"], asks_then_passes),
        ("b", &["PLAIN"], asks_otherwise),
        ("c", &["PLAIN"], asks_then_knows),
    ]);
    assert_eq!(exchange.start("PLAIN", None).await, SaslStep::Challenge(Bytes::new()));
    let step = exchange.step(Bytes::from_static(b"jo")).await;
    assert_eq!(identity(&step), ("jo", "c"));
    let wanted = [
        "a start PLAIN ",
        "a step jo",
        "b start PLAIN ",
        "b abandon",
        "c start PLAIN ",
        "c step jo",
    ];
    assert_eq!(*log.lock().unwrap(), wanted);
}

#[tokio::test]
async fn data_of_a_success_goes_out_as_a_challenge_and_wants_an_empty_answer() {
    let scram: Answer = |_, _| {
        let mut outcome = success("me");
        if let SaslOutcome::Success { additional, .. } = &mut outcome {
            *additional = b"v=proof".to_vec();
        }
        Some(Ok(outcome))
    };
    let (mut polite, log) = exchange(&[("a", &["SCRAM-SHA-256"], scram)]);
    let step = polite.start("SCRAM-SHA-256", None).await;
    assert_eq!(step, SaslStep::Challenge(Bytes::from_static(b"v=proof")));
    assert_eq!(identity(&polite.step(Bytes::new()).await), ("me", "a"));
    drop(polite);
    assert_eq!(log.lock().unwrap().len(), 1, "a finished exchange is not abandoned");
    let (mut rude, _) = exchange(&[("a", &["SCRAM-SHA-256"], scram)]);
    rude.start("SCRAM-SHA-256", None).await;
    let step = rude.step(Bytes::from_static(b"x")).await;
    assert_eq!(log_text(&step), "a response to the data of a success");
}

#[tokio::test]
async fn a_peer_that_leaves_is_forgotten_by_the_provider() {
    let asks: Answer = |_, _| Some(Ok(SaslOutcome::Challenge(vec![1])));
    let (mut exchange, log) = exchange(&[("a", &["PLAIN"], asks)]);
    exchange.start("PLAIN", None).await;
    drop(exchange);
    assert_eq!(log.lock().unwrap().last().unwrap(), "a abandon");
}

#[tokio::test]
async fn rounds_and_bytes_are_limited() {
    let asks: Answer = |_, _| Some(Ok(SaslOutcome::Challenge(vec![1])));
    let (mut endless, _) = exchange(&[("a", &["PLAIN"], asks)]);
    let mut step = endless.start("PLAIN", Some(Bytes::new())).await;
    let mut responses = 1;
    while let SaslStep::Challenge(_) = step {
        step = endless.step(Bytes::new()).await;
        responses += 1;
        assert!(responses <= SASL_ROUNDS_MAX + 1, "endless");
    }
    assert_eq!(log_text(&step), "more than 8 responses in one exchange");
    let (mut large, log) = exchange(&[("a", &["PLAIN"], asks)]);
    let step = large.start("PLAIN", Some(vec![0; RESPONSE_BYTES_MAX + 1].into())).await;
    assert!(log_text(&step).starts_with("a response of 16385 bytes"));
    assert!(log.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_response_without_a_challenge_is_refused() {
    let (mut exchange, _) = exchange(&[("a", &["PLAIN"], WELCOME)]);
    let step = exchange.step(Bytes::new()).await;
    assert_eq!(log_text(&step), "a response without a challenge");
    exchange.start("PLAIN", None).await;
    let step = exchange.step(Bytes::new()).await;
    assert_eq!(log_text(&step), "a response without a challenge");
}

#[test]
fn loopback_is_recognised_in_both_families() {
    for (address, is_loopback) in [
        ("127.0.0.9:1", true),
        ("[::1]:1", true),
        ("[::ffff:127.0.0.1]:1", true),
        ("10.0.0.1:1", false),
    ] {
        let peer = PeerInfo::new(address.parse().unwrap(), false);
        assert_eq!(peer.as_peer().is_loopback, is_loopback, "{address}");
    }
}

const NEAR: &str = "127.0.0.1:1";
const FAR: &str = "192.0.2.1:1";

#[tokio::test]
async fn amqplain_asks_the_providers_of_plain() {
    let (chain, log) = chain(&[("a", &["PLAIN"], WELCOME)]);
    let mut exchange = of_0_9_1(NEAR, chain);
    assert_eq!(exchange.mechanisms(), ["PLAIN", "AMQPLAIN"]);
    let table = Bytes::from_static(b"\x05LOGINS\0\0\0\x02jo\x08PASSWORDS\0\0\0\x01x");
    assert_eq!(identity(&exchange.start("AMQPLAIN", Some(table)).await), ("me", "a"));
    assert_eq!(*log.lock().unwrap(), ["a start PLAIN \0jo\0x"]);
    let step = exchange.start("AMQPLAIN", Some(Bytes::from_static(b"\0jo\0x"))).await;
    assert!(log_text(&step).starts_with("an AMQPLAIN response is no field table"), "{step:?}");
    assert_eq!(log.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn plain_in_the_clear_from_elsewhere_needs_the_option_that_the_log_names() {
    let providers: [(_, &'static [_], _); 1] = [("a", &["SCRAM-SHA-256", "PLAIN"], WELCOME)];
    let mut refused = of_0_9_1(FAR, chain(&providers).0);
    assert_eq!(refused.mechanisms(), ["SCRAM-SHA-256"]);
    for mechanism in ["PLAIN", "AMQPLAIN"] {
        let table = Bytes::from_static(b"\x05LOGINS\0\0\0\0\x08PASSWORDS\0\0\0\0");
        let step = refused.start(mechanism, Some(table)).await;
        assert!(log_text(&step).contains("the option allow-plain"), "{step:?}");
    }
    let mut allowed = of_0_9_1(FAR, chain(&providers).0.allowing_plain());
    assert_eq!(allowed.mechanisms(), ["PLAIN", "AMQPLAIN", "SCRAM-SHA-256"]);
    let step = allowed.start("PLAIN", Some(Bytes::from_static(b"\0jo\0x"))).await;
    assert_eq!(identity(&step), ("me", "a"));
    let encrypted = PeerInfo::new(FAR.parse().unwrap(), true).speaking(Profile::V0_9_1);
    assert_eq!(chain(&providers).0.mechanisms(&encrypted).first().unwrap(), "PLAIN");
    let qpids = PeerInfo::new(FAR.parse().unwrap(), false);
    assert_eq!(chain(&providers).0.mechanisms(&qpids), ["SCRAM-SHA-256", "PLAIN"]);
}

#[test]
fn a_provider_for_one_protocol_is_no_others() {
    let mut guests = chain(&[("b", &["PLAIN"], WELCOME)]).0.providers;
    guests[0].audience = Audience::Speaking(Profile::V0_9_1);
    let mut all = chain(&[("a", &["ANONYMOUS"], WELCOME)]).0.providers;
    all.append(&mut guests);
    let chain = AuthChain::new(all, 1_000);
    let near = PeerInfo::new(NEAR.parse().unwrap(), false);
    assert_eq!(chain.mechanisms(&near), ["ANONYMOUS"]);
    assert!(chain.offering(&near, "PLAIN").is_empty());
    let near = near.speaking(Profile::V0_9_1);
    assert_eq!(chain.mechanisms(&near), ["PLAIN", "AMQPLAIN", "ANONYMOUS"]);
    assert_eq!(chain.offering(&near, "PLAIN"), [1]);
}

#[tokio::test]
async fn a_user_id_is_the_name_that_the_peer_logged_in_with() {
    async fn user_id(mechanism: &str, initial: Option<&'static [u8]>) -> String {
        let named: Answer = |_, bytes| {
            Some(Ok(match bytes {
                [] => SaslOutcome::Challenge(vec![]),
                _ => success("anonymous@QPID"),
            }))
        };
        let (chain, _) = chain(&[("a", &["PLAIN", "ANONYMOUS"], named)]);
        let mut exchange = of_0_9_1(NEAR, chain);
        let mut step = exchange.start(mechanism, initial.map(Bytes::from_static)).await;
        if let SaslStep::Challenge(_) = step {
            step = exchange.step(Bytes::from_static(b"\0guest\0guest")).await;
        }
        let SaslStep::Success(principal) = step else { panic!("{step:?}") };
        principal.user_id
    }
    assert_eq!(user_id("PLAIN", Some(b"\0guest\0guest")).await, "guest");
    assert_eq!(user_id("PLAIN", None).await, "guest");
    assert_eq!(user_id("PLAIN", Some(b"\0jo@QPID\0x")).await, "jo@QPID");
    assert_eq!(user_id("ANONYMOUS", Some(b"trace")).await, "anonymous");
}
