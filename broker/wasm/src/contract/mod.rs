//! The interfaces of components as functions with types.

mod auth;
mod exchange;
mod filter;
mod store;
mod types;

use std::time::Duration;

use philter_plugin_api::Kind;
use wasmtime::Store;
use wasmtime::component::{ComponentNamedList, Instance, Lift, Lower, TypedFunc};

use crate::failure::Failure;
use crate::host::State;
use crate::instance::Live;

pub(crate) use auth::{AuthContract, GuestOutcome};
pub(crate) use exchange::{ANSWER_BYTES, ExchangeContract, REMEMBERED, Told as Binding};
pub(crate) use filter::FilterContract;
pub(crate) use store::{GuestAppended, GuestPurged, StoreCalls, StoreContract};
pub(crate) use types::{
    Answer, Batch, GuestCommandOutput, GuestError, GuestErrorKind, GuestVerdict, cut,
};
use types::{BytesOf, NumberOf, TextOf, VerdictOf};

/// What is told to each instance: its number in order, and what it reads as the plugin says.
pub(crate) type Id = u64;

/// An interface that components export.
pub(crate) trait Contract: Send + Sync + Sized + 'static {
    /// The kind of plugin.
    const KIND: Kind;
    /// Its name with its version.
    const INTERFACE: &'static str;
    /// Names that `describe` may give in `entries`, and what the native table calls them.
    const ENTRIES: &'static [(&'static str, &'static str)];
    /// Its functions beside those that all have.
    type Calls: Send + Sync;
    /// What each instance is told.
    type Item: Send + Sync;

    /// Finds its functions.
    fn functions(exports: &mut Exports<'_>) -> Result<Self::Calls, WrongFunction>;

    /// Tells an instance; the answer is what the plugin says of it.
    fn tell(
        live: &mut Live<Self>,
        id: Id,
        item: &Self::Item,
        time: Duration,
    ) -> Result<u32, Failure>;

    /// Whether answers about what was told so may be remembered by routing key, as the plugin says.
    fn is_remembered(flags: u32) -> bool;

    /// Has an instance forget.
    fn forget(live: &mut Live<Self>, id: Id, time: Duration) -> Result<(), Failure>;
}

/// Whether an interface that a component names is this one of the broker's: from 1.0 on in any
/// minor version, because they only grow; before, in this one alone.
pub(crate) fn is_same(ours: &str, named: &str) -> bool {
    fn parts(name: &str) -> Option<(&str, &str, &str)> {
        let (interface, version) = name.split_once('@')?;
        let (major, rest) = version.split_once('.')?;
        // What is before or beside a release is another contract.
        let is_release = rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        is_release.then_some((interface, major, rest))
    }
    match (parts(ours), parts(named)) {
        (Some((ours, major, rest)), Some((named, named_major, named_rest))) => {
            ours == named && major == named_major && (major != "0" || rest == named_rest)
        }
        _ => false,
    }
}

/// The functions that every interface has.
pub(crate) struct Common {
    pub(crate) create: TypedFunc<(String, Vec<u8>), (Answer<()>,)>,
    pub(crate) destroy: TypedFunc<(), ()>,
}

impl Common {
    pub(crate) fn find(exports: &mut Exports<'_>) -> Result<Self, WrongFunction> {
        Ok(Self { create: exports.function("create")?, destroy: exports.function("destroy")? })
    }
}

/// `describe` of an interface.
pub(crate) fn describe(
    exports: &mut Exports<'_>,
) -> Result<TypedFunc<(), (String,)>, WrongFunction> {
    exports.function("describe")
}

/// `command` of an interface.
pub(crate) type Command = TypedFunc<(String, Vec<String>, Vec<u8>), (Answer<GuestCommandOutput>,)>;

/// A function that is missing or has other types.
pub(crate) struct WrongFunction {
    pub(crate) function: &'static str,
    pub(crate) reason: String,
}

/// The exports of one interface of an instance.
pub(crate) struct Exports<'a> {
    pub(crate) store: &'a mut Store<State>,
    pub(crate) instance: Instance,
    /// The interface's full name.
    pub(crate) interface: &'a str,
}

impl Exports<'_> {
    /// A function by name and types.
    pub(crate) fn function<P, R>(
        &mut self,
        function: &'static str,
    ) -> Result<TypedFunc<P, R>, WrongFunction>
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift,
    {
        let wrong = |reason: String| WrongFunction { function, reason };
        let (_, interface) = self
            .instance
            .get_export(&mut *self.store, None, self.interface)
            .ok_or_else(|| wrong("the interface is not there".to_owned()))?;
        let (_, index) = self
            .instance
            .get_export(&mut *self.store, Some(&interface), function)
            .ok_or_else(|| wrong("it is missing".to_owned()))?;
        self.instance
            .get_typed_func(&mut *self.store, index)
            .map_err(|error| wrong(format!("it has other types: {}", error.root_cause())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_meet_as_those_of_native_kinds_do() {
        let ours = "philter:plugin/filter@1.2.0";
        for (named, is_ours) in [
            ("philter:plugin/filter@1.2.0", true),
            ("philter:plugin/filter@1.0.0", true),
            ("philter:plugin/filter@1.14.3", true),
            ("philter:plugin/filter@1.3.0-rc.1", false),
            ("philter:plugin/filter@2.0.0", false),
            ("philter:plugin/filter@0.2.0", false),
            ("philter:plugin/filter", false),
            ("philter:plugin/filters@1.2.0", false),
            ("other:plugin/filter@1.2.0", false),
        ] {
            assert_eq!(is_same(ours, named), is_ours, "{named}");
        }
        let draft = "philter:auth/auth@0.1.0";
        assert!(is_same(draft, draft));
        assert!(!is_same(draft, "philter:auth/auth@0.1.1"));
        assert!(!is_same(draft, "philter:auth/auth@0.2.0"));
    }
}
