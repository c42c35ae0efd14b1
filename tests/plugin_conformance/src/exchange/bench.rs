//! An exchange with the sample bindings in it, and what it answers for the sample messages.
//!
//! Invariant: ids are far apart and begin nowhere near 0, so that an index is not mistaken for one.

use philter_plugin_api::value::MapRef;
use philter_plugin_api::{
    Binding, BindingId, Bound, Destination, Error, Exchange, Matches, MessageView, Protocol,
};

use crate::probe::{Probe, probes, views};
use crate::rule::{Stop, accepted_or_refused, demand, done, fails, skips};
use crate::sample::SampleBinding;
use crate::subject::Subject;

/// What each message of a batch matches, ids sorted and once each.
pub(super) type Answers = Vec<Vec<BindingId>>;

/// What makes exchanges of the type that is looked at.
pub(super) struct Bench {
    pub(super) subject: Subject,
}

/// A binding that an exchange took.
#[derive(Clone, Copy)]
pub(super) struct Held<'a> {
    pub(super) id: BindingId,
    pub(super) sample: &'a SampleBinding,
    pub(super) bound: Bound,
}

/// An exchange with every sample binding that it takes.
pub(super) struct Loaded<'a> {
    pub(super) exchange: Box<dyn Exchange>,
    pub(super) held: Vec<Held<'a>>,
    pub(super) refused: Vec<&'a SampleBinding>,
}

impl Bench {
    /// An exchange without bindings.
    pub(super) fn exchange(&self) -> Result<Box<dyn Exchange>, Stop> {
        let making = self.subject.making()?;
        let type_name = &self.subject.factory.type_name;
        done("create", self.subject.plugin.create_exchange(type_name, &making.context()))
    }

    /// An exchange with every sample binding that it takes; skips where it takes none.
    pub(super) fn loaded(&self) -> Result<Loaded<'_>, Stop> {
        let exchange = self.exchange()?;
        let (mut held, mut refused) = (Vec::new(), Vec::new());
        for (id, sample) in numbered(&self.subject.options.samples.bindings) {
            match accepted_or_refused("bind", bind(exchange.as_ref(), id, sample))? {
                Some(bound) => held.push(Held { id, sample, bound }),
                None => refused.push(sample),
            }
        }
        if held.is_empty() {
            return skips("the exchange takes none of the sample bindings: give one by --binding");
        }
        Ok(Loaded { exchange, held, refused })
    }

    /// A message for each sample.
    pub(super) fn messages(&self) -> Vec<Probe> {
        probes(&self.subject.options.samples.messages)
    }
}

impl Loaded<'_> {
    /// What the exchange answers for each message, in one batch.
    pub(super) fn routed(&self, messages: &[Probe]) -> Result<Answers, Stop> {
        route(self.exchange.as_ref(), &views(messages))
    }

    /// What it answers for each message alone; skips where it says that answers vary, and they do.
    pub(super) fn steady(&self, messages: &[Probe]) -> Result<Answers, Stop> {
        let first = singly(self.exchange.as_ref(), messages)?;
        let second = singly(self.exchange.as_ref(), messages)?;
        if first == second {
            return Ok(first);
        }
        if self.held.iter().any(|held| !held.bound.cacheable) {
            return skips("answers vary, and bind says that they are not to be cached");
        }
        let difference = difference(&first, &second);
        fails(format!("the second time {difference}, though bind said that answers may be cached"))
    }
}

/// Ids for samples, in ascending order.
pub(super) fn numbered<T>(samples: &[T]) -> impl Iterator<Item = (BindingId, &T)> {
    (0..).map(|number: u64| BindingId(1_000_003 + 1009 * number)).zip(samples)
}

/// Binds a sample.
pub(super) fn bind(
    exchange: &dyn Exchange,
    id: BindingId,
    sample: &SampleBinding,
) -> Result<Bound, Error> {
    let arguments = sample.encoded_arguments();
    let queue = format!("queue-{}", id.0);
    exchange.bind(&binding(id, &queue, &sample.key, &arguments)?)
}

/// A binding to a queue, as 0-10 declares it.
pub(super) fn binding<'a>(
    id: BindingId,
    queue: &'a str,
    key: &'a str,
    arguments: &'a [u8],
) -> Result<Binding<'a>, Error> {
    Ok(Binding {
        id,
        destination: Destination::Queue(queue),
        key,
        arguments: MapRef::parse(arguments)?,
        declared_by: Protocol::V0_10,
    })
}

/// What the exchange answers for a batch.
pub(super) fn route(exchange: &dyn Exchange, batch: &[&dyn MessageView]) -> Result<Answers, Stop> {
    let mut collected = Collected { answers: vec![Vec::new(); batch.len()], past: None };
    done("route", exchange.route(batch, &mut collected))?;
    if let Some(index) = collected.past {
        return fails(format!("an answer for message {index} of a batch of {}", batch.len()));
    }
    for ids in &mut collected.answers {
        ids.sort_unstable();
        ids.dedup();
    }
    Ok(collected.answers)
}

/// What the exchange answers for each message alone.
pub(super) fn singly(exchange: &dyn Exchange, messages: &[Probe]) -> Result<Answers, Stop> {
    let mut answers = Vec::new();
    for message in messages {
        answers.extend(route(exchange, &[message])?);
    }
    Ok(answers)
}

/// Fails where `found` is not `expected`.
pub(super) fn same(when: &str, expected: &Answers, found: &Answers) -> Result<(), Stop> {
    demand(expected == found, || format!("{when} {}", difference(expected, found)))
}

/// The first message that is answered otherwise.
fn difference(expected: &Answers, found: &Answers) -> String {
    let mut pairs = expected.iter().zip(found).enumerate();
    match pairs.find(|(_, (expected, found))| expected != found) {
        Some((index, (expected, found))) => {
            format!("message {index} matches {} instead of {}", listed(found), listed(expected))
        }
        None => format!("there are {} answers instead of {}", found.len(), expected.len()),
    }
}

/// Ids for people.
pub(super) fn listed(ids: &[BindingId]) -> String {
    let ids: Vec<_> = ids.iter().map(|id| id.0.to_string()).collect();
    format!("[{}]", ids.join(", "))
}

struct Collected {
    answers: Answers,
    past: Option<usize>,
}

impl Matches for Collected {
    fn push(&mut self, index: usize, id: BindingId) {
        match self.answers.get_mut(index) {
            Some(ids) => ids.push(id),
            None => self.past = Some(index),
        }
    }
}
