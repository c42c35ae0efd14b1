//! The providers in the order in which they are asked.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use philter_plugin_api::{Auth, Peer, SessionId};

use super::profile::{PLAIN, Profile};

/// Who asks to be let in.
#[derive(Clone, Debug)]
pub(crate) struct PeerInfo {
    address: String,
    is_loopback: bool,
    is_encrypted: bool,
    server_name: String,
    profile: Profile,
}

impl PeerInfo {
    /// A peer at this address, on an encrypted connection or not, that speaks 0-10.
    pub(crate) fn new(address: SocketAddr, is_encrypted: bool) -> Self {
        let is_loopback = address.ip().to_canonical().is_loopback();
        let (address, server_name) = (address.to_string(), String::new());
        Self { address, is_loopback, is_encrypted, server_name, profile: Profile::default() }
    }

    /// The same peer, speaking another protocol.
    #[must_use]
    pub(crate) fn speaking(self, profile: Profile) -> Self {
        Self { profile, ..self }
    }

    /// The protocol that it speaks.
    pub(super) fn profile(&self) -> Profile {
        self.profile
    }

    /// Its address, for the log.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// The peer as a provider sees it.
    pub(crate) fn as_peer(&self) -> Peer<'_> {
        Peer {
            address: &self.address,
            is_loopback: self.is_loopback,
            is_encrypted: self.is_encrypted,
            server_name: &self.server_name,
        }
    }
}

/// Whom a provider is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Every peer.
    Everyone,
    /// Peers of this protocol.
    Speaking(Profile),
}

/// A provider with its name.
pub(crate) struct Provider {
    /// Its type name, for the log.
    pub(crate) name: String,
    /// Its instance.
    pub(crate) auth: Box<dyn Auth>,
    /// Whom it is asked about.
    pub(crate) audience: Audience,
}

impl Provider {
    fn is_asked_about(&self, peer: &PeerInfo) -> bool {
        match self.audience {
            Audience::Everyone => true,
            Audience::Speaking(profile) => profile == peer.profile,
        }
    }

    fn offers(&self, mechanism: &str, peer: &PeerInfo) -> bool {
        let offered = self.auth.mechanisms(&peer.as_peer());
        self.is_asked_about(peer) && offered.iter().any(|offered| offered == mechanism)
    }
}

/// The providers in the order in which they are asked.
pub(crate) struct AuthChain {
    pub(super) providers: Vec<Provider>,
    answer_max: Duration,
    /// 0-9-1 peers on other machines may send a password in the clear.
    allows_plain: bool,
    next_session: AtomicU64,
}

impl AuthChain {
    /// A chain; a provider that does not answer within `answer_ms_max` has failed.
    pub(crate) fn new(providers: Vec<Provider>, answer_ms_max: u64) -> Self {
        let answer_max = Duration::from_millis(answer_ms_max);
        Self { providers, answer_max, allows_plain: false, next_session: AtomicU64::new(1) }
    }

    /// The same chain, where 0-9-1 peers on other machines may send a password in the clear.
    pub(crate) fn allowing_plain(self) -> Self {
        Self { allows_plain: true, ..self }
    }

    /// What to offer to this peer, in the order of its protocol.
    pub(crate) fn mechanisms(&self, peer: &PeerInfo) -> Vec<String> {
        let asked = self.providers.iter().filter(|provider| provider.is_asked_about(peer));
        let offered = asked.flat_map(|provider| provider.auth.mechanisms(&peer.as_peer()));
        let offered = offered.filter(|mechanism| !self.is_withheld(mechanism, peer));
        peer.profile.in_order(offered)
    }

    /// Whether providers would offer PLAIN to this peer and it is kept from it.
    pub(super) fn withholds_plain(&self, peer: &PeerInfo) -> bool {
        self.is_withheld(PLAIN, peer) && self.providers.iter().any(|it| it.offers(PLAIN, peer))
    }

    /// Whether this mechanism is kept from a peer, whoever offers it. 0-10 has Qpid's ways: there
    /// a provider's own word is enough.
    fn is_withheld(&self, mechanism: &str, peer: &PeerInfo) -> bool {
        let is_readable = !peer.is_encrypted && !peer.is_loopback;
        let is_asked_for = peer.profile == Profile::V0_9_1 && mechanism == PLAIN;
        is_asked_for && is_readable && !self.allows_plain
    }

    /// The provider at this place.
    pub(super) fn provider(&self, index: usize) -> Option<&Provider> {
        self.providers.get(index)
    }

    /// The places of the providers that offer this mechanism to this peer, in order.
    pub(super) fn offering(&self, peer: &PeerInfo, mechanism: &str) -> Vec<usize> {
        if self.is_withheld(mechanism, peer) {
            return Vec::new();
        }
        let all = self.providers.iter().enumerate();
        let offering = all.filter(|(_, provider)| provider.offers(mechanism, peer));
        offering.map(|(index, _)| index).collect()
    }

    /// How long a provider may take for an answer.
    pub(super) fn answer_max(&self) -> Duration {
        self.answer_max
    }

    /// A number for an exchange that no other exchange ever has.
    pub(super) fn new_session(&self) -> SessionId {
        SessionId(self.next_session.fetch_add(1, Ordering::Relaxed))
    }
}

impl std::fmt::Debug for AuthChain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.providers.iter().map(|provider| &provider.name)).finish()
    }
}
