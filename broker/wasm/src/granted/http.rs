//! The interface `philter:auth/http`.

use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentType, Linker, Lower};

use super::{not_named, not_now};
use crate::contract::GuestError;
use crate::host::State;

/// Its name.
pub(super) const INTERFACE: &str = "philter:auth/http@0.1.0";

/// What an endpoint answered.
#[derive(Clone, Debug, PartialEq, Eq, ComponentType, Lower)]
#[component(record)]
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// What a plugin asks.
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path_and_query: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// What `request` is given.
type Parameters = (String, String, String, Vec<(String, String)>, Vec<u8>);

/// Adds the interface.
pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let mut http = linker.instance(INTERFACE)?;
    http.func_wrap("request", |context: StoreContextMut<'_, State>, parameters: Parameters| {
        let (endpoint, method, path_and_query, headers, body) = parameters;
        let request = Request { method, path_and_query, headers, body };
        Ok((ask(context.data(), &endpoint, request),))
    })
}

fn ask(state: &State, name: &str, request: Request) -> Result<Response, GuestError> {
    if !state.may_wait {
        return Err(not_now(INTERFACE));
    }
    let endpoint = state.grants.endpoints.get(name);
    endpoint.ok_or_else(|| not_named("endpoint", name, "http"))?.ask(name, request)
}
