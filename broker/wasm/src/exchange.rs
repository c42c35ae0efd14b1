//! An exchange of a component behind the SDK's own trait.

use std::sync::Arc;

use foldhash::HashMap;
use philter_plugin_api::value::{Value, encode_map};
use philter_plugin_api::{
    Binding, BindingId, Bound, Destination, Error, Exchange, Kind, Matches, MessageView, Protocol,
    Reads, Result,
};

use crate::contract::{ANSWER_BYTES, Binding as Told, ExchangeContract};
use crate::failure::Failure;
use crate::instance::Live;
use crate::pool::Pool;
use crate::settings::OnFailure;

/// What a binding may read, and the bit that lets answers be remembered.
const READS_MAX: u32 = 15;
const REMEMBERED: u32 = 256;

/// An exchange of a component.
pub(crate) struct WasmExchange {
    pub(crate) pool: Arc<Pool<ExchangeContract>>,
}

/// A match: the message's number in the batch and the binding's id.
type Match = (usize, BindingId);

impl WasmExchange {
    fn has(&self, entry: &str, name: &str) -> Result<()> {
        let loaded = self.pool.loaded();
        let factory = loaded.factory(Kind::Exchange);
        match factory.is_some_and(|factory| factory.optional_entries.contains(&entry)) {
            true => Ok(()),
            false => Err(Error::unsupported(name)),
        }
    }
}

impl Exchange for WasmExchange {
    fn bind(&self, binding: &Binding<'_>) -> Result<Bound> {
        let flags = self.pool.add(binding.id.0, told(binding))?;
        if flags & !(READS_MAX | REMEMBERED) != 0 {
            self.unbind(binding.id)?;
            let text = format!("bind answered {flags}, which stands for nothing");
            return Err(Failure::Fault(text).into_error(&self.pool.loaded().info.name));
        }
        let reads = Reads::from_bits(flags & READS_MAX);
        // What stands in for an answer when there is none must not be remembered as one.
        let is_certain = self.pool.settings().on_failure == OnFailure::Reject;
        Ok(Bound { reads, cacheable: is_certain && flags & REMEMBERED != 0 })
    }

    fn unbind(&self, id: BindingId) -> Result<()> {
        self.pool.remove(id.0, "binding")
    }

    fn route(&self, batch: &[&dyn MessageView], matches: &mut dyn Matches) -> Result<()> {
        let asked = self.pool.ask(batch.len(), |live| {
            let mut found = Vec::with_capacity(batch.len());
            let reads = Reads::from_bits(self.pool.flags() & READS_MAX);
            ask(live, batch, reads, &mut found)?;
            Ok(found)
        });
        match asked {
            Ok(found) => {
                found.into_iter().for_each(|(index, id)| matches.push(index, id));
                Ok(())
            }
            Err(failure) => self.undecided(failure, batch.len(), matches),
        }
    }

    fn inspect(&self, binding: Option<BindingId>) -> Result<String> {
        self.has("inspect", "inspect")?;
        let time = self.pool.loaded().create_time();
        let binding = binding.map(|id| id.0);
        self.pool.look(|live| {
            let (answer,) = live.call(|calls| &calls.inspect, (binding,), time)?;
            Ok(answer?)
        })
    }

    fn explain(&self, binding: BindingId) -> Result<String> {
        self.has("explain", "explain")?;
        let time = self.pool.loaded().create_time();
        self.pool.look(|live| {
            let (answer,) = live.call(|calls| &calls.explain, (binding.0,), time)?;
            Ok(answer?)
        })
    }

    fn try_binding(&self, binding: &Binding<'_>, message: &dyn MessageView) -> Result<String> {
        self.has("try_binding", "try")?;
        let time = self.pool.loaded().create_time();
        let Told { key, arguments, context } = told(binding);
        self.pool.look(|live| {
            let (batch, _) = live.write(&[message], Reads::from_bits(READS_MAX))?;
            let parameters = (key, arguments, context, batch);
            let (answer,) = live.call(|calls| &calls.try_binding, parameters, time)?;
            Ok(answer?)
        })
    }
}

impl WasmExchange {
    /// What the settings say of messages that it could not decide about.
    fn undecided(
        &self,
        failure: Failure,
        messages: usize,
        matches: &mut dyn Matches,
    ) -> Result<()> {
        match self.pool.settings().on_failure {
            OnFailure::Reject => Err(failure.into_error(&self.pool.loaded().info.name)),
            OnFailure::NoMatch => Ok(()),
            OnFailure::Pass => {
                let ids = self.pool.ids();
                for index in 0..messages {
                    ids.iter().for_each(|id| matches.push(index, BindingId(*id)));
                }
                Ok(())
            }
        }
    }
}

fn told(binding: &Binding<'_>) -> Told {
    let (kind, destination) = match binding.destination {
        Destination::Queue(name) => ("queue", name),
        Destination::Exchange(name) => ("exchange", name),
    };
    let declared_by = match binding.declared_by {
        Protocol::V0_9_1 => "0-9-1",
        Protocol::V0_10 => "0-10",
        Protocol::V1_0 => "1.0",
        _ => "broker",
    };
    let text = |text: &str| Value::String(text.to_owned());
    Told {
        key: binding.key.to_owned(),
        arguments: binding.arguments.encoded().to_vec(),
        context: encode_map([
            ("destination", text(destination)),
            ("destination-kind", text(kind)),
            ("declared-by", text(declared_by)),
        ]),
    }
}

/// Asks about messages, in as many batches as they take.
fn ask(
    live: &mut Live<ExchangeContract>,
    messages: &[&dyn MessageView],
    reads: Reads,
    found: &mut Vec<Match>,
) -> std::result::Result<(), Failure> {
    let (mut first, time) = (0, live.call_time());
    while let Some(rest) = messages.get(first..).filter(|rest| !rest.is_empty()) {
        let (batch, count) = live.write(rest, reads)?;
        let (answer,) = live.call(|calls| &calls.route, (batch,), time)?;
        let bytes = answer?;
        check_length(bytes.len(), count, live.known.len())?;
        let (matches, _) = bytes.as_chunks::<ANSWER_BYTES>();
        for each in matches {
            let (index, id) = read(each, count, &live.known)?;
            found.push((first + index, id));
        }
        first += count;
    }
    Ok(())
}

fn check_length(
    bytes: usize,
    messages: usize,
    bindings: usize,
) -> std::result::Result<(), Failure> {
    if !bytes.is_multiple_of(ANSWER_BYTES) {
        let text = format!("route answered {bytes} bytes, which is no multiple of {ANSWER_BYTES}");
        return Err(Failure::Fault(text));
    }
    let (matches, matches_max) = (bytes / ANSWER_BYTES, messages.saturating_mul(bindings));
    if matches > matches_max {
        return Err(Failure::Fault(format!(
            "route answered {matches} matches for {messages} messages and {bindings} bindings"
        )));
    }
    Ok(())
}

fn read(
    each: &[u8; ANSWER_BYTES],
    messages: usize,
    known: &HashMap<u64, u32>,
) -> std::result::Result<Match, Failure> {
    let whole = u128::from_le_bytes(*each);
    let (index, id) = (whole as u32 as usize, (whole >> 64) as u64);
    if index >= messages {
        return Err(Failure::Fault(format!(
            "route answered for message {index} of a batch of {messages}"
        )));
    }
    if !known.contains_key(&id) {
        return Err(Failure::Fault(format!(
            "route answered with the binding {id}, which does not exist"
        )));
    }
    Ok((index, BindingId(id)))
}
