//! Whom the provider lets in.
//!
//! Invariant: the answer depends on the peer alone, so `mechanisms` and `start` cannot disagree.

use philter_plugin_api::Peer;

/// The mechanism of RFC 4505.
pub(crate) const ANONYMOUS: &str = "ANONYMOUS";
/// The mechanism of RFC 4616.
pub(crate) const PLAIN: &str = "PLAIN";

/// Whom the provider lets in, as its configuration names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Accept {
    /// Peers on the broker's own machine.
    #[default]
    Loopback,
    /// Every peer, with or without credentials, which are not checked.
    Everyone,
    /// No peer.
    Nobody,
}

impl Accept {
    /// The mechanisms on offer to `peer`, in the order that Qpid's broker offers them in; with
    /// PLAIN for the guest alone where `has_guest` says so and names are not free.
    pub(crate) fn mechanisms(self, peer: &Peer<'_>, has_guest: bool) -> &'static [&'static str] {
        match self {
            Self::Everyone => &[ANONYMOUS, PLAIN],
            Self::Loopback if peer.is_loopback && has_guest => &[ANONYMOUS, PLAIN],
            Self::Loopback if peer.is_loopback => &[ANONYMOUS],
            Self::Loopback | Self::Nobody => &[],
        }
    }
}
