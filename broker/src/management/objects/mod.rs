//! The live broker as objects of the schema's classes, made when they are asked for.

mod acl;
mod binding;
mod broker;
mod connection;
mod exchange;
mod host;
mod inspection;
mod plugin;
mod queue;
mod session;
mod subscription;

use std::iter::once;
use std::sync::Arc;

use philter_management::object::{Object, ObjectName};
use philter_management::schema::{ACL_PACKAGE, Class, Type, find_class};
use philter_management::value::Value;

use crate::management::{Management, names};
use crate::virtual_host::{Exchange, Queue, VirtualHost};

/// Calls `visit` with every object of a class, until it answers false. Classes of which the broker
/// has nothing have no objects.
pub(super) fn visit(
    management: &Management,
    class: &'static Class,
    visit: &mut dyn FnMut(Object) -> bool,
) {
    let Management { hosts, host, live, .. } = management;
    let mut all = |objects: &mut dyn Iterator<Item = Object>| {
        for object in objects {
            if !visit(object) {
                break;
            }
        }
    };
    match (class.package, class.name) {
        (ACL_PACKAGE, "acl") => all(&mut once(acl::object(management))),
        (_, "broker") => all(&mut once(broker::object(management))),
        (_, "system") => all(&mut once(host::system(management))),
        (_, "memory") => all(&mut once(host::memory(management))),
        (_, "vhost") => {
            all(&mut hosts.all().iter().map(|host| host::vhost(management, host)));
        }
        (_, "queue") => all(&mut queues(host).iter().map(|queue| queue::object(queue))),
        (_, "exchange") => {
            all(&mut exchanges(host).iter().map(|exchange| exchange::object(exchange)));
        }
        (_, "binding") => all(&mut exchanges(host).iter().flat_map(|exchange| {
            let bindings = exchange.bindings().into_iter();
            bindings.filter_map(move |binding| binding::object(exchange, &binding))
        })),
        (_, "connection") => {
            all(&mut live.connections().iter().map(|connection| connection::object(connection)));
        }
        (_, "session") => {
            let sessions = live.sessions();
            let own = sessions.iter().filter(|session| *session.virtual_host == *host.name());
            all(&mut own.map(|session| session::object(live, session)));
        }
        (_, "subscription") => {
            let subscriptions = live.subscriptions();
            let own = subscriptions.iter().filter(|one| {
                let session = live.session(one.session);
                session.is_some_and(|session| *session.virtual_host == *host.name())
            });
            all(&mut own.filter_map(|one| subscription::object(live, one)));
        }
        (_, "plugin") => all(&mut plugin::objects(management)),
        // Links, bridges, agents, domains and what else is the neighbours'.
        _ => {}
    }
}

/// All queues in the order of their names: people read lists.
fn queues(host: &VirtualHost) -> Vec<Arc<Queue>> {
    let mut queues = host.queues();
    queues.sort_unstable_by(|one, other| one.name().cmp(other.name()));
    queues
}

/// All exchanges in the order of their names.
fn exchanges(host: &VirtualHost) -> Vec<Arc<Exchange>> {
    let mut exchanges = host.exchanges();
    exchanges.sort_unstable_by(|one, other| one.name().cmp(other.name()));
    exchanges
}

/// The object of this name.
pub(super) fn find(management: &Management, name: &ObjectName) -> Option<Object> {
    let (package, class, key) = names::parts(name)?;
    let class = find_class(package, class)?;
    let host = &management.host;
    match class.name {
        "queue" => host.find_queue(key).map(|queue| queue::object(&queue)),
        "exchange" => host.find_exchange(key).map(|exchange| exchange::object(&exchange)),
        "binding" => binding::find(host, key),
        _ => {
            let mut found = None;
            visit(management, class, &mut |object| {
                let is_it = object.name == *name;
                found = is_it.then_some(object);
                !is_it
            });
            found
        }
    }
}

/// An object of a class: `value` answers each property and statistic by its name. What it does not
/// answer is absent where it may be, and otherwise nothing: zero, false, empty.
pub(super) fn record(
    class: &'static Class,
    key: &str,
    created_ns: u64,
    mut value: impl FnMut(&'static str) -> Option<Value>,
) -> Object {
    let mut values = Vec::with_capacity(class.properties.len() + class.statistics.len());
    for property in class.properties {
        let nothing = || (!property.is_optional).then(|| nothing(property.value_type));
        values.push(value(property.name).or_else(nothing));
    }
    for statistic in class.statistics {
        let nothing = || Some(nothing(statistic.value_type));
        values.push(value(statistic.name).or_else(nothing));
    }
    Object { class, name: ObjectName::new(class, key), created_ns, deleted_ns: 0, values }
}

/// What stands for nothing in each type.
pub(super) fn nothing(value_type: Type) -> Value {
    match value_type {
        Type::Uint8 | Type::Uint16 | Type::Uint32 | Type::Uint64 => Value::Unsigned(0),
        Type::Int8 | Type::Int16 | Type::Int32 | Type::Int64 => Value::Signed(0),
        Type::Bool => Value::Bool(false),
        Type::Float | Type::Double => Value::Double(0.0),
        Type::ShortString | Type::LongString => Value::Text(String::new()),
        Type::AbsTime => Value::Time(0),
        Type::DeltaTime => Value::Duration(0),
        Type::Reference => Value::Reference(ObjectName(String::new())),
        Type::Uuid => Value::Uuid([0; 16]),
        Type::Map => Value::Map(Vec::new()),
        Type::List => Value::List(Vec::new()),
    }
}
