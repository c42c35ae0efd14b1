//! Methods of class connection.

use super::{Answer, done, unknown_method};
use crate::session::live::LiveConnection;

/// connection.close-code `connection-forced` (AMQP 0-10, section 9.1).
const CONNECTION_FORCED: u16 = 320;

/// Calls a method.
pub(super) fn call(connection: &LiveConnection, method: &str) -> Answer {
    match method {
        "close" => {
            connection.close(CONNECTION_FORCED, "Closed by Management Request");
            done()
        }
        _ => Err(unknown_method(method)),
    }
}
