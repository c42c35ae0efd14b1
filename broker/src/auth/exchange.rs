//! One connection's SASL exchange (RFC 4422, section 3) with the providers that offered its
//! mechanism.
//!
//! A provider that answers "not mine" passes to the next. Where challenges went out before it said
//! so, the next provider is walked through the same exchange; it can take over only where it asks
//! the same.
//!
//! Invariants:
//! - a provider is asked only where it offered the mechanism to this peer;
//! - a provider's exchange ends by its answer or by `abandon`, never by being forgotten;
//! - at most [`SASL_ROUNDS_MAX`] responses of at most [`RESPONSE_BYTES_MAX`] bytes are taken.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use philter_plugin_api::{Completion, SaslOutcome, SessionId};
use tokio::sync::oneshot;
use tracing::info;

use super::chain::{AuthChain, PeerInfo};
use super::limits::{RESPONSE_BYTES_MAX, SASL_ROUNDS_MAX};
use super::profile::PLAIN;

/// Why PLAIN is kept from a peer.
const IN_THE_CLEAR: &str =
    "its password would cross the network in the clear, which the option allow-plain allows";

/// Who a peer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Principal {
    /// The identity that the broker uses from now on.
    pub(crate) identity: String,
    /// What a message's `user-id` has to say where its sender is to be believed: the name that the
    /// peer logged in with, or its identity's without the realm where it gave none.
    pub(crate) user_id: String,
    /// Groups it belongs to.
    pub(crate) groups: Vec<String>,
    /// The provider that said so.
    pub(crate) provider: String,
    /// When the identity ends, milliseconds since 1970.
    pub(crate) expires_at_ms: Option<u64>,
}

/// What comes next in the exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SaslStep {
    /// Send this and wait for the peer's response.
    Challenge(Bytes),
    /// The peer is who it says.
    Success(Principal),
    /// The peer is not let in; it is told [`super::FAILURE_TEXT`] and no more.
    Failure {
        /// Why, for the log.
        log_text: String,
    },
}

/// One connection's exchange.
#[derive(Debug)]
pub(crate) struct SaslExchange {
    chain: Arc<AuthChain>,
    peer: PeerInfo,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Nothing was said yet.
    Idle,
    /// A provider waits for a response.
    Challenged(Dialogue),
    /// The provider is content; the data that accompanies its success is on its way as a challenge,
    /// because 0-10 has no place for it elsewhere. The peer answers with nothing.
    Confirming(Principal),
    /// It is over.
    Over,
}

/// What was said so far, and to whom.
#[derive(Debug)]
struct Dialogue {
    mechanism: String,
    initial: Option<Bytes>,
    /// Challenges and the responses to them, oldest first; the last may still wait for its
    /// response.
    turns: Vec<(Vec<u8>, Option<Bytes>)>,
    /// The provider that is being asked.
    asked: Asked,
    /// Those that are asked after it, in order.
    others: VecDeque<usize>,
}

/// A provider's side of the exchange; dropping it tells the provider to forget it.
#[derive(Debug)]
struct Asked {
    chain: Arc<AuthChain>,
    provider: usize,
    session: SessionId,
    is_open: bool,
}

impl SaslExchange {
    /// An exchange that has not begun.
    pub(crate) fn new(chain: Arc<AuthChain>, peer: PeerInfo) -> Self {
        Self { chain, peer, state: State::Idle }
    }

    /// What to offer to the peer, in the order of its protocol.
    pub(crate) fn mechanisms(&self) -> Vec<String> {
        if self.chain.withholds_plain(&self.peer) {
            info!("{}: PLAIN is not offered: {IN_THE_CLEAR}", self.peer.address());
        }
        self.chain.mechanisms(&self.peer)
    }

