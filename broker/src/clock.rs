//! The one place where the broker reads a clock. Protocol and model get time as an argument.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// When the process first asked, by both clocks.
static STARTED: OnceLock<(Instant, u64)> = OnceLock::new();

const NS_PER_MS: u64 = 1_000_000;

/// Milliseconds since 1970 as the system's clock had it at the first call in this process, and
/// counted on from there: never goes back, whatever becomes of the system's clock. So a time that a
/// store kept means the same after a restart.
pub(crate) fn now_ms() -> u64 {
    let (started, unix_ms) = STARTED.get_or_init(|| (Instant::now(), unix_ns() / NS_PER_MS));
    let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    unix_ms.saturating_add(elapsed_ms)
}

/// Nanoseconds since 1970 by the system's clock, for what people and tools read.
pub(crate) fn unix_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// The instant at which [`now_ms`] will answer `at_ms`.
pub(crate) fn instant_at(at_ms: u64) -> tokio::time::Instant {
    let now = now_ms();
    tokio::time::Instant::now() + std::time::Duration::from_millis(at_ms.saturating_sub(now))
}
