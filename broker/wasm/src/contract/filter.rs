//! The interface `filter`.

use std::sync::Arc;
use std::time::Duration;

use philter_plugin_api::{Kind, Reads};
use wasmtime::component::TypedFunc;

use super::{Batch, BytesOf, Contract, Exports, Id, NumberOf, TextOf, VerdictOf, WrongFunction};
use crate::failure::Failure;
use crate::instance::Live;

/// The interface `filter`; what instances are told are expressions.
pub(crate) struct FilterContract;

/// Its functions.
pub(crate) struct FilterCalls {
    compile: NumberOf<(u64, String)>,
    release: TypedFunc<(u64,), ()>,
    pub(crate) matches: BytesOf<(Batch, Arc<Vec<u64>>)>,
    pub(crate) transform: VerdictOf<(u64, Batch)>,
    pub(crate) inspect: TextOf<(Option<u64>,)>,
    pub(crate) explain: TextOf<(String,)>,
    pub(crate) try_expression: TextOf<(String, Batch)>,
}

impl Contract for FilterContract {
    const KIND: Kind = Kind::Filter;
    const INTERFACE: &'static str = "philter:plugin/filter@1.0.0";
    const ENTRIES: &'static [(&'static str, &'static str)] = &[
        ("transform", "transform"),
        ("inspect", "inspect"),
        ("explain", "explain"),
        ("try", "try_expression"),
    ];
    type Calls = FilterCalls;
    type Item = String;

    fn functions(exports: &mut Exports<'_>) -> Result<FilterCalls, WrongFunction> {
        Ok(FilterCalls {
            compile: exports.function("compile")?,
            release: exports.function("release")?,
            matches: exports.function("matches")?,
            transform: exports.function("transform")?,
            inspect: exports.function("inspect")?,
            explain: exports.function("explain")?,
            try_expression: exports.function("try-expression")?,
        })
    }

    fn tell(
        live: &mut Live<Self>,
        id: Id,
        expression: &String,
        time: Duration,
    ) -> Result<u32, Failure> {
        let parameters = (id, expression.clone());
        let (answer,) = live.call(|calls| &calls.compile, parameters, time)?;
        Ok(answer?)
    }

    fn is_remembered(flags: u32) -> bool {
        Reads::from_bits(flags).is_key_only()
    }

    fn forget(live: &mut Live<Self>, id: Id, time: Duration) -> Result<(), Failure> {
        live.call(|calls| &calls.release, (id,), time)
    }
}
