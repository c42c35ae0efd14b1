//! One set of queries for all exchanges and filters of equal configuration, so that equal queries
//! are kept once for all of them.

use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::Queries;
use crate::configuration::Configuration;

static MADE: Mutex<Vec<(Configuration, Weak<Queries>)>> = Mutex::new(Vec::new());

impl Queries {
    /// The queries of this configuration; they live as long as an instance that uses them.
    pub(crate) fn shared(configuration: &Configuration) -> Arc<Self> {
        let mut made = MADE.lock();
        made.retain(|(_, queries)| queries.strong_count() > 0);
        let known = made.iter().find(|(other, _)| other == configuration);
        if let Some(queries) = known.and_then(|(_, queries)| queries.upgrade()) {
            return queries;
        }
        let queries = Arc::new(Self::new(configuration));
        made.push((configuration.clone(), Arc::downgrade(&queries)));
        queries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_configurations_share_their_queries() {
        let one = Configuration { deadline_ms: 4001, ..Configuration::default() };
        let other = Configuration { deadline_ms: 4002, ..one.clone() };
        let first = Queries::shared(&one);
        assert!(Arc::ptr_eq(&first, &Queries::shared(&one)));
        assert!(!Arc::ptr_eq(&first, &Queries::shared(&other)));
    }
}
