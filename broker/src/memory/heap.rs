//! Memory that was freed goes back to the system, when much of it was and nobody needs it again.
//!
//! Looked at in steady intervals. A load that fills and empties its queues all the time keeps what
//! it uses: what counts as needed is the most of the last [`RECENT_LOOKS`].

use std::collections::VecDeque;
use std::time::Duration;

use philter_plugin_api::abi::host::give_back_heap;
use tracing::debug;

use crate::clock::now_ms;

/// Between two looks.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);

/// Looks that say what is needed: one second.
const RECENT_LOOKS: usize = 4;

/// Bytes that have to be free before they are given back.
const FREED_BYTES_MIN: u64 = 16 * 1024 * 1024;

/// What has to be free of the most that was in use: an eighth.
const FREED_SHARE: u64 = 8;

/// What is in use, and what was.
#[derive(Debug, Default)]
pub(crate) struct Heap {
    recent: VecDeque<u64>,
    /// The most since something was given back.
    most_bytes: u64,
}

impl Heap {
    /// Gives back what `used_bytes` says to be free, as long as the broker runs.
    pub(crate) async fn tend(mut self, used_bytes: impl Fn() -> u64) {
        let mut looks = tokio::time::interval(LOOK_INTERVAL);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            if let Some(freed_bytes) = self.look(used_bytes()) {
                let began_ms = now_ms();
                // Not on a worker: it takes as long as there is something to give.
                let _ = tokio::task::spawn_blocking(give_back_heap).await;
                let took_ms = now_ms().saturating_sub(began_ms);
                debug!("gave free memory back, about {freed_bytes} bytes, in {took_ms} ms");
            }
        }
    }

    /// Notes what is in use now; how much is to be given back, if it is enough.
    fn look(&mut self, used_bytes: u64) -> Option<u64> {
        if self.recent.len() == RECENT_LOOKS {
            self.recent.pop_front();
        }
        self.recent.push_back(used_bytes);
        self.most_bytes = self.most_bytes.max(used_bytes);
        let needed_bytes = self.recent.iter().copied().max().unwrap_or(0);
        let freed_bytes = self.most_bytes - needed_bytes;
        let is_enough = freed_bytes >= FREED_BYTES_MIN.max(self.most_bytes / FREED_SHARE);
        is_enough.then(|| {
            self.most_bytes = needed_bytes;
            freed_bytes
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1024 * 1024;

    /// What is given back at each look.
    fn looks(heap: &mut Heap, used: &[u64]) -> Vec<u64> {
        used.iter().map(|used| heap.look(used * MIB).unwrap_or(0) / MIB).collect()
    }

    #[test]
    fn what_nobody_needs_for_a_second_is_given_back_once() {
        let mut heap = Heap::default();
        assert_eq!(looks(&mut heap, &[100, 0, 0, 0, 0, 0, 0]), [0, 0, 0, 0, 100, 0, 0]);
    }

    #[test]
    fn a_load_that_comes_and_goes_keeps_what_it_uses() {
        let mut heap = Heap::default();
        assert_eq!(looks(&mut heap, &[100, 0, 0, 100, 0, 0, 100, 0, 0]), [0; 9]);
    }

    #[test]
    fn little_is_not_worth_it() {
        let mut heap = Heap::default();
        assert_eq!(looks(&mut heap, &[15, 0, 0, 0, 0, 0]), [0; 6]);
        assert_eq!(looks(&mut heap, &[1_000, 900, 900, 900, 900, 900]), [0; 6]);
        assert_eq!(looks(&mut heap, &[800, 800, 800, 800]), [0, 0, 0, 200]);
    }
}
