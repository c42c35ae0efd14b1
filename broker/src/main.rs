//! Philter: a message broker whose exchanges, filters, auth providers and stores are plugins.
//!
//! Begin with [`cli`] for what a process is started for and with `launcher` for how the broker begins.

mod auth;
mod cli;
mod config;
mod launcher;
mod logging;
mod plugin;

fn main() -> std::process::ExitCode {
    cli::main()
}
