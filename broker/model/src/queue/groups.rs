//! Message groups: whose turn it is to take entries that belong together.

use std::sync::Arc;

/// How messages are grouped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups {
    /// The header that names a message's group (`qpid.group_header_key`).
    pub header: String,
    /// Once a consumer has settled what it took of a group, another may have the next of it
    /// (`qpid.shared_msg_group`); otherwise a group stays with its consumer for as long as it has
    /// entries.
    pub is_shared: bool,
    /// `qpid.group_timestamp`: queries show when a group's oldest message came.
    pub has_timestamp: bool,
    /// The group of messages that name none.
    pub default_id: Arc<str>,
}
