//! How messages get to the queues of a run: keys, headers, bodies and bindings for each exchange
//! type.
//!
//! Invariant: a message that a producer sends for a queue reaches that queue and no other of its
//! run, but for fanout, where it reaches all.

use super::document;
use super::error::BenchError;
use super::protocol::BoundBy;
use super::stamp::Form;

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
    /// By a query over the body.
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
            Self::Headers => vec![(HEADER.to_owned(), number.to_string())],
            _ => Vec::new(),
        }
    }

    /// What the queue is bound by, so that its messages match.
    pub(crate) fn matching(self, queue: &str, number: usize) -> Option<BoundBy> {
        match self {
            Self::Default => None,
            Self::Topic => Some(by_key(format!("bench.q{number}.*"))),
            Self::Headers => Some(by_header(queue, &number.to_string())),
            Self::Xml => Some(by_query(queue)),
            Self::Fanout | Self::Key => Some(by_key(self.key(queue, number))),
        }
    }

    /// A binding of the queue that no message matches; none where this type has none such.
    pub(crate) fn idle(self, queue: &str, number: usize) -> Option<BoundBy> {
        match self {
            Self::Topic => Some(by_key(format!("bench.*.idle{number}.#"))),
            Self::Headers => Some(by_header(&format!("{queue}-idle{number}"), "idle")),
            Self::Key => Some(by_key(format!("{queue}-idle{number}"))),
            Self::Xml => Some(by_query(&format!("{queue}-idle{number}"))),
            // The default exchange takes no bindings, and fanout matches by any.
            Self::Default | Self::Fanout => None,
        }
    }

    /// Whether a queue has one binding for a key, so that another leads to another queue: all
    /// queries of a run stand under one key, and over 0-10 a second one replaces the first.
    pub(crate) fn has_one_binding_a_queue(self) -> bool {
        self == Self::Xml
    }

    /// What bodies are.
    pub(crate) fn form(self) -> Form {
        if self == Self::Xml { Form::Document } else { Form::Bytes }
    }

    /// The body of messages for a queue.
    ///
    /// # Errors
    /// A document does not fit the bytes.
    pub(crate) fn body(self, queue: &str, bytes: usize) -> Result<Vec<u8>, BenchError> {
        if self.form() == Form::Bytes {
            return Ok(vec![b'x'; bytes]);
        }
        document::document(queue, bytes).map_err(|least| {
            let fault = format!("the document of a message has at least {least} bytes");
            BenchError::Argument { option: "--size", fault }
        })
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

fn by_query(station: &str) -> BoundBy {
    let arguments = vec![("xquery".to_owned(), document::query(station))];
    BoundBy { key: HEADER.to_owned(), arguments }
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
        for routing in [Routing::Default, Routing::Fanout] {
            assert_eq!(routing.idle("q", 0), None);
        }
        for routing in [Routing::Topic, Routing::Xml] {
            assert_ne!(routing.idle("q", 0), routing.idle("q", 1));
        }
    }
}
