//! Depths at which something happens: publishers are held back or go on, an alert is raised.
//!
//! Invariant: between the lower and the upper depth nothing of that can happen, so that a push or a
//! settlement costs two comparisons.

use crate::queue::alerts::AlertState;
use crate::queue::flow::FlowState;
use crate::queue::{Queue, QueueSettings};

/// Entries, and their header and body bytes.
pub(super) type Depth = (u64, u64);

/// Where to look closer.
#[derive(Debug)]
pub(super) struct Watch {
    /// Above one of these.
    upper: Depth,
    /// Below one of these.
    lower: Depth,
}

impl Watch {
    pub(super) fn of(settings: &QueueSettings, flow: &FlowState, alerts: &AlertState) -> Self {
        let (stop, resume) = flow.next_depths(&settings.flow);
        let (up, down) = alerts.next_depths(&settings.alerts);
        Self {
            upper: (stop.0.min(up.0), stop.1.min(up.1)),
            lower: (resume.0.max(down.0), resume.1.max(down.1)),
        }
    }
}

impl Queue {
    /// The depth grew.
    pub(super) fn depth_grew(&mut self) {
        let (count, bytes) = self.depth();
        if count > self.watch.upper.0 || bytes > self.watch.upper.1 {
            self.flow.grew(&self.settings.flow, (count, bytes));
            self.alerts.grew(&self.settings.alerts, (count, bytes));
            self.watch = Watch::of(&self.settings, &self.flow, &self.alerts);
        }
    }

    /// The depth shrank.
    pub(super) fn depth_shrank(&mut self) {
        let (count, bytes) = self.depth();
        if count < self.watch.lower.0 || bytes < self.watch.lower.1 {
            self.flow.shrank(&self.settings.flow, (count, bytes));
            self.alerts.shrank(&self.settings.alerts, (count, bytes));
            self.watch = Watch::of(&self.settings, &self.flow, &self.alerts);
        }
    }
}
