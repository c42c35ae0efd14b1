//! An exchange of a component behind the SDK's own trait.

use std::sync::Arc;

use foldhash::HashMap;
use philter_plugin_api::value::{Value, encode_map};
use philter_plugin_api::{
    Binding, BindingId, Bound, Destination, Error, Exchange, Kind, Matches, MessageView, Protocol,
    Reads, Result,
};

use crate::contract::{ANSWER_BYTES, Binding as Told, ExchangeContract, REMEMBERED};
use crate::failure::Failure;
use crate::instance::Live;
use crate::limits::REPEATS_MAX;
use crate::pool::Pool;

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
        let reads = Reads::from_bits(flags & !REMEMBERED);
        Ok(Bound { reads, cacheable: flags & REMEMBERED != 0 })
    }

    fn unbind(&self, id: BindingId) -> Result<()> {
        self.pool.remove(id.0, "binding")
    }

    fn route(&self, batch: &[&dyn MessageView], matches: &mut dyn Matches) -> Result<()> {
        let asked = self.pool.ask(batch.len(), |live| {
            let mut found = Vec::with_capacity(batch.len());
            ask(live, batch, &mut found)?;
            Ok(found)
        });
        let found = asked.map_err(|failure| self.pool.error(failure))?;
        found.into_iter().for_each(|(index, id)| matches.push(index, id));
        Ok(())
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
            let (batch, _) = live.write(&[message], Reads::ALL)?;
            let parameters = (key, arguments, context, batch);
            let (answer,) = live.call(|calls| &calls.try_binding, parameters, time)?;
            Ok(answer?)
        })
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
    found: &mut Vec<Match>,
) -> std::result::Result<(), Failure> {
    let (mut first, time) = (0, live.call_time());
    let reads = Reads::from_bits(live.all_flags());
    while let Some(rest) = messages.get(first..).filter(|rest| !rest.is_empty()) {
        let (batch, count) = live.write(rest, reads)?;
        let (answer,) = live.call(|calls| &calls.route, (batch,), time)?;
        let bytes = answer?;
        check_length(bytes.len(), count, live.known().len())?;
        let (matches, _) = bytes.as_chunks::<ANSWER_BYTES>();
        for each in matches {
            let (index, id) = read(each, count, live.known())?;
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
    let matches = bytes / ANSWER_BYTES;
    if matches > messages.saturating_mul(bindings).saturating_add(REPEATS_MAX) {
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
    let (index, spare, id) = (whole as u32 as usize, (whole >> 32) as u32, (whole >> 64) as u64);
    if spare != 0 {
        return Err(Failure::Fault(format!(
            "route answered with {spare} in the bytes 4 to 7 of a match, which are 0"
        )));
    }
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
