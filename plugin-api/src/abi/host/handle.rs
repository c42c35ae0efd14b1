//! An instance of a plugin, and how the host calls it.
//!
//! Invariants: destroyed once, after its last call and its last token; never on a thread that is
//! inside the plugin's own `complete`, which might be a thread that `destroy` waits for.

use std::cell::Cell;
use std::ffi::c_void;
use std::sync::Arc;

use super::plugin::Plugin;
use super::reply::{Done, Reading, Take, begin, call, completed, each, run_once};
use super::tokens::Answer;
use super::{Fault, tokens};
use crate::abi::types::{DestroyFn, PhReply};
use crate::completion::Completion;
use crate::error::Result;
use crate::factory::InstanceId;

/// An instance of a plugin.
pub(super) struct Handle {
    instance: *mut c_void,
    number: InstanceId,
    destroy: Option<DestroyFn>,
    plugin: &'static Plugin,
}

// SAFETY: the header says that an instance is called from any thread, several at the same time.
unsafe impl Send for Handle {}
// SAFETY: as above.
unsafe impl Sync for Handle {}

impl Handle {
    /// An instance that a plugin's `create` made, and the number that the host gave it.
    pub(super) fn new(
        instance: *mut c_void,
        number: InstanceId,
        destroy: Option<DestroyFn>,
        plugin: &'static Plugin,
    ) -> Arc<Self> {
        Arc::new(Self { instance, number, destroy, plugin })
    }

    /// What the plugin's functions take.
    pub(super) fn instance(&self) -> *mut c_void {
        self.instance
    }

    /// Whose instance it is.
    pub(super) fn plugin(&self) -> &'static Plugin {
        self.plugin
    }

    /// Calls an entry whose result is read by `T`, and that answers at once.
    pub(super) fn call<T: Reading>(
        &self,
        entry: &'static str,
        run: impl FnOnce(*const PhReply) -> i32,
    ) -> Result<T> {
        call(self.plugin, entry, run)
    }

    /// Calls an entry without a result of its own.
    pub(super) fn run(
        &self,
        entry: &'static str,
        run: impl FnOnce(*const PhReply) -> i32,
    ) -> Result<()> {
        run_once(self.plugin, entry, run)
    }

    /// Calls an entry that has any number of results.
    pub(super) fn each(
        &self,
        entry: &'static str,
        take: Take<'_>,
        run: impl FnOnce(*const PhReply) -> i32,
    ) -> Result<Done> {
        each(self.plugin, entry, take, run)
    }

    /// Calls an entry that may answer later.
    pub(super) fn start<T: Reading + Send + 'static>(
        self: &Arc<Self>,
        entry: &'static str,
        done: Completion<T>,
        run: impl FnOnce(u64, *const PhReply) -> i32,
    ) {
        let plugin = self.plugin;
        let on_answer = move |answer: Answer| match answer {
            Answer::Completed(status, bytes) => {
                done.finish(completed(plugin, entry, status, bytes));
            }
            Answer::Returned(result) => {
                if let Ok(result) = result.downcast::<Result<T>>() {
                    done.finish(*result);
                }
            }
        };
        let token = tokens::open(Arc::clone(self), Box::new(on_answer));
        let result: Option<Result<T>> = begin(plugin, entry, |reply| run(token, reply));
        let Some(result) = result else { return };
        match tokens::take_back(token) {
            Some(on_answer) => on_answer(Answer::Returned(Box::new(result))),
            None => drop(plugin.fault(&Fault::CompletedTwice { token })),
        }
    }
}

thread_local! {
    /// How many of a plugin's calls to `complete` and `notify` this thread is inside of.
    static IN_CALLBACK: Cell<u32> = const { Cell::new(0) };
}

/// Runs what a plugin's `complete` or `notify` leads to.
pub(super) fn within_callback(work: impl FnOnce()) {
    struct Leave;
    impl Drop for Leave {
        fn drop(&mut self) {
            IN_CALLBACK.set(IN_CALLBACK.get().saturating_sub(1));
        }
    }
    IN_CALLBACK.set(IN_CALLBACK.get().saturating_add(1));
    let _leave = Leave;
    work();
}

impl Drop for Handle {
    fn drop(&mut self) {
        let Some(destroy) = self.destroy else { return };
        let Self { instance, number, plugin, .. } = *self;
        let ending = Ending { instance, number, destroy, plugin };
        if IN_CALLBACK.get() == 0 {
            ending.destroy();
            return;
        }
        let thread = std::thread::Builder::new().name("plugin-destroy".into());
        if thread.spawn(move || ending.destroy()).is_err() {
            let text = "an instance is not destroyed: no thread for it";
            self.plugin.log(crate::log::Level::Error, text);
        }
    }
}

/// An instance on its way out.
struct Ending {
    instance: *mut c_void,
    number: InstanceId,
    destroy: DestroyFn,
    plugin: &'static Plugin,
}

// SAFETY: the header lets `destroy` be called from any thread.
unsafe impl Send for Ending {}

impl Ending {
    fn destroy(self) {
        // SAFETY: the instance that `create` made; this is the last use of it, for its only handle
        // drops.
        unsafe { (self.destroy)(self.instance) };
        self.plugin.destroyed(self.number);
    }
}
