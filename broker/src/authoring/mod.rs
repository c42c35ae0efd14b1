//! What an author of a plugin wants of this program, without a broker: a plugin asked about
//! recorded messages (`philter plugin test`), and what a call of it costs (`philter plugin bench`).
//!
//! Begin with [`subject`] for what is asked and with [`trial`] for how.
//!
//! Invariants:
//! - a plugin is admitted, configured and called as the broker does it;
//! - times are of the calling thread, without what the clock itself takes.

mod binding;
#[cfg(test)]
mod brought;
mod error;
mod limits;
mod measure;
mod question;
mod ready;
mod recorded;
mod stopwatch;
mod subject;
mod trial;

pub(crate) use error::AuthoringError;
pub(crate) use measure::{Effort, Figures, measure};
pub(crate) use question::Question;
pub(crate) use recorded::read as read_messages;
pub(crate) use subject::Subject;
pub(crate) use trial::try_out;
