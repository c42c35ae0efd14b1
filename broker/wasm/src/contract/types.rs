//! The types of `philter:plugin/types`, as they come out of a component.

use std::sync::Arc;

use philter_plugin_api::limits::{COMMAND_OUTPUT_BYTES_MAX, ERROR_TEXT_BYTES_MAX};
use philter_plugin_api::{CommandOutput, Error, ErrorKind};
use wasmtime::component::{ComponentType, Lift, Lower, TypedFunc};

use crate::failure::Failure;

/// What a function answers that may fail.
pub(crate) type Answer<T> = Result<T, GuestError>;

/// Messages on their way into a component.
pub(crate) type Batch = Arc<Vec<u8>>;

/// A function that answers a text.
pub(crate) type TextOf<P> = TypedFunc<P, (Answer<String>,)>;

/// A function that answers bytes. They are copied out: when the call returns the component has
/// freed them.
pub(crate) type BytesOf<P> = TypedFunc<P, (Answer<Vec<u8>>,)>;

/// A function that answers a number.
pub(crate) type NumberOf<P> = TypedFunc<P, (Answer<u32>,)>;

#[derive(Clone, Copy, Debug, ComponentType, Lift, Lower)]
#[component(enum)]
#[repr(u8)]
#[allow(dead_code, reason = "lifted by number")]
pub(crate) enum GuestErrorKind {
    #[component(name = "invalid-argument")]
    InvalidArgument,
    #[component(name = "not-found")]
    NotFound,
    #[component(name = "unauthorized")]
    Unauthorized,
    #[component(name = "limit-exceeded")]
    LimitExceeded,
    #[component(name = "unsupported")]
    Unsupported,
    #[component(name = "internal")]
    Internal,
}

#[derive(Clone, Copy, Debug, ComponentType, Lift, Lower)]
#[component(record)]
pub(crate) struct GuestPlace {
    line: u32,
    column: u32,
}

/// Why a plugin says no, or the host to a plugin.
#[derive(Clone, Debug, ComponentType, Lift, Lower)]
#[component(record)]
pub(crate) struct GuestError {
    kind: GuestErrorKind,
    text: String,
    place: Option<GuestPlace>,
}

impl GuestError {
    /// The host's no.
    pub(crate) fn new(kind: GuestErrorKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), place: None }
    }
}

/// What a subcommand leaves behind.
#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct GuestCommandOutput {
    output: String,
    errors: String,
    #[component(name = "exit-code")]
    exit_code: i32,
}

#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct GuestReplacement {
    pub(crate) body: Vec<u8>,
    pub(crate) properties: Vec<u8>,
}

/// A function that decides what becomes of a message.
pub(crate) type VerdictOf<P> = TypedFunc<P, (Answer<GuestVerdict>,)>;

/// What a filter makes of a message.
#[derive(Clone, Debug, ComponentType, Lift)]
#[component(variant)]
pub(crate) enum GuestVerdict {
    #[component(name = "pass")]
    Pass,
    #[component(name = "drop")]
    Drop,
    #[component(name = "dead-letter")]
    DeadLetter,
    #[component(name = "replace")]
    Replace(GuestReplacement),
}

impl From<GuestError> for Failure {
    fn from(error: GuestError) -> Self {
        let kind = match error.kind {
            GuestErrorKind::InvalidArgument => ErrorKind::InvalidArgument,
            GuestErrorKind::NotFound => ErrorKind::NotFound,
            GuestErrorKind::Unauthorized => ErrorKind::Unauthorized,
            GuestErrorKind::LimitExceeded => ErrorKind::LimitExceeded,
            GuestErrorKind::Unsupported => ErrorKind::Unsupported,
            GuestErrorKind::Internal => ErrorKind::Internal,
        };
        let made = Error::new(kind, cut(error.text, ERROR_TEXT_BYTES_MAX));
        Failure::Plugin(match error.place {
            Some(GuestPlace { line, column }) => made.at(line, column),
            None => made,
        })
    }
}

impl From<GuestCommandOutput> for CommandOutput {
    fn from(output: GuestCommandOutput) -> Self {
        Self {
            output: cut(output.output, COMMAND_OUTPUT_BYTES_MAX),
            errors: cut(output.errors, COMMAND_OUTPUT_BYTES_MAX),
            exit_code: output.exit_code,
        }
    }
}

pub(crate) fn cut(mut text: String, bytes_max: usize) -> String {
    let end = text.floor_char_boundary(bytes_max);
    text.truncate(end);
    text
}
