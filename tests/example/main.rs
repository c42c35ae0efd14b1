//! The plugins of `examples/`, as a stranger would take them: copied to an empty folder, built
//! there by the commands of their READMEs, put into a plugin directory, and routed through; and the
//! projects that `philter plugin new` writes. And the components among them, as `.ci/wasm-examples`
//! built them: by the conformance kit, and in a broker.

#[cfg(test)]
mod component;
#[cfg(test)]
mod consistent_hash;
#[cfg(test)]
mod hello_c;
#[cfg(test)]
mod stranger;
#[cfg(test)]
mod template;
#[cfg(test)]
mod wasi;
