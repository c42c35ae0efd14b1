//! A language of a component behind the SDK's own trait.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use philter_plugin_api::limits::RESULT_BYTES_MAX;
use philter_plugin_api::value::Value;
use philter_plugin_api::{
    Error, ErrorKind, Filter, FilterHandle, MessageView, Property, Reads, Result, Verdict,
};
use smallvec::SmallVec;

use crate::contract::{FilterContract, GuestVerdict};
use crate::failure::Failure;
use crate::instance::Live;
use crate::pool::Pool;

/// Messages and handles, by their places, that match.
type Matched = SmallVec<[(usize, usize); 8]>;

/// A language of a component.
pub(crate) struct WasmFilter {
    pub(crate) pool: Arc<Pool<FilterContract>>,
    pub(crate) next: AtomicU64,
}

impl WasmFilter {
    fn has(&self, entry: &str) -> Result<()> {
        let loaded = self.pool.loaded();
        let factory = loaded.factory(philter_plugin_api::Kind::Filter);
        match factory.is_some_and(|factory| factory.optional_entries.contains(&entry)) {
            true => Ok(()),
            false => Err(Error::unsupported(entry)),
        }
    }
}

impl Filter for WasmFilter {
    fn compile(&self, expression: &str) -> Result<(FilterHandle, Reads)> {
        let handle = self.next.fetch_add(1, Ordering::Relaxed);
        let flags = self.pool.add(handle, expression.to_owned())?;
        Ok((FilterHandle(handle), Reads::from_bits(flags)))
    }

    fn release(&self, handle: FilterHandle) {
        // Releasing what is not there does no harm.
        let _ = self.pool.remove(handle.0, "expression");
    }

    fn matches(
        &self,
        batch: &[&dyn MessageView],
        handles: &[FilterHandle],
        answer: &mut dyn FnMut(usize, usize),
    ) -> Result<()> {
        let mut matched = Matched::new();
        let asked = self.pool.ask(batch.len(), |live| {
            let unknown = handles.iter().find(|handle| live.flags(handle.0).is_none());
            if unknown.is_some_and(|handle| !self.pool.has(handle.0)) {
                return Ok(None);
            }
            ask(live, batch, handles, &mut matched).map(Some)
        });
        let asked = asked.map_err(|failure| self.pool.error(failure))?;
        asked.ok_or_else(|| no_expression(handles))?;
        matched.into_iter().for_each(|(message, handle)| answer(message, handle));
        Ok(())
    }

    fn transforms(&self) -> bool {
        self.has("transform").is_ok()
    }

    fn transform(&self, handle: FilterHandle, message: &dyn MessageView) -> Result<Verdict> {
        self.has("transform")?;
        if !self.pool.has(handle.0) {
            return Err(no_expression(&[handle]));
        }
        let asked = self.pool.ask(1, |live| {
            let time = live.call_time();
            let Some(flags) = live.flags(handle.0) else {
                let text = format!("the plugin does not take the expression {} any more", handle.0);
                return Ok(Err(Error::internal(text)));
            };
            let (batch, _) = live.write(&[message], Reads::from_bits(flags))?;
            let (answer,) = live.call(|calls| &calls.transform, (handle.0, batch), time)?;
            match answer {
                Ok(verdict) => Ok(read_verdict(verdict)?),
                // That it fails on this message is what it says of it.
                Err(error) => match Failure::from(error) {
                    Failure::Plugin(error) => Ok(Err(error)),
                    other => Err(other),
                },
            }
        });
        asked.unwrap_or_else(|failure| Err(self.pool.error(failure)))
    }

    fn inspect(&self, handle: Option<FilterHandle>) -> Result<String> {
        self.has("inspect")?;
        let time = self.pool.loaded().create_time();
        let handle = handle.map(|handle| handle.0);
        self.pool.look(|live| {
            let (answer,) = live.call(|calls| &calls.inspect, (handle,), time)?;
            Ok(answer?)
        })
    }

    fn explain(&self, expression: &str) -> Result<String> {
        self.has("explain")?;
        let time = self.pool.loaded().create_time();
        let parameters = (expression.to_owned(),);
        self.pool.look(|live| {
            let (answer,) = live.call(|calls| &calls.explain, parameters, time)?;
            Ok(answer?)
        })
    }

    fn try_expression(&self, expression: &str, message: &dyn MessageView) -> Result<String> {
        self.has("try_expression").map_err(|_| Error::unsupported("try"))?;
        let time = self.pool.loaded().create_time();
        self.pool.look(|live| {
            let (batch, _) = live.write(&[message], Reads::ALL)?;
            let parameters = (expression.to_owned(), batch);
            let (answer,) = live.call(|calls| &calls.try_expression, parameters, time)?;
            Ok(answer?)
        })
    }
}

