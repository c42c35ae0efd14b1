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
mod model_test;
#[cfg(test)]
mod tests;

use tracing::warn;

use crate::config::{AuthMode, Config};
use crate::plugin::{Catalog, InstanceError};

pub(crate) use chain::{AuthChain, PeerInfo, Provider};
pub(crate) use exchange::{Principal, SaslExchange, SaslStep};

/// The chain of the configured providers.
///
/// # Errors
/// A provider that could not be made, and why.
pub(crate) fn chain_of(config: &Config, catalog: &Catalog) -> Result<AuthChain, InstanceError> {
    let providers = catalog.auth_providers(config)?;
    if config.auth == AuthMode::Everyone {
        warn!("--auth no: everyone is let in, whatever name they give");
    }
    Ok(AuthChain::new(providers, config.negotiate_time_ms))
}

/// All that a peer is ever told of a failure.
pub(crate) const FAILURE_TEXT: &str = "authentication failed";
