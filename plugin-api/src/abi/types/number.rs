//! The numbers that the header gives names to and that stand in its structs, under the same names.

/// `ph_destination_kind`.
pub const DESTINATION_QUEUE: u32 = 1;
/// `ph_destination_kind`.
pub const DESTINATION_EXCHANGE: u32 = 2;

/// `ph_verdict_kind`.
pub const VERDICT_PASS: u32 = 1;
/// `ph_verdict_kind`.
pub const VERDICT_DROP: u32 = 2;
/// `ph_verdict_kind`.
pub const VERDICT_DEAD_LETTER: u32 = 3;
/// `ph_verdict_kind`.
pub const VERDICT_REPLACE: u32 = 4;

/// `ph_sasl_kind`.
pub const SASL_CHALLENGE: u32 = 1;
/// `ph_sasl_kind`.
pub const SASL_SUCCESS: u32 = 2;
/// `ph_sasl_kind`.
pub const SASL_FAILURE: u32 = 3;
/// `ph_sasl_kind`.
pub const SASL_NOT_MINE: u32 = 4;

/// `ph_decision`.
pub const DECISION_ALLOW: u32 = 1;
/// `ph_decision`.
pub const DECISION_DENY: u32 = 2;
/// `ph_decision`.
pub const DECISION_ABSTAIN: u32 = 3;

/// In `ph_limits`: no limit.
pub const NO_LIMIT: u64 = u64::MAX;

/// `ph_operation_kind`.
pub const OPERATION_PUT: u32 = 1;
/// `ph_operation_kind`.
pub const OPERATION_DELETE: u32 = 2;
/// `ph_operation_kind`.
pub const OPERATION_META: u32 = 3;
/// `ph_operation_kind`.
pub const OPERATION_MARK: u32 = 4;

/// `ph_append_kind`.
pub const APPEND_DONE: u32 = 1;
/// `ph_append_kind`.
pub const APPEND_FENCED: u32 = 2;
/// `ph_append_kind`.
pub const APPEND_FULL: u32 = 3;
/// `ph_append_kind`.
pub const APPEND_UNKNOWN: u32 = 4;

/// In `ph_factory.flags`: `route`, `matches` or `append` may wait for something.
pub const FACTORY_MAY_BLOCK: u64 = 1;
