//! How messages get to the queues of a run: keys, headers and bindings for each exchange type.
//!
//! Invariant: a message that a producer sends for a queue reaches that queue and no other of its
//! run, but for fanout, where it reaches all.

use super::protocol::BoundBy;

/// How an exchange's type chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Routing {
    /// By the queue's name, without a binding.
    Default,
    /// Everything to all.
    Fanout,
    /// By a pattern over the routing key.
    Topic,
    /// By headers.
    Headers,
    /// By a query over headers.
    Xml,
    /// By the routing key; types that the bench does not know are taken for such.
    Key,
}

/// The name that bindings and headers of the bench go by.
const HEADER: &str = "bench";

impl Routing {
    /// Of an exchange type.
    pub(crate) fn of_type(name: &str) -> Self {
        match name {
            "fanout" => Self::Fanout,
            "topic" => Self::Topic,
            "headers" => Self::Headers,
            "xml" => Self::Xml,
            _ => Self::Key,
        }
    }

    /// The routing key of messages for a queue.
    pub(crate) fn key(self, queue: &str, number: usize) -> String {
        match self {
            Self::Default | Self::Key => queue.to_owned(),
            Self::Topic => format!("bench.q{number}.event"),
            Self::Fanout | Self::Headers | Self::Xml => HEADER.to_owned(),
        }
    }

    /// The headers of messages for a queue.
    pub(crate) fn headers(self, number: usize) -> Vec<(String, String)> {
        match self {
            Self::Headers | Self::Xml => vec![(HEADER.to_owned(), number.to_string())],
            _ => Vec::new(),
        }
    }

    /// What the queue is bound by, so that its messages match.
    pub(crate) fn matching(self, queue: &str, number: usize) -> Option<BoundBy> {
        match self {
            Self::Default => None,
            Self::Topic => Some(by_key(format!("bench.q{number}.*"))),
            Self::Headers => Some(by_header(queue, &number.to_string())),
            Self::Xml => Some(by_query(number)),
            Self::Fanout | Self::Key => Some(by_key(self.key(queue, number))),
        }
    }

    /// A binding of the queue that no message matches; none where this type has none such.
    pub(crate) fn idle(self, queue: &str, number: usize) -> Option<BoundBy> {
        match self {
            Self::Topic => Some(by_key(format!("bench.*.idle{number}.#"))),
            Self::Headers => Some(by_header(&format!("{queue}-idle{number}"), "idle")),
            Self::Key => Some(by_key(format!("{queue}-idle{number}"))),
            // The default exchange takes no bindings, fanout matches by any, and xml keeps one
            // query for a queue and a key.
            Self::Default | Self::Fanout | Self::Xml => None,
        }
    }

    /// Whether each queue gets each message.
    pub(crate) fn is_for_all(self) -> bool {
        self == Self::Fanout
    }
}

fn by_key(key: String) -> BoundBy {
    BoundBy { key, arguments: Vec::new() }
}

fn by_header(key: &str, value: &str) -> BoundBy {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    BoundBy { key: key.to_owned(), arguments: vec![pair("x-match", "all"), pair(HEADER, value)] }
}

fn by_query(number: usize) -> BoundBy {
    let query = format!("declare variable ${HEADER} external; ${HEADER} = '{number}'");
    BoundBy { key: HEADER.to_owned(), arguments: vec![("xquery".to_owned(), query)] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queues_differ_in_what_they_are_bound_by() {
        for routing in [Routing::Topic, Routing::Headers, Routing::Xml, Routing::Key] {
            let bound = |number: usize| routing.matching(&format!("q{number}"), number).unwrap();
            assert_ne!(bound(0), bound(1), "{routing:?}");
        }
        assert_eq!(Routing::Default.matching("q", 0), None);
    }

    #[test]
    fn the_default_exchange_routes_by_the_queues_name() {
        assert_eq!(Routing::Default.key("q", 3), "q");
    }

    #[test]
    fn types_without_idle_bindings_say_so() {
        for routing in [Routing::Default, Routing::Fanout, Routing::Xml] {
            assert_eq!(routing.idle("q", 0), None);
        }
        assert_ne!(Routing::Topic.idle("q", 0), Routing::Topic.idle("q", 1));
    }
}