    /// The peer chose a mechanism, perhaps with an initial response. An exchange that is under way
    /// is abandoned.
    pub(crate) async fn start(&mut self, mechanism: &str, initial: Option<Bytes>) -> SaslStep {
        self.state = State::Over;
        if let Some(step) = initial.as_ref().and_then(too_large) {
            return step;
        }
        let (mechanism, initial) = match self.peer.profile().heard(mechanism, initial) {
            Ok(heard) => heard,
            Err(malformed) => return failure(malformed.to_string()),
        };
        let mut others = VecDeque::from(self.chain.offering(&self.peer, mechanism));
        let Some(first) = others.pop_front() else {
            return self.not_on_offer(mechanism);
        };
        let mut dialogue = Dialogue {
            mechanism: mechanism.to_owned(),
            initial,
            turns: Vec::new(),
            asked: Asked::new(&self.chain, first),
            others,
        };
        let outcome = dialogue.begin(&self.peer).await;
        self.settle(dialogue, outcome).await
    }

    /// The peer answered a challenge.
    pub(crate) async fn step(&mut self, response: Bytes) -> SaslStep {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Idle | State::Over => failure("a response without a challenge".to_owned()),
            State::Confirming(principal) if response.is_empty() => SaslStep::Success(principal),
            State::Confirming(_) => failure("a response to the data of a success".to_owned()),
            State::Challenged(mut dialogue) => {
                if let Some(step) = too_large(&response).or_else(|| dialogue.too_long()) {
                    return step;
                }
                dialogue.hear(&response);
                let outcome = dialogue.asked.step(&response).await;
                self.settle(dialogue, outcome).await
            }
        }
    }

    fn not_on_offer(&self, mechanism: &str) -> SaslStep {
        let is_withheld = mechanism == PLAIN && self.chain.withholds_plain(&self.peer);
        let why = if is_withheld { format!(": {IN_THE_CLEAR}") } else { String::new() };
        failure(format!("mechanism '{mechanism}' is not on offer to this peer{why}"))
    }

    /// Turns a provider's answer into a step, asking the next one as long as it is nobody's.
    async fn settle(&mut self, mut dialogue: Dialogue, mut outcome: Outcome) -> SaslStep {
        loop {
            match outcome {
                Ok(SaslOutcome::Challenge(challenge)) => {
                    dialogue.turns.push((challenge.clone(), None));
                    self.state = State::Challenged(dialogue);
                    return SaslStep::Challenge(challenge.into());
                }
                Ok(SaslOutcome::Success { identity, groups, expires_at_ms, additional }) => {
                    let provider = dialogue.asked.finish();
                    let user_id = dialogue.user_id(&identity);
                    let principal =
                        Principal { identity, user_id, groups, provider, expires_at_ms };
                    if additional.is_empty() {
                        return SaslStep::Success(principal);
                    }
                    self.state = State::Confirming(principal);
                    return SaslStep::Challenge(additional.into());
                }
                Ok(SaslOutcome::Failure(reason)) => return dialogue.asked.failed(reason),
                Err(error @ Unanswered::Late { .. }) => {
                    dialogue.asked.abandon();
                    return dialogue.asked.failed(error);
                }
                Err(error) => return dialogue.asked.failed(error),
                Ok(SaslOutcome::NotMine) => {
                    dialogue.asked.finish();
                    let Some(next) = dialogue.others.pop_front() else {
                        return failure("no provider knows this user".to_owned());
                    };
                    dialogue.asked = Asked::new(&self.chain, next);
                    outcome = dialogue.replay(&self.peer).await;
                }
            }
        }
    }
}

/// A provider's answer, or why there is none.
type Outcome = Result<SaslOutcome, Unanswered>;

/// Why a provider gave no outcome.
#[derive(Debug, thiserror::Error)]
enum Unanswered {
    /// It failed.
    #[error("{0}")]
    Error(philter_plugin_api::Error),
    /// It will not answer any more.
    #[error("the provider went away")]
    Gone,
    /// It may still be at it.
    #[error("no answer within {answer_ms_max} ms")]
    Late {
        /// The limit.
        answer_ms_max: u128,
    },
}

impl Dialogue {
    async fn begin(&mut self, peer: &PeerInfo) -> Outcome {
        self.asked.start(peer, &self.mechanism, self.initial.as_ref()).await
    }

    /// Walks another provider through what was said so far.
    async fn replay(&mut self, peer: &PeerInfo) -> Outcome {
        let mut outcome = self.begin(peer).await;
        for (challenge, response) in &self.turns {
            let Some(response) = response else { break };
            match outcome {
                Ok(SaslOutcome::Challenge(same)) if same == *challenge => {
                    outcome = self.asked.step(response).await;
                }
                // It asks something else than what the peer answered already, so it can't take
                // over.
                Ok(SaslOutcome::Challenge(_)) => {
                    self.asked.abandon();
                    return Ok(SaslOutcome::NotMine);
                }
                other => return other,
            }
        }
        outcome
    }

