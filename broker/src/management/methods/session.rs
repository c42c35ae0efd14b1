//! Methods of class session.

use philter_management::object::MethodError;

use super::{Answer, Call, done, unknown_method};
use crate::session::live::LiveSession;

/// Calls a method. Those that Qpid's brokers do not have either are refused as they do.
pub(super) fn call(call: &Call<'_>, session: &LiveSession, method: &str) -> Answer {
    match method {
        // One that is attached nowhere is detached already.
        "detach" => {
            call.management.live.detach(session);
            done()
        }
        "close" | "solicitAck" | "resetLifespan" => {
            Err(MethodError::NotImplemented(format!("session.{method}")))
        }
        _ => Err(unknown_method(method)),
    }
}
