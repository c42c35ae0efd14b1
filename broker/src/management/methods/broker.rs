//! Methods of class broker.

use philter_management::object::MethodError;
use philter_management::value::Value;

use super::failure::{not_yet, refused};
use super::queue::selection;
use super::{Answer, Call, create, delete, done, log_level, query, unknown_method};
use crate::clock::now_ms;
use crate::logging;

/// Calls a method.
pub(super) fn call(call: &Call<'_>, method: &str) -> Answer {
    match method {
        "echo" => echo(call),
        "create" => create::call(call),
        "delete" => delete::call(call),
        "query" => query::call(call),
        "queueMoveMessages" => move_messages(call),
        "queueRedirect" => redirect(call),
        "getLogLevel" => Ok(answer("level", Value::Text(log_level::shown(&logging::level())))),
        "setLogLevel" => {
            log_level::set(call.given.text("level")?)?;
            done()
        }
        "getLogHiresTimestamp" => Ok(answer("logHires", Value::Bool(logging::has_nanoseconds()))),
        "setLogHiresTimestamp" => {
            logging::set_nanoseconds(call.given.flag("logHires")?);
            done()
        }
        "getTimestampConfig" => {
            Ok(answer("receive", Value::Bool(call.management.host.stamps_received())))
        }
        "setTimestampConfig" => {
            call.management.host.set_stamps_received(call.given.flag("receive")?);
            done()
        }
        "shutdown" => {
            call.management.shutdown.ask(&format!("{} by management", call.actor.user));
            done()
        }
        "connect" => Err(not_yet("links to other brokers")),
        _ => Err(unknown_method(method)),
    }
}

fn answer(name: &str, value: Value) -> Vec<(String, Value)> {
    vec![(name.to_owned(), value)]
}

fn echo(call: &Call<'_>) -> Answer {
    let sequence = call.given.get("sequence").cloned().unwrap_or(Value::Unsigned(0));
    let body = call.given.get("body").cloned().unwrap_or_else(|| Value::from(""));
    Ok(vec![("sequence".to_owned(), sequence), ("body".to_owned(), body)])
}

fn move_messages(call: &Call<'_>) -> Answer {
    let host = &call.management.host;
    let find = |argument: &str| {
        let name = call.given.text(argument)?;
        let unknown =
            || MethodError::InvalidParameter(format!("{argument}: no such queue: {name}"));
        host.find_queue(name).ok_or_else(unknown)
    };
    let (from, to) = (find("srcQueue")?, find("destQueue")?);
    let (count, which) = selection(&call.given, "qty")?;
    host.move_messages(&from, &to, count, &which, now_ms()).map_err(refused)?;
    done()
}

/// Begins a redirection, or ends it where no target is given.
fn redirect(call: &Call<'_>) -> Answer {
    let host = &call.management.host;
    let (source, target) = (call.given.text("sourceQueue")?, call.given.text("targetQueue")?);
    let unknown = |name: &str| MethodError::UnknownObject(name.to_owned());
    for name in [source, target].into_iter().filter(|name| !name.is_empty()) {
        host.find_queue(name).ok_or_else(|| unknown(name))?;
    }
    match target {
        "" => host.end_redirect(source, now_ms()),
        _ => host.redirect(source, target),
    }
    .map_err(refused)?;
    done()
}
