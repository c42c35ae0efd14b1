//! Class tx: publishes and acknowledgements take place together, or not at all.

use super::methods;

methods! {
    /// Use transactions on this channel.
    Select = 90, 10, Client, "tx.select" {}
    /// They are used.
    SelectOk = 90, 11, Server, "tx.select-ok" {}
    /// Let it take place.
    Commit = 90, 20, Client, "tx.commit" {}
    /// It did.
    CommitOk = 90, 21, Server, "tx.commit-ok" {}
    /// Forget it.
    Rollback = 90, 30, Client, "tx.rollback" {}
    /// It is forgotten.
    RollbackOk = 90, 31, Server, "tx.rollback-ok" {}
}
