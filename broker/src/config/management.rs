//! What management offers and tells, in Qpid's own options.

use super::name::Name;
use super::reading::Reading;
use super::{defaults, value};

/// What management offers and tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ManagementSettings {
    /// There is an agent.
    pub(crate) is_enabled: bool,
    /// Changed objects are told unasked.
    pub(crate) is_published: bool,
    /// Seconds between two broadcasts.
    pub(crate) interval_s: u16,
    /// Objects, events and heartbeats are told by QMF version 1; requests are answered in any case.
    pub(crate) has_qmf1: bool,
    /// The same for version 2.
    pub(crate) has_qmf2: bool,
}

impl ManagementSettings {
    pub(super) fn assemble(reading: &mut Reading<'_>) -> Self {
        let interval_s = defaults::MGMT_INTERVAL_S;
        Self {
            is_enabled: reading.parse(Name::MgmtEnable, true, value::yes_or_no),
            is_published: reading.parse(Name::MgmtPublish, true, value::yes_or_no),
            interval_s: reading.parse(Name::MgmtPubInterval, interval_s, value::interval_s),
            has_qmf1: reading.parse(Name::MgmtQmf1, false, value::yes_or_no),
            has_qmf2: reading.parse(Name::MgmtQmf2, true, value::yes_or_no),
        }
    }
}
