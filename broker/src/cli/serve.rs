//! `philter` without a command: runs the broker.

use std::sync::Arc;

use super::{DONE, FAILED, Terminal};
use crate::config::{Config, DataDir, DataDirError};
use crate::launcher::{self, LaunchError};
use crate::plugin::Catalog;

/// Why the broker ended otherwise than by being told to.
#[derive(Debug, thiserror::Error)]
enum ServeError {
    /// It can't have its data directory.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// It could not begin.
    #[error(transparent)]
    Launch(#[from] LaunchError),
    /// The system gave no threads.
    #[error("worker threads: {0}")]
    Threads(std::io::Error),
}

/// Runs the broker until it is told to end.
pub(crate) fn run(config: &Config, terminal: &mut Terminal<'_>) -> i32 {
    match serve(config) {
        Ok(()) => DONE,
        Err(error) => {
            terminal.complain(error);
            FAILED
        }
    }
}

fn serve(config: &Config) -> Result<(), ServeError> {
    // Held until the broker has ended.
    let _data_dir = config.data_dir.as_deref().map(DataDir::open).transpose()?;
    let catalog = Arc::new(Catalog::load(config));
    catalog.report(config);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(config.worker_threads)
        .enable_all()
        .build()
        .map_err(ServeError::Threads)?;
    Ok(runtime.block_on(launcher::run(config, catalog))?)
}
