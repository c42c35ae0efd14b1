//! The interface `store`, a draft.

use std::convert::Infallible;
use std::time::Duration;

use philter_plugin_api::Kind;
use wasmtime::component::{ComponentType, Lift, TypedFunc};

use super::types::{BytesOf, TextOf};
use super::{Answer, Batch, Contract, Exports, Id, WrongFunction};
use crate::failure::Failure;
use crate::instance::Live;

/// The interface `store`. There is one instance of a store, which nothing is told beforehand.
pub(crate) struct StoreContract;

/// A function that answers something of ours.
type AnswerOf<P, T> = TypedFunc<P, (Answer<T>,)>;

/// Its functions.
pub(crate) struct StoreCalls {
    pub(crate) capabilities: TypedFunc<(), (Vec<u8>,)>,
    pub(crate) acquire: AnswerOf<(u32, String), GuestAcquired>,
    pub(crate) append: AnswerOf<(u32, u64, Batch), GuestAppended>,
    pub(crate) purge: AnswerOf<(u32, u64, u64), GuestPurged>,
    pub(crate) replay: BytesOf<(u32, u64, u64, bool, u32)>,
    pub(crate) read: AnswerOf<(u32, u64, u64), Option<Vec<u8>>>,
    pub(crate) entries: BytesOf<(u32, u64, u64, u64, u32)>,
    pub(crate) statistics: TextOf<(u32,)>,
    pub(crate) meta_get: AnswerOf<(String,), Option<GuestValue>>,
    pub(crate) meta_compare_and_set: AnswerOf<(String, u64, Batch), Option<u64>>,
    pub(crate) meta_remove: AnswerOf<(String, u64), bool>,
    pub(crate) meta_list: BytesOf<(String, String, u32)>,
    pub(crate) inspect: TextOf<()>,
}

#[derive(Clone, Copy, Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct GuestAcquired {
    pub(crate) epoch: u64,
    pub(crate) fence: u64,
}

#[derive(Clone, Copy, Debug, ComponentType, Lift)]
#[component(variant)]
pub(crate) enum GuestAppended {
    #[component(name = "done")]
    Done(u64),
    #[component(name = "fenced")]
    Fenced,
    #[component(name = "full")]
    Full,
}

#[derive(Clone, Copy, Debug, ComponentType, Lift)]
#[component(variant)]
pub(crate) enum GuestPurged {
    #[component(name = "done")]
    Done(u64),
    #[component(name = "more")]
    More,
    #[component(name = "fenced")]
    Fenced,
}

#[derive(Clone, Debug, ComponentType, Lift)]
#[component(record)]
pub(crate) struct GuestValue {
    pub(crate) revision: u64,
    pub(crate) value: Vec<u8>,
}

impl Contract for StoreContract {
    const KIND: Kind = Kind::Store;
    const INTERFACE: &'static str = "philter:store/store@0.1.0";
    const ENTRIES: &'static [(&'static str, &'static str)] = &[("inspect", "inspect")];
    type Calls = StoreCalls;
    type Item = Infallible;

    fn functions(exports: &mut Exports<'_>) -> Result<StoreCalls, WrongFunction> {
        Ok(StoreCalls {
            capabilities: exports.function("capabilities")?,
            acquire: exports.function("acquire")?,
            append: exports.function("append")?,
            purge: exports.function("purge")?,
            replay: exports.function("replay")?,
            read: exports.function("read")?,
            entries: exports.function("entries")?,
            statistics: exports.function("statistics")?,
            meta_get: exports.function("meta-get")?,
            meta_compare_and_set: exports.function("meta-compare-and-set")?,
            meta_remove: exports.function("meta-remove")?,
            meta_list: exports.function("meta-list")?,
            inspect: exports.function("inspect")?,
        })
    }

    fn tell(_: &mut Live<Self>, _: Id, item: &Infallible, _: Duration) -> Result<u32, Failure> {
        match *item {}
    }

    fn is_remembered(_: u32) -> bool {
        false
    }

    fn forget(_: &mut Live<Self>, _: Id, _: Duration) -> Result<(), Failure> {
        Ok(())
    }
}
