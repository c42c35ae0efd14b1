//! The one place where the broker reads a clock. Protocol and model get time as an argument.

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

static STARTED: OnceLock<Instant> = OnceLock::new();

/// Milliseconds since the first call in this process; never goes back.
pub(crate) fn now_ms() -> u64 {
    let elapsed = STARTED.get_or_init(Instant::now).elapsed();
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
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
