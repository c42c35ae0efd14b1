//! Class access, of 0-9: clients that still ask for a ticket get one that nobody looks at.

use super::methods;

methods! {
    /// Ask for access.
    Request = 30, 10, Client, "access.request" {
        realm: String,
        exclusive: bool,
        passive: bool,
        active: bool,
        write: bool,
        read: bool,
    }
    /// It is granted.
    RequestOk = 30, 11, Server, "access.request-ok" { ticket: u16 }
}
