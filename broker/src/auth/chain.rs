//! The providers in the order in which they are asked.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use philter_plugin_api::{Auth, Peer, SessionId};

use super::mechanism::strongest_first;

/// Who asks to be let in.
#[derive(Clone, Debug)]
pub(crate) struct PeerInfo {
    address: String,
    is_loopback: bool,
    is_encrypted: bool,
    server_name: String,
}

impl PeerInfo {
    /// A peer at this address, on an encrypted connection or not.
    pub(crate) fn new(address: SocketAddr, is_encrypted: bool) -> Self {
        let is_loopback = address.ip().to_canonical().is_loopback();
        Self { address: address.to_string(), is_loopback, is_encrypted, server_name: String::new() }
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

/// A provider with its name.
pub(crate) struct Provider {
    /// Its type name, for the log.
    pub(crate) name: String,
    /// Its instance.
    pub(crate) auth: Box<dyn Auth>,
}

/// The providers in the order in which they are asked.
pub(crate) struct AuthChain {
    providers: Vec<Provider>,
    answer_max: Duration,
    next_session: AtomicU64,
}

impl AuthChain {
    /// A chain; a provider that does not answer within `answer_ms_max` has failed.
    pub(crate) fn new(providers: Vec<Provider>, answer_ms_max: u64) -> Self {
        let answer_max = Duration::from_millis(answer_ms_max);
        Self { providers, answer_max, next_session: AtomicU64::new(1) }
    }

    /// What to offer to this peer, strongest first.
    pub(crate) fn mechanisms(&self, peer: &PeerInfo) -> Vec<String> {
        let peer = peer.as_peer();
        strongest_first(self.providers.iter().flat_map(|provider| provider.auth.mechanisms(&peer)))
    }

    /// The provider at this place.
    pub(super) fn provider(&self, index: usize) -> Option<&Provider> {
        self.providers.get(index)
    }

    /// The places of the providers that offer this mechanism to this peer, in order.
    pub(super) fn offering(&self, peer: &PeerInfo, mechanism: &str) -> Vec<usize> {
        let peer = peer.as_peer();
        let offers = |provider: &Provider| {
            provider.auth.mechanisms(&peer).iter().any(|offered| offered == mechanism)
        };
        let all = self.providers.iter().enumerate();
        all.filter(|(_, provider)| offers(provider)).map(|(index, _)| index).collect()
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
