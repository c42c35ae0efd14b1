//! Methods of class queue.

use std::sync::Arc;

use philter_management::object::MethodError;

use super::failure::refused;
use super::given::Given;
use super::{Answer, Call, done, unknown_method};
use crate::clock::now_ms;
use crate::management::values::argument_pairs;
use crate::virtual_host::{MessageMatch, Queue, Reroute};

/// Calls a method.
pub(super) fn call(call: &Call<'_>, queue: &Arc<Queue>, method: &str) -> Answer {
    match method {
        "purge" => {
            let (count, which) = selection(&call.given, "request")?;
            call.management.host.purge(queue, count, &which);
            done()
        }
        "reroute" => reroute(call, queue),
        _ => Err(unknown_method(method)),
    }
}

/// How many messages a method means, none being all, and which.
pub(super) fn selection(
    given: &Given<'_>,
    count: &str,
) -> Result<(Option<usize>, MessageMatch), MethodError> {
    let count = usize::try_from(given.number(count)?).unwrap_or(usize::MAX);
    let filter = argument_pairs(given.map("filter")?);
    let which = MessageMatch::parse(&filter)
        .map_err(|error| MethodError::InvalidParameter(error.to_string()))?;
    Ok((Some(count).filter(|count| *count > 0), which))
}

fn reroute(call: &Call<'_>, queue: &Arc<Queue>) -> Answer {
    let host = &call.management.host;
    let invalid = |text: String| MethodError::InvalidParameter(text);
    let (count, which) = selection(&call.given, "request")?;
    let through = if call.given.flag("useAltExchange")? {
        if queue.alternate().is_none() {
            return Err(invalid("No alternate-exchange defined".to_owned()));
        }
        Reroute::Alternate
    } else {
        let name = call.given.text("exchange")?;
        host.find_exchange(name).ok_or_else(|| invalid(format!("Exchange not found: {name}")))?;
        Reroute::Exchange(name)
    };
    host.reroute(queue, count, through, &which, now_ms()).map_err(refused)?;
    done()
}

#[cfg(test)]
mod tests {
    use philter_management::value::Value;

    use super::*;

    #[test]
    fn no_count_is_all_and_a_filter_that_nobody_knows_is_refused() {
        let mut arguments = vec![("qty".to_owned(), Value::Unsigned(3))];
        let (count, which) = selection(&Given(&arguments), "qty").unwrap();
        assert_eq!((count, which), (Some(3), MessageMatch::All));
        assert_eq!(selection(&Given(&arguments), "request").unwrap().0, None);
        let filter = Value::Map(vec![("filter_type".to_owned(), Value::from("regex"))]);
        arguments.push(("filter".to_owned(), filter));
        assert!(selection(&Given(&arguments), "qty").is_err());
    }
}
