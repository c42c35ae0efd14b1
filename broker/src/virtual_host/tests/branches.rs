//! Branches while a command ends them, and after one that failed at it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;
use crate::virtual_host::{Committed, Fate, Xid};

/// What happens while an exchange is asked for routes.
type During = Arc<Mutex<Box<dyn FnMut() + Send>>>;

/// An exchange type that matches nothing, and does something.
struct Meddling(During);

impl api::Exchange for Meddling {
    fn bind(&self, _: &api::Binding<'_>) -> Result<Bound> {
        Ok(Bound { reads: Reads::KEY, cacheable: false })
    }

    fn unbind(&self, _: BindingId) -> Result<()> {
        Ok(())
    }

    fn route(&self, _: &[&dyn MessageView], _: &mut dyn Matches) -> Result<()> {
        (self.0.lock())();
        Ok(())
    }
}

/// A host with branch `x`, which publishes one message to an exchange and another to queue `q`.
fn stage() -> (Stage, Xid, During) {
    let stage = Stage::new();
    stage.queue("q");
    let during: During = Arc::new(Mutex::new(Box::new(|| ())));
    let plugin = Box::new(Meddling(Arc::clone(&during)));
    let exchange = Exchange::new(ExchangeSettings::new("x", "meddling"), None, plugin, false);
    let exchange = Arc::new(exchange);
    stage.host.exchanges.write().insert("x".into(), Arc::clone(&exchange));
    stage.bind(&exchange, &stage.host.queue("q").unwrap(), "no other");
    let xid: Xid = Arc::from(&b"x"[..]);
    let work = stage.host.start_branch(&xid, 1, NOW_MS).unwrap();
    let default = stage.host.exchange("").unwrap();
    work.lock().publish(&default, &mut vec![message("q", "1")]).unwrap();
    work.lock().publish(&exchange, &mut vec![message("k", "2")]).unwrap();
    stage.host.end_association(&xid, 1, EndAs::Success);
    (stage, xid, during)
}

fn commit(stage: &Stage, xid: &Xid, is_one_phase: bool) -> Option<Fate> {
    let committed = stage.host.commit_branch(xid, is_one_phase, NOW_MS);
    committed.ok().map(|Committed { fate, .. }| fate)
}

#[test]
fn a_branch_is_in_doubt_until_its_commit_is_done() {
    let (stage, xid, during) = stage();
    let seen: Arc<Mutex<Vec<usize>>> = Arc::default();
    let (host, told) = (Arc::clone(&stage.host), Arc::clone(&seen));
    *during.lock() = Box::new(move || told.lock().push(host.branches_in_doubt().len()));
    assert_eq!(stage.host.prepare_branch(&xid).unwrap(), Fate::Done);
    assert!(seen.lock().drain(..).all(|count| count == 0));
    assert_eq!(stage.host.branches_in_doubt().len(), 1);
    assert_eq!(commit(&stage, &xid, false), Some(Fate::Done));
    assert_eq!(*seen.lock(), [1], "asked once, for room and to publish");
    assert!(stage.host.branches_in_doubt().is_empty());
    // It holds the host.
    *during.lock() = Box::new(|| ());
}

#[test]
fn a_fault_of_our_own_leaves_a_branch_as_it_was() {
    let (stage, xid, during) = stage();
    let fail = || *during.lock() = Box::new(|| panic!("a fault"));
    let mend = || *during.lock() = Box::new(|| ());
    let host = &stage.host;
    fail();
    assert!(catch_unwind(AssertUnwindSafe(|| host.prepare_branch(&xid))).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| commit(&stage, &xid, true))).is_err());
    mend();
    assert!(commit(&stage, &xid, false).is_none(), "it is not prepared");
    assert_eq!(host.prepare_branch(&xid).unwrap(), Fate::Done);
    fail();
    assert!(catch_unwind(AssertUnwindSafe(|| commit(&stage, &xid, false))).is_err());
    mend();
    assert_eq!(host.branches_in_doubt().len(), 1);
    assert_eq!(commit(&stage, &xid, false), Some(Fate::Done));
    assert_eq!(depth(&host.queue("q").unwrap()), 1);
    assert_eq!((host.branch_count(), VirtualHosts::of(host).due_count()), (0, 0));
}
