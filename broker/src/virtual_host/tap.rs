//! A look at what is published to an exchange, for the broker's own services behind it: a
//! management agent reads the requests that are sent to the management exchanges.

use std::sync::Arc;

use philter_model::message::Message;

use crate::virtual_host::{Error, VirtualHost};

/// Who looks. It must not block.
pub(crate) trait Tap: Send + Sync {
    /// A message was published to an exchange, and has been routed.
    fn offer(&self, exchange: &str, message: &Arc<Message>);
}

impl VirtualHost {
    /// Shows `tap` every message that is published to these exchanges from now on.
    ///
    /// # Errors
    /// An exchange is not there, or has its tap already.
    pub(crate) fn tap(&self, exchanges: &[&str], tap: &Arc<dyn Tap>) -> Result<(), Error> {
        for name in exchanges {
            if self.exchange(name)?.tap.set(Arc::clone(tap)).is_err() {
                return Err(Error::NotAllowed(format!("exchange '{name}' has a tap already")));
            }
        }
        Ok(())
    }
}
