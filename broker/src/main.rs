//! Philter: a message broker whose exchanges, filters, auth providers and stores are plugins.
//!
//! Begin with [`cli`] for what a process is started for and with `launcher` for how the broker
//! begins.

mod auth;
mod authoring;
mod bench;
mod cli;
mod clock;
mod config;
mod connection_limit;
mod console;
mod launcher;
mod logging;
mod long_work;
mod management;
mod memory;
mod message;
mod net;
mod plugin;
mod process;
mod reload;
mod session;
mod shutdown;
mod store;
mod virtual_host;

fn main() -> std::process::ExitCode {
    cli::main()
}
