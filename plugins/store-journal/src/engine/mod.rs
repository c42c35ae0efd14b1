//! The journal itself, without a thread or a clock.
//!
//! `append`, `acquire`, `purge` and `meta_compare_and_set` put frames into the group that is being
//! gathered and answer nothing yet; `commit` writes the group, syncs it, and answers with the
//! tickets of what is kept now; `maintain` does one bounded step of what keeps the disk tidy.
//! Whoever drives them decides when: the store from threads, a test one after the other.
//!
//! Invariants:
//! - the index has what the frames say, in their order, also before they are on the disk;
//! - a ticket comes back exactly once, from the call that took it or from a commit;
//! - after an error of the disk every ticket comes back with an error.

mod options;

pub use options::{Options, SyncMode};

/// What became durable, or what a sync mode promises at this point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// An append or a purge, up to this position.
    Appended(philter_plugin_api::Position),
    /// A shard was taken.
    Acquired(philter_plugin_api::Acquired),
    /// A key of the store's meta data was set.
    Set(philter_plugin_api::MetaRevision),
}
