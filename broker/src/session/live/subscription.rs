//! A live subscription.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use philter_plugin_api::Value;

use crate::clock::unix_ns;

/// A subscription in the directory.
pub(crate) struct LiveSubscription {
    /// Its number in the directory.
    pub(crate) number: u64,
    /// Its session's number.
    pub(crate) session: u64,
    /// Its name in the session: the destination.
    pub(crate) name: String,
    /// The queue's name.
    pub(crate) queue: Arc<str>,
    /// Nobody else may subscribe to the queue.
    pub(crate) is_exclusive: bool,
    /// It is shown messages and does not take them.
    pub(crate) is_browsing: bool,
    /// It accepts what it is given.
    pub(crate) is_acknowledged: bool,
    /// What it was asked for with.
    pub(crate) arguments: Vec<(String, Value)>,
    /// When it began, in nanoseconds since 1970.
    pub(crate) created_ns: u64,
    is_window: AtomicBool,
    delivered: AtomicU64,
}

/// What a subscription is from its beginning on.
pub(crate) struct Subscribed {
    /// Its session's number.
    pub(crate) session: u64,
    /// The destination.
    pub(crate) name: String,
    /// The queue's name.
    pub(crate) queue: Arc<str>,
    /// Exclusive.
    pub(crate) is_exclusive: bool,
    /// Browsing.
    pub(crate) is_browsing: bool,
    /// With accepts.
    pub(crate) is_acknowledged: bool,
    /// The arguments.
    pub(crate) arguments: Vec<(String, Value)>,
}

impl LiveSubscription {
    /// A subscription that begins now, in window mode.
    pub(crate) fn new(number: u64, subscribed: Subscribed) -> Self {
        let Subscribed {
            session,
            name,
            queue,
            is_exclusive,
            is_browsing,
            is_acknowledged,
            arguments,
        } = subscribed;
        Self {
            number,
            session,
            name,
            queue,
            is_exclusive,
            is_browsing,
            is_acknowledged,
            arguments,
            created_ns: unix_ns(),
            is_window: AtomicBool::new(true),
            delivered: AtomicU64::new(0),
        }
    }

    /// `WINDOW` or `CREDIT`.
    pub(crate) fn credit_mode(&self) -> &'static str {
        if self.is_window.load(Ordering::Relaxed) { "WINDOW" } else { "CREDIT" }
    }

    /// It is in window mode now, or not.
    pub(crate) fn set_window(&self, is_window: bool) {
        self.is_window.store(is_window, Ordering::Relaxed);
    }

    /// Messages that it was given.
    pub(crate) fn delivered(&self) -> u64 {
        self.delivered.load(Ordering::Relaxed)
    }

    /// It was given `count` more.
    pub(crate) fn add_delivered(&self, count: usize) {
        self.delivered.fetch_add(count as u64, Ordering::Relaxed);
    }
}
