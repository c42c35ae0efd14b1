//! `wasi:random`: the system's random bytes, for what may be guessed as well.

use wasmtime::StoreContextMut;
use wasmtime::component::LinkerInstance;

use crate::host::{State, random_bytes};
use crate::settings::Settings;

type Instance<'a, 'b> = &'a mut LinkerInstance<'b, State>;

/// `wasi:random/random`.
pub(super) fn random(add: Instance<'_, '_>, _: &Settings) -> wasmtime::Result<()> {
    add.func_wrap("get-random-bytes", bytes)?;
    add.func_wrap("get-random-u64", |_: StoreContextMut<'_, State>, (): ()| Ok((number()?,)))
}

/// `wasi:random/insecure`.
pub(super) fn insecure(add: Instance<'_, '_>, _: &Settings) -> wasmtime::Result<()> {
    add.func_wrap("get-insecure-random-bytes", bytes)?;
    let name = "get-insecure-random-u64";
    add.func_wrap(name, |_: StoreContextMut<'_, State>, (): ()| Ok((number()?,)))
}

/// `wasi:random/insecure-seed`.
pub(super) fn insecure_seed(add: Instance<'_, '_>, _: &Settings) -> wasmtime::Result<()> {
    add.func_wrap("insecure-seed", |_: StoreContextMut<'_, State>, (): ()| {
        Ok(((number()?, number()?),))
    })
}

fn bytes(_: StoreContextMut<'_, State>, (count,): (u64,)) -> wasmtime::Result<(Vec<u8>,)> {
    Ok((random_bytes(count)?,))
}

fn number() -> wasmtime::Result<u64> {
    getrandom::u64().map_err(|error| wasmtime::Error::msg(error.to_string()))
}
