//! Branches that are prepared, in the store: one value each, with all that they did.
//!
//! Invariants:
//! - what is prepared and said to be so is stored, where anything is;
//! - a branch whose end the store did not take is prepared again, so that it may end later.

use std::sync::Arc;

use foldhash::HashMap;
use philter_model::queue::ConsumerId;
use tracing::{error, warn};

use super::{Branches, State, Xid};
use crate::clock::now_ms;
use crate::store::{self, Awaited, BranchWriter, StoredBranch, branch_key};
use crate::virtual_host::{Accepted, Queue, VirtualHost, Work};

/// Queues that were made again, by the numbers under which they are stored, with who holds entries
/// of them again.
#[derive(Default)]
pub(in crate::virtual_host) struct Restored {
    queues: HashMap<u64, (Arc<Queue>, Option<ConsumerId>)>,
}

impl Restored {
    /// A queue was made again.
    pub(in crate::virtual_host) fn add(&mut self, number: u64, queue: Arc<Queue>) {
        self.queues.insert(number, (queue, None));
    }
}

impl VirtualHost {
    /// Stores a branch as prepared, if anything is stored; answers the append that this is part of.
    ///
    /// # Errors
    /// Why the store does not take it.
    pub(super) fn store_branch(
        &self,
        xid: &Xid,
        work: &Work,
        timeout_s: u32,
    ) -> Result<Option<Arc<Awaited>>, String> {
        let Some(ledger) = &self.ledger else { return Ok(None) };
        if let Some(why) = ledger.refusal() {
            return Err(format!("{why}: nothing can be prepared"));
        }
        let mut writer = BranchWriter::new(timeout_s);
        work.write(&mut writer);
        let (key, value) = (branch_key(&self.name, xid), writer.finish());
        if let Some(limit) = ledger.limit_of_commit(work.len(), key.len() + value.len()) {
            return Err(format!("its commit would have about {limit}"));
        }
        let (branches, xid) = (Arc::clone(&self.branches), Arc::clone(xid));
        ledger.set_branch(key, value, move |is_stored| {
            if !is_stored {
                branches.end_in_vain(&xid);
            }
        });
        Ok(store::awaited())
    }

    /// A branch is prepared no more.
    pub(super) fn unstore_branch(&self, xid: &Xid) {
        if let Some(ledger) = &self.ledger {
            ledger.set_branch(branch_key(&self.name, xid), Vec::new(), |_| ());
        }
    }

    /// The same for one whose work was done in this turn: where the store does not take that, the
    /// branch is prepared as before.
    pub(super) fn unstore_committed(&self, xid: &Xid, work: Work, timeout_s: u32) {
        let Some(ledger) = &self.ledger else { return };
        let (branches, key) = (Arc::clone(&self.branches), branch_key(&self.name, xid));
        let xid = Arc::clone(xid);
        ledger.set_branch(key, Vec::new(), move |is_stored| {
            if !is_stored {
                branches.prepare_again(&xid, work.left_before(), timeout_s);
            }
        });
    }

    /// Makes a prepared branch again at a start, with what of its work is still there.
    pub(in crate::virtual_host) fn restore_branch(
        &self,
        stored: StoredBranch,
        restored: &mut Restored,
    ) {
        let StoredBranch { xid, timeout_s, published, accepted, .. } = stored;
        let mut work = Work::default();
        for (name, mut messages) in published {
            let count = messages.len();
            let kept = match self.find_exchange(&name) {
                Some(exchange) => work.publish(&exchange, &mut messages).map_err(|e| e.to_string()),
                None => Err("it is not there any more".to_owned()),
            };
            if let Err(why) = kept {
                error!(
                    "virtual host '{}': a prepared branch published {count} messages to exchange \
                     '{name}', which go nowhere: {why}",
                    self.name
                );
            }
        }
        for (number, ids) in accepted {
            // A queue that was deleted took its entries with it.
            let Some((queue, holder)) = restored.queues.get_mut(&number) else { continue };
            let (consumer, entries) = queue.hold_again(*holder, &ids);
            *holder = Some(consumer);
            let _ = work.accept(Accepted { queue: Arc::clone(queue), consumer, entries });
        }
        self.branches.restore(xid.into(), work, timeout_s);
    }
}

impl Branches {
    fn restore(&self, xid: Xid, work: Work, timeout_s: u32) {
        let branch = self.new_branch(State::Prepared, timeout_s);
        *branch.work.lock() = work;
        self.by_xid.lock().insert(xid, branch);
    }

    /// The store did not take a branch that was to be prepared: it can only be rolled back.
    fn end_in_vain(&self, xid: &Xid) {
        {
            let mut by_xid = self.by_xid.lock();
            let branch = by_xid.get_mut(xid).filter(|branch| branch.state == State::Prepared);
            let Some(branch) = branch else { return };
            branch.state = State::RollbackOnly;
            branch.storing = None;
            self.arm_timeout(xid, branch, now_ms());
        }
        self.ring();
    }

    /// The store did not take the end of a branch.
    fn prepare_again(&self, xid: &Xid, work: Work, timeout_s: u32) {
        if self.by_xid.lock().contains_key(xid) {
            error!("the store did not take the end of a branch whose xid is in use again");
            return;
        }
        warn!("the store did not take the end of a branch: it is prepared as before");
        self.restore(Arc::clone(xid), work, timeout_s);
    }
}
