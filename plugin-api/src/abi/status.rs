//! What an entry answers: a number that is 0, an [`ErrorKind`] below 0, or a state above.

use crate::error::ErrorKind;

/// `PH_OK`: done; the result went to the reply.
pub const OK: i32 = 0;
/// `PH_ABSENT`: done, and there is no such thing.
pub const ABSENT: i32 = 1;
/// `PH_PENDING`: `complete` is called with the token, once, before or after the entry returns.
pub const PENDING: i32 = 1000;

/// The status of an error: its kind, negative.
pub fn of_error(kind: ErrorKind) -> i32 {
    match kind {
        ErrorKind::InvalidArgument => -1,
        ErrorKind::NotFound => -2,
        ErrorKind::Unauthorized => -3,
        ErrorKind::LimitExceeded => -4,
        ErrorKind::Unsupported => -5,
        ErrorKind::Internal => -6,
        ErrorKind::Panic => -7,
    }
}

/// The error of a status; none where the status is no error that this version knows.
pub fn to_error(status: i32) -> Option<ErrorKind> {
    Some(match status {
        -1 => ErrorKind::InvalidArgument,
        -2 => ErrorKind::NotFound,
        -3 => ErrorKind::Unauthorized,
        -4 => ErrorKind::LimitExceeded,
        -5 => ErrorKind::Unsupported,
        -6 => ErrorKind::Internal,
        -7 => ErrorKind::Panic,
        _ => return None,
    })
}
