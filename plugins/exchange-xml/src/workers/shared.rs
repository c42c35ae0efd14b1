//! One set of threads for all exchanges and filters of equal configuration.
//!
//! Invariant: the threads live as long as an instance that uses them.

use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use philter_plugin_api::{Error, Result};

use super::Workers;
use crate::configuration::Configuration;

static STARTED: Mutex<Vec<(Configuration, Weak<Workers>)>> = Mutex::new(Vec::new());

/// The threads of this configuration, started if nobody uses them yet.
///
/// # Errors
/// The system gives no thread.
pub(crate) fn shared(configuration: &Configuration) -> Result<Arc<Workers>> {
    let mut started = STARTED.lock();
    started.retain(|(_, workers)| workers.strong_count() > 0);
    let known = started.iter().find(|(other, _)| other == configuration);
    if let Some(workers) = known.and_then(|(_, workers)| workers.upgrade()) {
        return Ok(workers);
    }
    let workers = Workers::start(configuration).map_err(|error| {
        Error::internal(format!("no thread can be started for queries: {error}"))
    })?;
    let workers = Arc::new(workers);
    started.push((configuration.clone(), Arc::downgrade(&workers)));
    Ok(workers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_configurations_share_their_threads() {
        let one = Configuration { deadline_ms: 4001, workers: 1, ..Configuration::default() };
        let other = Configuration { deadline_ms: 4002, ..one.clone() };
        let first = shared(&one).unwrap();
        assert!(Arc::ptr_eq(&first, &shared(&one).unwrap()));
        assert!(!Arc::ptr_eq(&first, &shared(&other).unwrap()));
    }
}
