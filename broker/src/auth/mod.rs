//! Who a peer is: the chain of auth providers, and one connection's SASL exchange with it.
//!
//! Invariants:
//! - no credential rule stands here: providers decide, in the configured order;
//! - a peer never learns more than that authentication failed; the reason is for the log.

mod amqplain;
mod chain;
mod exchange;
mod limits;
mod mechanism;
#[cfg(test)]
mod model_test;
mod profile;
#[cfg(test)]
mod tests;

use tracing::warn;

use crate::config::{AuthMode, Config};
use crate::plugin::{Catalog, InstanceError};

pub(crate) use chain::{Audience, AuthChain, PeerInfo, Provider};
pub(crate) use exchange::{Principal, SaslExchange, SaslStep};
pub(crate) use profile::Profile;

/// The chain of the configured providers.
///
/// # Errors
/// A provider that could not be made, and why.
pub(crate) fn chain_of(config: &Config, catalog: &Catalog) -> Result<AuthChain, InstanceError> {
    let providers = catalog.auth_providers(config)?;
    if config.auth == AuthMode::Everyone {
        warn!("--auth no: everyone is let in, whatever name they give");
    }
    let chain = AuthChain::new(providers, config.negotiate_time_ms);
    // Where any password will do, none has to be hidden.
    let allows_plain = config.allows_plain || config.auth == AuthMode::Everyone;
    Ok(if allows_plain { chain.allowing_plain() } else { chain })
}

/// All that a peer is ever told of a failure.
pub(crate) const FAILURE_TEXT: &str = "authentication failed";
