//! Components behind the [`Carrier`](super::carrier::Carrier) trait; without the cargo feature
//! `wasm` none is opened.
//!
//! Invariant: a broker that has no component has no engine.

#[cfg(feature = "wasm")]
mod component;
#[cfg(feature = "wasm")]
mod components;
#[cfg(not(feature = "wasm"))]
mod left_out;

#[cfg(feature = "wasm")]
pub(crate) use components::Components;
#[cfg(not(feature = "wasm"))]
pub(crate) use left_out::Components;
