//! The interface `exchange`.

use std::time::Duration;

use philter_plugin_api::{Kind, Reads};
use wasmtime::component::TypedFunc;

use super::{Answer, Batch, BytesOf, Contract, Exports, Id, NumberOf, TextOf, WrongFunction};
use crate::failure::Failure;
use crate::instance::Live;

/// Bytes of one match that `route` answers.
pub(crate) const ANSWER_BYTES: usize = 16;

/// What `bind` adds where answers may be remembered by routing key.
pub(crate) const REMEMBERED: u32 = 256;

/// The interface `exchange`; what instances are told are bindings.
pub(crate) struct ExchangeContract;

/// A binding as it is told.
pub(crate) struct Told {
    pub(crate) key: String,
    pub(crate) arguments: Vec<u8>,
    /// Destination and who declared it, an encoded map.
    pub(crate) context: Vec<u8>,
}

/// Its functions.
pub(crate) struct ExchangeCalls {
    bind: NumberOf<(u64, String, Vec<u8>, Vec<u8>)>,
    unbind: TypedFunc<(u64,), (Answer<()>,)>,
    pub(crate) route: BytesOf<(Batch,)>,
    pub(crate) inspect: TextOf<(Option<u64>,)>,
    pub(crate) explain: TextOf<(u64,)>,
    pub(crate) try_binding: TextOf<(String, Vec<u8>, Vec<u8>, Batch)>,
}

impl Contract for ExchangeContract {
    const KIND: Kind = Kind::Exchange;
    const INTERFACE: &'static str = "philter:plugin/exchange@1.0.0";
    const ENTRIES: &'static [(&'static str, &'static str)] =
        &[("inspect", "inspect"), ("explain", "explain"), ("try", "try_binding")];
    type Calls = ExchangeCalls;
    type Item = Told;

    fn functions(exports: &mut Exports<'_>) -> Result<ExchangeCalls, WrongFunction> {
        Ok(ExchangeCalls {
            bind: exports.function("bind")?,
            unbind: exports.function("unbind")?,
            route: exports.function("route")?,
            inspect: exports.function("inspect")?,
            explain: exports.function("explain")?,
            try_binding: exports.function("try-binding")?,
        })
    }

    fn tell(live: &mut Live<Self>, id: Id, told: &Told, time: Duration) -> Result<u32, Failure> {
        let parameters = (id, told.key.clone(), told.arguments.clone(), told.context.clone());
        let (answer,) = live.call(|calls| &calls.bind, parameters, time)?;
        Ok(answer?)
    }

    fn is_remembered(flags: u32) -> bool {
        flags & REMEMBERED != 0 && Reads::from_bits(flags & !REMEMBERED).is_key_only()
    }

    fn forget(live: &mut Live<Self>, id: Id, time: Duration) -> Result<(), Failure> {
        let (answer,) = live.call(|calls| &calls.unbind, (id,), time)?;
        Ok(answer?)
    }
}