    /// The name that the peer gave itself by PLAIN, or the identity's without its realm.
    fn user_id(&self, identity: &str) -> String {
        let responses = self.turns.iter().filter_map(|(_, response)| response.as_ref());
        let mut said = self.initial.iter().chain(responses);
        let message = said.find(|message| self.mechanism == PLAIN && !message.is_empty());
        let given = message.and_then(|message| message.split(|&byte| byte == 0).nth(1));
        let given = given.and_then(|name| std::str::from_utf8(name).ok());
        let known = || identity.rsplit_once('@').map_or(identity, |(name, _realm)| name);
        given.unwrap_or_else(known).to_owned()
    }

    fn hear(&mut self, response: &Bytes) {
        if let Some((_, unanswered)) = self.turns.last_mut() {
            *unanswered = Some(response.clone());
        }
    }

    fn too_long(&self) -> Option<SaslStep> {
        let heard = self.turns.len() + usize::from(self.initial.is_some());
        (heard > SASL_ROUNDS_MAX)
            .then(|| failure(format!("more than {SASL_ROUNDS_MAX} responses in one exchange")))
    }
}

impl Asked {
    fn new(chain: &Arc<AuthChain>, provider: usize) -> Self {
        let session = chain.new_session();
        Self { chain: Arc::clone(chain), provider, session, is_open: true }
    }

    async fn start(&self, peer: &PeerInfo, mechanism: &str, initial: Option<&Bytes>) -> Outcome {
        let (done, answer) = completion();
        if let Some(provider) = self.chain.provider(self.provider) {
            let initial = initial.map(Bytes::as_ref);
            provider.auth.start(self.session, &peer.as_peer(), mechanism, initial, done);
        }
        self.wait(answer).await
    }

    async fn step(&self, response: &Bytes) -> Outcome {
        let (done, answer) = completion();
        if let Some(provider) = self.chain.provider(self.provider) {
            provider.auth.step(self.session, response, done);
        }
        self.wait(answer).await
    }

    async fn wait(&self, answer: Answer) -> Outcome {
        let limit = self.chain.answer_max();
        match tokio::time::timeout(limit, answer).await {
            Ok(Ok(Ok(outcome))) => Ok(outcome),
            Ok(Ok(Err(error))) => Err(Unanswered::Error(error)),
            Ok(Err(_)) => Err(Unanswered::Gone),
            Err(_) => Err(Unanswered::Late { answer_ms_max: limit.as_millis() }),
        }
    }

    /// Tells the provider to forget an exchange that it waits in.
    fn abandon(&mut self) {
        if std::mem::take(&mut self.is_open)
            && let Some(provider) = self.chain.provider(self.provider)
        {
            provider.auth.abandon(self.session);
        }
    }

    /// The exchange ended without success.
    fn failed(&mut self, reason: impl std::fmt::Display) -> SaslStep {
        let provider = self.finish();
        failure(format!("{provider}: {reason}"))
    }

    /// The provider's exchange ended by its answer; answers with the provider's name.
    fn finish(&mut self) -> String {
        self.is_open = false;
        self.chain.provider(self.provider).map(|known| known.name.clone()).unwrap_or_default()
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.abandon();
    }
}

type Answer = oneshot::Receiver<philter_plugin_api::Result<SaslOutcome>>;

fn completion() -> (Completion<SaslOutcome>, Answer) {
    let (sender, answer) = oneshot::channel();
    // The connection may be gone; then nobody wants the answer.
    let done = Completion::new(move |result| drop(sender.send(result)));
    (done, answer)
}

fn failure(log_text: String) -> SaslStep {
    SaslStep::Failure { log_text }
}

fn too_large(response: &Bytes) -> Option<SaslStep> {
    let found = response.len();
    (found > RESPONSE_BYTES_MAX).then(|| {
        failure(format!("a response of {found} bytes; at most {RESPONSE_BYTES_MAX} are taken"))
    })
}
