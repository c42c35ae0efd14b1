//! Class dtx: distributed transactions. An xid is kept as the content of its struct32.

use crate::v0_10::packed::packed;

packed! {
    /// Make the session able to join distributed transactions.
    DtxSelect = 0x6, 0x1, "dtx.select" {}
    /// Begin or join a branch.
    DtxStart = 0x6, 0x2, "dtx.start" { xid: Vec<u8> as Struct32, join: bit, resume: bit }
    /// End work on a branch.
    DtxEnd = 0x6, 0x3, "dtx.end" { xid: Vec<u8> as Struct32, fail: bit, suspend: bit }
    /// Commit a branch.
    DtxCommit = 0x6, 0x4, "dtx.commit" { xid: Vec<u8> as Struct32, one_phase: bit }
    /// Forget a heuristically completed branch.
    DtxForget = 0x6, 0x5, "dtx.forget" { xid: Vec<u8> as Struct32 }
    /// Ask for a branch's timeout.
    DtxGetTimeout = 0x6, 0x6, "dtx.get-timeout" { xid: Vec<u8> as Struct32 }
    /// Prepare a branch.
    DtxPrepare = 0x6, 0x7, "dtx.prepare" { xid: Vec<u8> as Struct32 }
    /// List branches in doubt.
    DtxRecover = 0x6, 0x8, "dtx.recover" {}
    /// Roll a branch back.
    DtxRollback = 0x6, 0x9, "dtx.rollback" { xid: Vec<u8> as Struct32 }
    /// Set a branch's timeout, in seconds.
    DtxSetTimeout = 0x6, 0xa, "dtx.set-timeout" { xid: Vec<u8> as Struct32, timeout: u32 as Uint32 }
}
