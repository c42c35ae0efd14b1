//! A mock host for a plugin's unit tests: messages, bindings, contexts, the log and events, without
//! a broker.
//!
//! ```
//! use philter_plugin_api::testing::{MockMessage, arguments, binding};
//! use philter_plugin_api::{MessageView, Value};
//!
//! let arguments = arguments([("x-match", Value::from("all"))]);
//! let bound = binding(1, "q1", "news.*", &arguments);
//! assert_eq!(bound.argument("x-match").and_then(|value| value.as_str()), Some("all"));
//!
//! let message = MockMessage::new("news.eu").header("a", Value::Int(1)).body(b"<a/>");
//! assert_eq!(message.routing_key(), "news.eu");
//! ```

mod event_capture;
mod log_capture;
mod message;

pub use event_capture::EventCapture;
pub(crate) use event_capture::record_event;
pub use log_capture::LogCapture;
pub(crate) use log_capture::record_line;
pub use message::MockMessage;

use crate::completion::Completion;
use crate::error::{Error, Result};
use crate::exchange::{Binding, BindingId, Destination, Exchange, Matches, Protocol};
use crate::factory::{Context, InstanceId};
use crate::message::MessageView;
use crate::value::{MapRef, Value, encode_map};

/// An owned, encoded map of arguments.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    encoded: Vec<u8>,
}

impl Arguments {
    /// The map as a plugin sees it.
    #[allow(clippy::should_implement_trait, reason = "a borrowed view cannot be a plain reference")]
    pub fn as_ref(&self) -> MapRef<'_> {
        MapRef::parse(&self.encoded).unwrap_or_default()
    }
}

/// Encodes a map of arguments.
pub fn arguments<K: AsRef<str>>(pairs: impl IntoIterator<Item = (K, Value)>) -> Arguments {
    Arguments { encoded: encode_map(pairs) }
}

/// A context for an instance of this name, with no configuration, no data directory, no arguments.
pub fn context(name: &str) -> Context<'_> {
    Context {
        instance: InstanceId(1),
        name,
        virtual_host: "",
        configuration: "{}",
        data_dir: None,
        arguments: MapRef::default(),
    }
}

/// A binding to a queue as 0-10 would declare it.
pub fn binding<'a>(id: u64, queue: &'a str, key: &'a str, arguments: &'a Arguments) -> Binding<'a> {
    Binding {
        id: BindingId(id),
        destination: Destination::Queue(queue),
        key,
        arguments: arguments.as_ref(),
        declared_by: Protocol::V0_10,
    }
}

/// Routes a batch and gives each message's ids, sorted and once each.
///
/// # Panics
/// Where `route` fails or answers past the batch: in a test that is the failure to see.
#[allow(clippy::panic, reason = "this runs in tests alone, where a panic is the failure to see")]
pub fn route(exchange: &dyn Exchange, batch: &[&dyn MessageView]) -> Vec<Vec<BindingId>> {
    let mut answers = Answers(vec![Vec::new(); batch.len()]);
    if let Err(error) = exchange.route(batch, &mut answers) {
        panic!("route failed: {error}");
    }
    for ids in &mut answers.0 {
        ids.sort_unstable();
        ids.dedup();
    }
    answers.0
}

/// A completion and the place where its answer arrives.
pub fn completion<T: Send + 'static>() -> (Completion<T>, Answer<T>) {
    let (sender, receiver) = std::sync::mpsc::channel();
    let completion = Completion::new(move |result| {
        // The test may have dropped the receiving end; then nobody wants the answer.
        let _ = sender.send(result);
    });
    (completion, Answer { receiver })
}

/// Where the answer of a [`Completion`] arrives.
#[derive(Debug)]
pub struct Answer<T> {
    receiver: std::sync::mpsc::Receiver<Result<T>>,
}

impl<T> Answer<T> {
    /// Waits for the answer.
    ///
    /// # Errors
    /// What the plugin answered.
    pub fn wait(&self) -> Result<T> {
        let lost = |_| Err(Error::internal("the completion went away without an answer"));
        self.receiver.recv().unwrap_or_else(lost)
    }

    /// The answer, if it is there.
    pub fn now(&self) -> Option<Result<T>> {
        self.receiver.try_recv().ok()
    }
}

struct Answers(Vec<Vec<BindingId>>);

impl Matches for Answers {
    #[allow(
        clippy::panic,
        reason = "this runs in tests alone, where a panic is the failure to see"
    )]
    fn push(&mut self, index: usize, id: BindingId) {
        let messages = self.0.len();
        match self.0.get_mut(index) {
            Some(ids) => ids.push(id),
            None => panic!("answered for message {index} of a batch of {messages}"),
        }
    }
}
