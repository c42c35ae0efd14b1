//! The schema's methods, done to the live broker. Every identity that is let in may call them.

mod acl;
mod broker;
mod connection;
mod create;
mod delete;
mod failure;
mod given;
mod log_level;
mod plugin;
mod query;
mod queue;
mod session;
mod vhost;

use philter_management::object::{Arguments, Caller, MethodError, ObjectName};
use philter_management::schema::{ACL_PACKAGE, Method, PHILTER_PACKAGE};

use crate::management::{Management, names};
use crate::virtual_host::{Actor, ConnectionId};
use given::Given;

/// A call of a method.
struct Call<'a> {
    management: &'a Management,
    given: Given<'a>,
    /// Who is said to cause what comes of it.
    actor: Actor,
}

/// A method's answer.
type Answer = Result<Arguments, MethodError>;

/// Calls a method of an object.
pub(super) fn call(
    management: &Management,
    object: &ObjectName,
    method: &'static Method,
    arguments: &Arguments,
    caller: &Caller,
) -> Answer {
    let unknown = || MethodError::UnknownObject(object.0.clone());
    let (package, class, key) = names::parts(object).ok_or_else(unknown)?;
    let call = Call {
        management,
        given: Given(arguments),
        actor: Actor {
            connection: ConnectionId::BROKER,
            remote: caller.address.as_str().into(),
            user: caller.user.as_str().into(),
        },
    };
    match (package, class) {
        (ACL_PACKAGE, "acl") if key == names::broker().0 => acl::call(&call, method.name),
        (_, "broker") if key == names::BROKER_KEY => broker::call(&call, method.name),
        (_, "queue") => {
            let queue = management.host.find_queue(key).ok_or_else(unknown)?;
            queue::call(&call, &queue, method.name)
        }
        (_, "connection") => {
            let all = management.live.connections();
            let found = all.iter().find(|connection| connection.address == key);
            connection::call(found.ok_or_else(unknown)?, method.name)
        }
        (_, "session") => {
            let all = management.live.sessions();
            let found = all.iter().find(|session| session.full_name == key);
            session::call(&call, found.ok_or_else(unknown)?, method.name)
        }
        (PHILTER_PACKAGE, "plugin") => plugin::call(&call, key, method.name),
        // There are no links and no bridges to call.
        _ => Err(unknown()),
    }
}

/// A method that went well and has nothing to say.
fn done() -> Answer {
    Ok(Arguments::new())
}

/// A class has no such method.
fn unknown_method(name: &str) -> MethodError {
    MethodError::UnknownMethod(name.to_owned())
}
