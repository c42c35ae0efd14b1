//! WASM components as plugins.
