//! The plugins of `examples/`, as a stranger would take them: copied to an empty folder, built
//! there by the commands of their READMEs, put into a plugin directory, and routed through.

#[cfg(test)]
mod consistent_hash;
#[cfg(test)]
mod hello_c;
#[cfg(test)]
mod stranger;
