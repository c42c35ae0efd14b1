//! What of stored messages may be in memory as well.

use super::name::Name;
use super::reading::Reading;
use super::{defaults, value};
use crate::store::PagingLimits;

/// Reads it, and the part of the memory limit that was said.
pub(super) fn assemble(reading: &mut Reading<'_>, memory_limit_bytes: u64) -> (PagingLimits, u8) {
    let per_cent = |given: &super::Given| value::per_cent(given, 0..=100);
    let default = defaults::PAGING_THRESHOLD_PERCENT;
    let percent = reading.parse(Name::PagingThreshold, default, per_cent);
    let default = defaults::QUEUE_PAGING_LIMIT_BYTES;
    let limits = PagingLimits {
        queue_bytes_max: reading.parse(Name::DefaultQueuePagingLimit, default, value::bytes),
        all_bytes_max: memory_limit_bytes / 100 * u64::from(percent),
    };
    (limits, percent)
}
