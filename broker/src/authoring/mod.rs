//! What an author of a plugin wants of this program, without a broker: a project to begin with
//! (`philter plugin new`), a plugin asked about recorded messages (`philter plugin test`), and what
//! a call of it costs (`philter plugin bench`).
//!
//! Begin with [`project`] for the first, for the others with [`subject`], which is what is asked,
//! and with [`trial`], which is how.
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
mod project;
mod question;
mod ready;
mod recorded;
mod stopwatch;
mod subject;
mod trial;

pub(crate) use error::AuthoringError;
pub(crate) use measure::{Effort, Figures, measure};
pub(crate) use project::{
    CarrierKind, Language, ProjectError, ProjectKind, ProjectName, Template, write as write_project,
};
pub(crate) use question::Question;
pub(crate) use recorded::read as read_messages;
pub(crate) use subject::Subject;
pub(crate) use trial::try_out;
