//! Memory that was freed goes back to the system, when it is much and nobody needs it again.
//!
//! Looked at in steady intervals: how much more the process has than what is in use explains. A
//! load that fills and empties its queues all the time keeps what it uses: what counts as in use is
//! the most of the last [`RECENT_LOOKS`].

use std::collections::VecDeque;
use std::fs;
use std::time::Duration;

use philter_plugin_api::abi::host::give_back_heap;
use tracing::debug;

use crate::clock::now_ms;

/// Between two looks.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);

/// Looks that say what is in use: one second.
const RECENT_LOOKS: usize = 4;

/// Bytes that have to be too many before some are given back.
const EXCESS_BYTES_MIN: u64 = 16 * 1024 * 1024;

/// What has to be too much of all that the process has: an eighth.
const EXCESS_SHARE: u64 = 8;

/// What is in use, and what was there when memory was given back the last time.
#[derive(Debug, Default)]
pub(crate) struct Heap {
    recent: VecDeque<u64>,
    /// The least that the process had beyond what was in use since then: its libraries, bindings,
    /// and what could not be given back.
    rest_bytes: Option<u64>,
}

impl Heap {
    /// Gives back what the process has too much, beyond what `used_bytes` says to be in use, as
    /// long as the broker runs. Does nothing while the system does not say what the process has.
    pub(crate) async fn tend(mut self, used_bytes: impl Fn() -> u64) {
        let mut looks = tokio::time::interval(LOOK_INTERVAL);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            // Where files are short it is said another time.
            let Some(resident) = resident_bytes() else { continue };
            if self.has_excess(used_bytes(), resident) {
                self.give_back(resident).await;
            }
        }
    }

    async fn give_back(&mut self, before_bytes: u64) {
        let began_ms = now_ms();
        // Not on a worker: it takes as long as there is something to give.
        let _ = tokio::task::spawn_blocking(give_back_heap).await;
        let took_ms = now_ms().saturating_sub(began_ms);
        let after_bytes = resident_bytes().unwrap_or(before_bytes);
        self.note_given_back(after_bytes);
        let bytes = before_bytes.saturating_sub(after_bytes);
        debug!("gave {bytes} bytes of free memory back to the system in {took_ms} ms");
    }

    /// Whether the process has more than what is in use explains, and what was there besides when
    /// it gave back the last time.
    fn has_excess(&mut self, used_bytes: u64, resident_bytes: u64) -> bool {
        if self.recent.len() == RECENT_LOOKS {
            self.recent.pop_front();
        }
        self.recent.push_back(used_bytes);
        let beyond_bytes = resident_bytes.saturating_sub(self.needed_bytes());
        let rest_bytes = self.rest_bytes.map_or(beyond_bytes, |rest| rest.min(beyond_bytes));
        self.rest_bytes = Some(rest_bytes);
        let excess_bytes = beyond_bytes.saturating_sub(rest_bytes);
        excess_bytes >= EXCESS_BYTES_MIN.max(resident_bytes / EXCESS_SHARE)
    }

    fn note_given_back(&mut self, resident_bytes: u64) {
        self.rest_bytes = Some(resident_bytes.saturating_sub(self.needed_bytes()));
    }

    fn needed_bytes(&self) -> u64 {
        self.recent.iter().copied().max().unwrap_or(0)
    }
}

/// Bytes of memory that the process has, by `/proc/self/statm`.
fn resident_bytes() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1024 * 1024;

    /// Looks at what is in use and what the process has, in MiB; whether each finds too much.
    fn looks(heap: &mut Heap, looks: &[(u64, u64)]) -> Vec<bool> {
        looks.iter().map(|(used, has)| heap.has_excess(used * MIB, has * MIB)).collect()
    }

    #[test]
    fn what_nobody_needs_for_a_second_is_too_much() {
        let mut heap = Heap::default();
        let filled = [(0, 10), (100, 110), (0, 110), (0, 110), (0, 110)];
        assert_eq!(looks(&mut heap, &filled), [false; 5]);
        assert_eq!(looks(&mut heap, &[(0, 110)]), [true]);
        heap.note_given_back(11 * MIB);
        assert_eq!(looks(&mut heap, &[(0, 11), (50, 61)]), [false, false]);
    }

    #[test]
    fn a_load_that_comes_and_goes_keeps_what_it_uses() {
        let mut heap = Heap::default();
        let load = [(0, 10), (100, 110), (0, 110), (0, 110), (100, 110), (0, 110), (100, 110)];
        assert_eq!(looks(&mut heap, &load), [false; 7]);
    }

    #[test]
    fn what_cant_be_given_back_is_not_tried_again_and_again() {
        let mut heap = Heap::default();
        assert_eq!(looks(&mut heap, &[(0, 10), (0, 100)]), [false, true]);
        heap.note_given_back(100 * MIB);
        assert_eq!(looks(&mut heap, &[(0, 100), (0, 110), (0, 120)]), [false, false, true]);
    }

    #[test]
    fn little_is_not_worth_it() {
        let mut heap = Heap::default();
        assert_eq!(looks(&mut heap, &[(0, 10), (0, 25), (0, 26)]), [false, false, true]);
        let mut heap = Heap::default();
        assert_eq!(looks(&mut heap, &[(0, 1_000), (0, 1_140), (0, 1_143)]), [false, false, true]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_system_says_what_the_process_has() {
        assert!(resident_bytes().unwrap() > MIB);
    }
}
