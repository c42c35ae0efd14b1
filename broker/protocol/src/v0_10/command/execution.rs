//! Class execution: synchronisation, results and exceptions.

use crate::v0_10::packed::packed;
use crate::v0_10::range_set::CommandId;
use crate::v0_10::value::FieldMap;

packed! {
    /// Complete when everything before it is complete.
    Sync = 0x3, 0x1, "execution.sync" {}
    /// The answer of a command.
    Result_ = 0x3, 0x2, "execution.result" {
        command_id: CommandId as SequenceNo,
        value: Option<Vec<u8>> as Struct32,
    }
    /// A command failed; the session ends.
    Exception = 0x3, 0x3, "execution.exception" {
        error_code: u16 as Uint16,
        command_id: CommandId as SequenceNo,
        class_code: u8 as Uint8,
        command_code: u8 as Uint8,
        field_index: u8 as Uint8,
        description: String as Str16,
        error_info: Option<FieldMap> as Map,
    }
}

/// execution.exception codes.
#[allow(missing_docs, reason = "the names are the specification's")]
pub mod error_code {
    pub const UNAUTHORIZED_ACCESS: u16 = 403;
    pub const NOT_FOUND: u16 = 404;
    pub const RESOURCE_LOCKED: u16 = 405;
    pub const PRECONDITION_FAILED: u16 = 406;
    pub const RESOURCE_DELETED: u16 = 408;
    pub const ILLEGAL_STATE: u16 = 409;
    pub const COMMAND_INVALID: u16 = 503;
    pub const RESOURCE_LIMIT_EXCEEDED: u16 = 506;
    pub const NOT_ALLOWED: u16 = 530;
    pub const ILLEGAL_ARGUMENT: u16 = 531;
    pub const NOT_IMPLEMENTED: u16 = 540;
    pub const INTERNAL_ERROR: u16 = 541;
    pub const INVALID_ARGUMENT: u16 = 542;
}
