//! The broker as a process: how it goes into the background, how others find and end it, and what
//! it tells the service manager.

pub(crate) mod daemon;
mod notify;
mod pidfile;
mod presence;
mod running;

pub(crate) use notify::Notifier;
pub(crate) use presence::{Presence, PresenceError};
pub(crate) use running::{Running, RunningError};