fn no_expression(handles: &[FilterHandle]) -> Error {
    let handles: Vec<String> = handles.iter().map(|handle| handle.0.to_string()).collect();
    let text = format!("there is no such expression among {}", handles.join(", "));
    Error::new(ErrorKind::NotFound, text)
}

/// Asks about messages, in as many batches as they take. An expression that this instance did not
/// take any more matches nothing.
fn ask(
    live: &mut Live<FilterContract>,
    messages: &[&dyn MessageView],
    handles: &[FilterHandle],
    matched: &mut Matched,
) -> std::result::Result<(), Failure> {
    let known: SmallVec<[(usize, u64, u32); 8]> = handles
        .iter()
        .enumerate()
        .filter_map(|(place, handle)| Some((place, handle.0, live.flags(handle.0)?)))
        .collect();
    let all = known.iter().fold(Reads::KEY, |all, (_, _, flags)| all | Reads::from_bits(*flags));
    let (mut first, time) = (0, live.call_time());
    while let Some(rest) = messages.get(first..).filter(|rest| !rest.is_empty()) {
        let (batch, count) = live.write(rest, all)?;
        let parameters = (batch, live.ids(known.iter().map(|(_, id, _)| *id)));
        let (answer,) = live.call(|calls| &calls.matches, parameters, time)?;
        let bits = answer?;
        check_bits(&bits, count, known.len())?;
        for (at, byte) in bits.iter().enumerate().filter(|(_, byte)| **byte != 0) {
            let set = (0..8).filter(|bit| byte & 1 << bit != 0);
            let places = set.map(|bit| at * 8 + bit).filter_map(|number| {
                let (handle, _, _) = known.get(number % known.len())?;
                Some((first + number / known.len(), *handle))
            });
            matched.extend(places);
        }
        first += count;
    }
    Ok(())
}

/// Whether an answer has as many bits as there are questions, and none behind them.
fn check_bits(
    bits: &[u8],
    messages: usize,
    expressions: usize,
) -> std::result::Result<(), Failure> {
    let questions = messages * expressions;
    let (found, wanted) = (bits.len(), questions.div_ceil(8));
    if found != wanted {
        return Err(Failure::Fault(format!(
            "matches answered {found} bytes for {messages} messages and {expressions} \
             expressions, wanted are {wanted}"
        )));
    }
    let spare = if questions.is_multiple_of(8) { 0 } else { 0xff_u8 << (questions % 8) };
    if bits.last().is_some_and(|last| last & spare != 0) {
        return Err(Failure::Fault(format!(
            "matches answered with bits behind those of {messages} messages and {expressions} \
             expressions, which are 0"
        )));
    }
    Ok(())
}

fn read_verdict(verdict: GuestVerdict) -> std::result::Result<Result<Verdict>, Failure> {
    let replacement = match verdict {
        GuestVerdict::Pass => return Ok(Ok(Verdict::Pass)),
        GuestVerdict::Drop => return Ok(Ok(Verdict::Drop)),
        GuestVerdict::DeadLetter => return Ok(Ok(Verdict::DeadLetter)),
        GuestVerdict::Replace(replacement) => replacement,
    };
    if replacement.body.len() > RESULT_BYTES_MAX {
        let bytes = replacement.body.len();
        let text = format!("transform answered with {bytes} bytes, at most {RESULT_BYTES_MAX}");
        return Err(Failure::Fault(text));
    }
    let content_type = content_type(&replacement.properties)?;
    Ok(Ok(Verdict::Replace { body: replacement.body, content_type }))
}

/// The content type among properties that change.
fn content_type(properties: &[u8]) -> std::result::Result<Option<String>, Failure> {
    if properties.is_empty() {
        return Ok(None);
    }
    let wrong = |reason: &str| {
        Failure::Fault(format!("transform answered with properties that are wrong: {reason}"))
    };
    let pairs = match Value::decode(properties) {
        Ok(Value::Map(pairs)) => pairs,
        Ok(_) => return Err(wrong("they are no map")),
        Err(error) => return Err(wrong(&error.to_string())),
    };
    let wanted = Value::Uint(Property::ContentType.number());
    match pairs.into_iter().find(|(key, _)| *key == wanted) {
        None => Ok(None),
        Some((_, Value::String(text) | Value::Symbol(text))) => Ok(Some(text)),
        Some(_) => Err(wrong("content-type (7) is no text")),
    }
}
