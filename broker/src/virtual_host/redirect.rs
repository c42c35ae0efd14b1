//! Redirections of queues by management: what is published to the source goes to the target until
//! the redirection ends; then what is left in the target goes back to the source.
//!
//! What is on its way at the very moment of the end may stay in the target.

use std::sync::Arc;

use tracing::{info, warn};

use crate::virtual_host::event::Event;
use crate::virtual_host::{Error, MessageMatch, Queue, VirtualHost};

impl VirtualHost {
    /// Begins a redirection.
    ///
    /// # Errors
    /// A queue is not there, is auto-delete, or is part of a redirection already, or both are the
    /// same.
    pub(crate) fn redirect(&self, source: &str, target: &str) -> Result<(), Error> {
        let queues = (self.queue(source)?, self.queue(target)?);
        if source == target {
            let text = format!("queue '{source}' can't be redirected to itself");
            return Err(Error::InvalidArgument(text));
        }
        for queue in [&queues.0, &queues.1] {
            if queue.settings().is_auto_delete {
                let text = format!("queue '{}' is auto-delete: no redirection", queue.name());
                return Err(Error::NotAllowed(text));
            }
        }
        let (source, target) = queues;
        let taken = |queue: &Queue| {
            let text = format!("queue '{}' is part of a redirection already", queue.name());
            Error::NotAllowed(text)
        };
        if !source.begin_redirect(&target, true) {
            return Err(taken(&source));
        }
        if !target.begin_redirect(&source, false) {
            source.end_redirect();
            return Err(taken(&target));
        }
        info!("queue '{}' is redirected to queue '{}'", source.name(), target.name());
        // Who deletes one of them ends its redirection after it is marked.
        if source.is_deleted() || target.is_deleted() {
            self.end_redirect_of(&source);
            return Err(Error::NoSuchQueue(source.name().to_string()));
        }
        let (queue, target) = (Arc::clone(source.name()), Arc::clone(target.name()));
        self.raise(|| Event::QueueRedirected { queue, target });
        Ok(())
    }

    /// Ends the redirection of a source; what is left in the target goes back.
    ///
    /// # Errors
    /// The queue is not there, or is no source.
    pub(crate) fn end_redirect(&self, source: &str, now_ms: u64) -> Result<(), Error> {
        let source = self.queue(source)?;
        let Some((target, true)) = source.redirect_peer() else {
            let text = format!("queue '{}' is not redirected", source.name());
            return Err(Error::NotAllowed(text));
        };
        self.end_redirect_of(&source);
        let moved = self.move_messages(&target, &source, None, &MessageMatch::All, now_ms);
        if let Err(error) = moved {
            warn!("queue '{}': the redirection has ended, but {error}", source.name());
        }
        Ok(())
    }

    /// Ends the redirection that a queue is part of, if any.
    pub(super) fn end_redirect_of(&self, queue: &Arc<Queue>) {
        let Some((peer, is_source)) = queue.end_redirect() else { return };
        peer.end_redirect();
        let (source, target) = if is_source { (queue, &peer) } else { (&peer, queue) };
        let (queue, target) = (Arc::clone(source.name()), Arc::clone(target.name()));
        info!("the redirection of queue '{queue}' to queue '{target}' has ended");
        self.raise(|| Event::QueueRedirectCancelled { queue, target });
    }
}
