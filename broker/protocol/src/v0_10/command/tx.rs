//! Class tx: local transactions.

use crate::v0_10::packed::packed;

packed! {
    /// Make the session transactional.
    TxSelect = 0x5, 0x1, "tx.select" {}
    /// Commit.
    TxCommit = 0x5, 0x2, "tx.commit" {}
    /// Roll back.
    TxRollback = 0x5, 0x3, "tx.rollback" {}
}
