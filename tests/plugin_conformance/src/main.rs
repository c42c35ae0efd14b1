//! `philter-plugin-conformance`: the kit on the command line.
//!
//! Invariant: a plugin that crashes or hangs is a failed rule with a name. So the rules run in a
//! process of their own, which says which rule it begins, and this one waits for it.

mod arguments;
mod isolation;

use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let passed = if arguments.write_until_killed {
        arguments.write()
    } else if arguments.here {
        arguments.check_here()
    } else {
        isolation::check(arguments.deadline_ms)
    };
    match passed {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("philter-plugin-conformance: {error}");
            ExitCode::from(2)
        }
    }
}
