//! WASI 0.2, as far as an operator grants it: clocks, random bytes, lines for the log, the
//! environment's variables, and for whatever a toolchain imports besides, files and sockets that
//! there are none of.
//!
//! Invariants:
//! - an interface is linked where a grant has it, under the name that the component imports it by,
//!   and nothing else is;
//! - nothing here waits: calls are made by the broker's workers, so what would wait is a trap that
//!   says so;
//! - a function of a linked interface that this host has not got is a trap that names it.

mod cli;
mod clocks;
mod grant;
mod io;
mod lines;
mod random;
mod stubs;

use std::collections::BTreeSet;

use wasmtime::component::types::{ComponentInstance, ComponentItem};
use wasmtime::component::{Component, Linker, LinkerInstance};

use crate::engine::Engine;
use crate::host::State;
use crate::settings::Settings;

pub use grant::Wasi;
pub(crate) use lines::Output;

/// What adds an interface's types and functions.
type Add = fn(&mut LinkerInstance<'_, State>, &Settings) -> wasmtime::Result<()>;

/// An interface of WASI 0.2.
struct Interface {
    /// Its name without a version.
    name: &'static str,
    /// The grants that have it, the one to name first.
    grants: &'static [Wasi],
    add: Add,
}

const fn interface(name: &'static str, grants: &'static [Wasi], add: Add) -> Interface {
    Interface { name, grants, add }
}

/// Every interface that can be granted.
const INTERFACES: &[Interface] = &[
    interface("wasi:cli/environment", &[Wasi::Environment], cli::environment),
    interface("wasi:cli/exit", &[Wasi::Stdio], cli::exit),
    interface("wasi:cli/stdin", &[Wasi::Stdio], cli::stdin),
    interface("wasi:cli/stdout", &[Wasi::Stdio], cli::stdout),
    interface("wasi:cli/stderr", &[Wasi::Stdio], cli::stderr),
    interface("wasi:cli/terminal-input", &[Wasi::Stdio], cli::terminal_input),
    interface("wasi:cli/terminal-output", &[Wasi::Stdio], cli::terminal_output),
    interface("wasi:cli/terminal-stdin", &[Wasi::Stdio], cli::terminal_stdin),
    interface("wasi:cli/terminal-stdout", &[Wasi::Stdio], cli::terminal_stdout),
    interface("wasi:cli/terminal-stderr", &[Wasi::Stdio], cli::terminal_stderr),
    interface("wasi:clocks/monotonic-clock", &[Wasi::Clocks], clocks::monotonic),
    interface("wasi:clocks/wall-clock", &[Wasi::Clocks], clocks::wall),
    interface("wasi:io/error", &[Wasi::Stdio, Wasi::Stubs], io::error),
    interface("wasi:io/poll", &[Wasi::Clocks, Wasi::Stdio, Wasi::Stubs], io::poll),
    interface("wasi:io/streams", &[Wasi::Stdio, Wasi::Stubs], io::streams),
    interface("wasi:random/insecure", &[Wasi::Random], random::insecure),
    interface("wasi:random/insecure-seed", &[Wasi::Random], random::insecure_seed),
    interface("wasi:random/random", &[Wasi::Random], random::random),
    interface("wasi:filesystem/preopens", &[Wasi::Stubs], stubs::preopens),
    interface("wasi:filesystem/types", &[Wasi::Stubs], stubs::files),
    interface("wasi:sockets/instance-network", &[Wasi::Stubs], stubs::instance_network),
    interface("wasi:sockets/ip-name-lookup", &[Wasi::Stubs], stubs::ip_name_lookup),
    interface("wasi:sockets/network", &[Wasi::Stubs], stubs::network),
    interface("wasi:sockets/tcp", &[Wasi::Stubs], stubs::tcp),
    interface("wasi:sockets/tcp-create-socket", &[Wasi::Stubs], stubs::tcp_create_socket),
    interface("wasi:sockets/udp", &[Wasi::Stubs], stubs::udp),
    interface("wasi:sockets/udp-create-socket", &[Wasi::Stubs], stubs::udp_create_socket),
];

/// Whether a component that imports this gets it by what was granted.
pub(crate) fn is_granted(granted: &BTreeSet<Wasi>, import: &str) -> bool {
    find(import).is_some_and(|interface| is_in(granted, interface))
}

/// What to write into the configuration for a component that imports all this, if that helps.
pub(crate) fn setting_for(granted: &BTreeSet<Wasi>, missing: &[String]) -> Option<String> {
    let mut wanted = granted.clone();
    for import in missing {
        let interface = find(import)?;
        if !is_in(&wanted, interface) {
            wanted.extend(interface.grants.first());
        }
    }
    let words: Vec<_> = wanted.iter().map(|wasi| format!("\"{}\"", wasi.name())).collect();
    Some(format!("wasi = [{}]", words.join(", ")))
}

/// Adds what a component imports and was granted.
pub(crate) fn link(
    linker: &mut Linker<State>,
    engine: &Engine,
    component: &Component,
    settings: &Settings,
) -> wasmtime::Result<()> {
    // What an interface has replaces what says that it is not there.
    linker.allow_shadowing(true);
    let component_type = component.component_type();
    for (name, import) in component_type.imports(&engine.wasmtime) {
        let interface = find(name).filter(|interface| is_in(&settings.wasi, interface));
        if let (Some(interface), ComponentItem::ComponentInstance(of)) = (interface, import.ty) {
            let mut instance = linker.instance(name)?;
            say_what_is_absent(&mut instance, engine, name, &of)?;
            (interface.add)(&mut instance, settings)?;
        }
    }
    linker.allow_shadowing(false);
    Ok(())
}

/// Makes a trap with a text of each function that an interface is imported with.
pub(crate) fn say_what_is_absent(
    instance: &mut LinkerInstance<'_, State>,
    engine: &Engine,
    interface: &str,
    of: &ComponentInstance,
) -> wasmtime::Result<()> {
    for (function, item) in of.exports(&engine.wasmtime) {
        if let ComponentItem::ComponentFunc(_) = item.ty {
            let text = format!("'{interface}' has no '{function}' here");
            instance
                .func_new(function, move |_, _, _, _| Err(wasmtime::Error::msg(text.clone())))?;
        }
    }
    Ok(())
}

fn is_in(granted: &BTreeSet<Wasi>, interface: &Interface) -> bool {
    interface.grants.iter().any(|grant| granted.contains(grant))
}

/// The interface of this name in a version 0.2.n, which all have the same functions and more.
fn find(import: &str) -> Option<&'static Interface> {
    let (name, version) = import.split_once('@')?;
    let is_known = version.starts_with("0.2.");
    INTERFACES.iter().find(|interface| is_known && interface.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(granted: &[Wasi], missing: &[&str]) -> Option<String> {
        let missing: Vec<String> = missing.iter().map(|name| (*name).to_owned()).collect();
        setting_for(&granted.iter().copied().collect(), &missing)
    }

    #[test]
    fn any_version_of_0_2_is_known_and_no_other() {
        for (import, is_known) in [
            ("wasi:cli/stdout@0.2.0", true),
            ("wasi:cli/stdout@0.2.12", true),
            ("wasi:cli/stdout@0.3.0", false),
            ("wasi:cli/stdout@0.20.0", false),
            ("wasi:cli/stdout", false),
            ("wasi:cli/run@0.2.0", false),
            ("wasi:http/types@0.2.0", false),
        ] {
            assert_eq!(find(import).is_some(), is_known, "{import}");
        }
    }

    #[test]
    fn the_setting_has_all_that_is_wanted_and_was_granted() {
        let one = setting(&[], &["wasi:clocks/wall-clock@0.2.3"]);
        assert_eq!(one.as_deref(), Some(r#"wasi = ["clocks"]"#));
        let more = setting(&[Wasi::Random], &["wasi:io/poll@0.2.0", "wasi:io/streams@0.2.0"]);
        assert_eq!(more.as_deref(), Some(r#"wasi = ["clocks", "random", "stdio"]"#));
        assert_eq!(setting(&[], &["wasi:cli/stdout@0.2.0", "wasi:http/types@0.2.0"]), None);
    }

    #[test]
    fn every_interface_stands_once_and_every_grant_has_one() {
        let names: BTreeSet<_> = INTERFACES.iter().map(|interface| interface.name).collect();
        assert_eq!(names.len(), INTERFACES.len());
        let grants: BTreeSet<_> = INTERFACES.iter().flat_map(|one| one.grants).copied().collect();
        assert_eq!(grants, Wasi::ALL.into_iter().collect());
    }
}
