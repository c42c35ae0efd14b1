//! Two queues of which one stands in for the other: what is published to the source goes to the
//! target, until the redirection ends.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::virtual_host::Queue;

/// A queue's part in a redirection.
#[derive(Clone)]
pub(super) struct Redirect {
    peer: Arc<Queue>,
    is_source: bool,
}

impl Queue {
    /// The queue that stands in for this one, or for which this one stands in, and whether this one
    /// is the source.
    pub(crate) fn redirect_peer(&self) -> Option<(Arc<Queue>, bool)> {
        if !self.is_redirected.load(Ordering::Acquire) {
            return None;
        }
        self.redirect.lock().clone().map(|redirect| (redirect.peer, redirect.is_source))
    }

    /// The queue that what is published to this one goes to, where that is another one.
    pub(in crate::virtual_host) fn stand_in(&self) -> Option<Arc<Queue>> {
        self.redirect_peer().and_then(|(peer, is_source)| is_source.then_some(peer))
    }

    /// Takes part in a redirection; false where it does already.
    pub(in crate::virtual_host) fn begin_redirect(
        &self,
        peer: &Arc<Queue>,
        is_source: bool,
    ) -> bool {
        let mut redirect = self.redirect.lock();
        let is_free = redirect.is_none();
        if is_free {
            *redirect = Some(Redirect { peer: Arc::clone(peer), is_source });
            self.is_redirected.store(true, Ordering::Release);
        }
        is_free
    }

    /// Takes part in none any more; answers the one that ended, like [`Queue::redirect_peer`].
    pub(in crate::virtual_host) fn end_redirect(&self) -> Option<(Arc<Queue>, bool)> {
        self.is_redirected.store(false, Ordering::Release);
        self.redirect.lock().take().map(|redirect| (redirect.peer, redirect.is_source))
    }
}
