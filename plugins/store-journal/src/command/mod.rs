//! `philter store`: looks at a stopped broker's journal, makes it smaller, and copies one that is
//! in use.
//!
//! Invariants:
//! - check and dump write nothing, and backup writes nothing to its source;
//! - nothing works on a directory that a broker has, but for backup.

mod arguments;
mod check;
mod dump;
mod error;
mod place;

use philter_plugin_api::{CommandOutput, Context};

use self::arguments::{Request, USAGE};
use self::error::CommandError;
use self::place::{journal_of, target_of};
use crate::configuration::Configuration;
use crate::disk::FileSystem;
use crate::engine::{self, Copied};

/// Runs the command. Exit codes: 0 done and sound, 1 not done or damaged, 2 not understood.
pub(crate) fn run(context: &Context<'_>, arguments: &[&str]) -> CommandOutput {
    match Request::parse(arguments).and_then(|request| perform(context, request)) {
        Ok(output) => output,
        Err(error) => CommandOutput {
            output: String::new(),
            errors: format!("philter store: {error}\n"),
            exit_code: error.exit_code(),
        },
    }
}

fn perform(context: &Context<'_>, request: Request) -> Result<CommandOutput, CommandError> {
    match request {
        Request::Help => Ok(done(USAGE.to_owned())),
        Request::Check { directory } => {
            let directory = journal_of(context, directory.as_deref())?;
            let disk = FileSystem::look_at(&directory).map_err(CommandError::locked)?;
            Ok(check::render(&engine::check(&disk)?))
        }
        Request::Dump { directory, selection } => {
            let directory = journal_of(context, directory.as_deref())?;
            let disk = FileSystem::look_at(&directory).map_err(CommandError::locked)?;
            Ok(dump::dump(&disk, selection))
        }
        Request::Compact { directory } => compact(context, directory.as_deref()),
        Request::Backup { directory, target } => backup(context, directory.as_deref(), &target),
    }
}

fn compact(context: &Context<'_>, named: Option<&str>) -> Result<CommandOutput, CommandError> {
    let directory = journal_of(context, named)?;
    let disk = FileSystem::open_existing(&directory).map_err(CommandError::locked)?;
    let options = Configuration::parse(context.configuration)?.options(seed()?);
    let compacted = engine::compact(disk, options)?;
    let (before, after) = (compacted.before_bytes, compacted.after_bytes);
    Ok(done(format!(
        "{}: {before} bytes before, {after} bytes after; {} messages\n",
        directory.display(),
        compacted.messages
    )))
}

fn backup(
    context: &Context<'_>,
    named: Option<&str>,
    target: &str,
) -> Result<CommandOutput, CommandError> {
    let directory = journal_of(context, named)?;
    let target = target_of(target)?;
    let source = FileSystem::look_at_live(&directory);
    let disk = FileSystem::open(&target).map_err(CommandError::locked)?;
    let Copied { report, is_whole, passes } = engine::copy(&source, &disk)?;
    if let Some(fault) = report.faults.into_iter().next() {
        return Err(CommandError::DamagedCopy { directory: target, passes, fault });
    }
    if !is_whole {
        return Err(CommandError::Restless { directory, passes });
    }
    Ok(done(format!(
        "copied {} to {}: {} messages in {} segments\n",
        directory.display(),
        target.display(),
        report.messages,
        report.segments.len()
    )))
}

fn seed() -> Result<u64, CommandError> {
    let seed = getrandom::u64();
    Ok(seed.map_err(|error| {
        philter_plugin_api::Error::internal(format!("the system has no random numbers: {error}"))
    })?)
}

fn done(output: String) -> CommandOutput {
    CommandOutput { output, ..CommandOutput::default() }
}

#[cfg(test)]
mod tests;
