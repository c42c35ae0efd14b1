//! Polls of a live queue: one entry for whoever asks, without a subscription.

use philter_model::queue::{ConsumerId, Delivery, Polled};

use crate::virtual_host::Queue;

impl Queue {
    /// A number under which whoever polls holds what it got, until it has settled it.
    pub(crate) fn poller(&self) -> ConsumerId {
        self.state.lock().entries.poller()
    }

    /// Takes the next entry, and says how many are ready behind it; none where there is nothing.
    pub(crate) fn poll(&self, poller: ConsumerId, now_ms: u64) -> Option<(Delivery, usize)> {
        let mut has_waited = false;
        loop {
            let (polled, wanted) = self.change(|state, woken| {
                if state.is_deleted {
                    return (Polled::Empty, None);
                }
                state.last_used_ms = now_ms;
                let polled = state.entries.poll(poller, now_ms);
                self.drop_lost(state);
                state.unstick(woken);
                (polled, state.entries.take_wanted())
            });
            if wanted.is_some_and(|wanted| !self.bring_in(&wanted)) {
                return None;
            }
            match polled {
                Polled::Entry(delivery, left) => {
                    let mut read = vec![delivery];
                    self.read_deliveries(0, &mut read);
                    return read.pop().map(|delivery| (delivery, left));
                }
                Polled::Empty if has_waited || self.kept().is_none() => return None,
                Polled::Empty => {
                    has_waited = true;
                    self.wait_stored();
                }
                // What has expired was taken out, or what is next was read: it comes to an end.
                Polled::Again => {}
            }
        }
    }
}
