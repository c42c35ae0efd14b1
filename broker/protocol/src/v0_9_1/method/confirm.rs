//! Class confirm, RabbitMQ's: publishes are confirmed.

use super::methods;

methods! {
    /// Confirm every publish from now on.
    Select = 85, 10, Client, "confirm.select" { no_wait: bool }
    /// They will be.
    SelectOk = 85, 11, Server, "confirm.select-ok" {}
}
