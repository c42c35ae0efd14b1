//! What the broker shows of itself and what its operators may change: one model over the live
//! broker, whoever asks.
//!
//! | part | what it does |
//! |---|---|
//! | [`objects`] | the live broker as objects of the schema's classes |
//! | [`methods`] | the schema's methods, done to the live broker |
//! | [`events`] | what happens, as events of the schema |
//! | [`agent`] | QMF over all of these: requests, answers, heartbeats, events |
//!
//! Invariants:
//! - nothing is kept of what is shown: an object is made when it is asked for;
//! - no lock of a queue or exchange is held longer than it takes to copy its counters.

mod agent;
mod events;
mod facts;
mod limits;
mod methods;
mod names;
mod objects;
mod values;

use std::sync::Arc;

use philter_management::object::{Arguments, Caller, Directory, MethodError, Object, ObjectName};
use philter_management::schema::{Class, Method};

pub(crate) use agent::start;
pub(crate) use facts::Facts;

use crate::session::live::Live;
use crate::shutdown::Shutdown;
use crate::virtual_host::{VirtualHost, VirtualHosts};

/// The live broker as its operators see it.
///
/// Queues, exchanges, sessions and what belongs to them are those of the default virtual host:
/// tools know them by their names alone. Virtual hosts and connections are all there are.
pub(crate) struct Management {
    hosts: Arc<VirtualHosts>,
    /// The default one.
    host: Arc<VirtualHost>,
    live: Arc<Live>,
    shutdown: Shutdown,
    facts: Facts,
}

impl Management {
    /// Over a live broker.
    pub(crate) fn new(
        hosts: Arc<VirtualHosts>,
        live: Arc<Live>,
        shutdown: Shutdown,
        facts: Facts,
    ) -> Self {
        let host = Arc::clone(hosts.default_host());
        Self { hosts, host, live, shutdown, facts }
    }
}

impl Directory for Management {
    fn visit(&self, class: &'static Class, visit: &mut dyn FnMut(Object) -> bool) {
        objects::visit(self, class, visit);
    }

    fn find(&self, name: &ObjectName) -> Option<Object> {
        objects::find(self, name)
    }

    fn call(
        &self,
        object: &ObjectName,
        method: &'static Method,
        arguments: &Arguments,
        caller: &Caller,
    ) -> Result<Arguments, MethodError> {
        methods::call(self, object, method, arguments, caller)
    }
}

#[cfg(test)]
mod tests;
