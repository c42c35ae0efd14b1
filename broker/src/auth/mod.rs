//! Who a peer is: the chain of auth providers, and one connection's SASL exchange with it.
//!
//! Invariants:
//! - no credential rule stands here: providers decide, in the configured order;
//! - a peer never learns more than that authentication failed; the reason is for the log.

mod chain;
mod exchange;
mod limits;
mod mechanism;
#[cfg(test)]
mod tests;

pub(crate) use chain::{AuthChain, PeerInfo, Provider};
pub(crate) use exchange::{Principal, SaslExchange, SaslStep};

/// All that a peer is ever told of a failure.
pub(crate) const FAILURE_TEXT: &str = "authentication failed";
