//! A language of a component behind the SDK's own trait.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use philter_plugin_api::limits::RESULT_BYTES_MAX;
use philter_plugin_api::value::Value;
use philter_plugin_api::{
    Error, Filter, FilterHandle, MessageView, Property, Reads, Result, Verdict,
};

use crate::contract::{FilterContract, GuestVerdict};
use crate::failure::Failure;
use crate::instance::Live;
use crate::pool::Pool;
use crate::settings::OnFailure;

/// What an expression may read: routing key, properties, headers, body.
const READS_MAX: u32 = 15;

/// Whether the plugin answers: nothing of a message, so that no routing key decides it.
const UNCERTAIN: Reads = Reads::from_bits(1 << 31);

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
        if flags > READS_MAX {
            self.pool.remove(handle, "expression")?;
            let name = &self.pool.loaded().info.name;
            let text = format!("compile answered that it reads {flags}, which stands for nothing");
            return Err(Failure::Fault(text).into_error(name));
        }
        let reads = Reads::from_bits(flags);
        // What stands in for an answer when there is none must not be remembered as one.
        match self.pool.settings().on_failure {
            OnFailure::Reject => Ok((FilterHandle(handle), reads)),
            OnFailure::Pass | OnFailure::NoMatch => Ok((FilterHandle(handle), reads | UNCERTAIN)),
        }
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
        let asked = self.pool.ask(batch.len(), |live| {
            let handles = live.ids(handles.iter().map(|handle| handle.0));
            let mut matched = Vec::with_capacity(batch.len());
            ask(live, batch, &handles, &mut matched)?;
            Ok(matched)
        });
        match asked {
            Ok(matched) => {
                matched.into_iter().for_each(|(message, handle)| answer(message, handle));
                Ok(())
            }
            Err(failure) => self.undecided(failure, batch.len(), handles.len(), answer),
        }
    }

    fn transforms(&self) -> bool {
        self.has("transform").is_ok()
    }

    fn transform(&self, handle: FilterHandle, message: &dyn MessageView) -> Result<Verdict> {
        self.has("transform")?;
        let asked = self.pool.ask(1, |live| {
            let time = live.call_time();
            let (batch, _) = live.write(&[message], reads(live, &[handle.0])?)?;
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
        asked.unwrap_or_else(|failure| Err(failure.into_error(&self.pool.loaded().info.name)))
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
            let (batch, _) = live.write(&[message], Reads::from_bits(READS_MAX))?;
            let parameters = (expression.to_owned(), batch);
            let (answer,) = live.call(|calls| &calls.try_expression, parameters, time)?;
            Ok(answer?)
        })
    }
}

impl WasmFilter {
    /// What the settings say of messages that it could not decide about.
    fn undecided(
        &self,
        failure: Failure,
        messages: usize,
        handles: usize,
        answer: &mut dyn FnMut(usize, usize),
    ) -> Result<()> {
        match self.pool.settings().on_failure {
            OnFailure::Reject => Err(failure.into_error(&self.pool.loaded().info.name)),
            OnFailure::NoMatch => Ok(()),
            OnFailure::Pass => {
                for message in 0..messages {
                    (0..handles).for_each(|handle| answer(message, handle));
                }
                Ok(())
            }
        }
    }
}

/// Asks about messages, in as many batches as they take.
fn ask(
    live: &mut Live<FilterContract>,
    messages: &[&dyn MessageView],
    handles: &Arc<Vec<u64>>,
    matched: &mut Vec<(usize, usize)>,
) -> std::result::Result<(), Failure> {
    let (reads, time) = (reads(live, handles)?, live.call_time());
    let mut first = 0;
    while let Some(rest) = messages.get(first..).filter(|rest| !rest.is_empty()) {
        let (batch, count) = live.write(rest, reads)?;
        let parameters = (batch, Arc::clone(handles));
        let (answer,) = live.call(|calls| &calls.matches, parameters, time)?;
        let bits = answer?;
        let wanted = (count * handles.len()).div_ceil(8);
        if bits.len() != wanted {
            let (found, handles) = (bits.len(), handles.len());
            return Err(Failure::Fault(format!(
                "matches answered {found} bytes for {count} messages and {handles} expressions, \
                 wanted are {wanted}"
            )));
        }
        for (at, byte) in bits.iter().enumerate().filter(|(_, byte)| **byte != 0) {
            let set = (0..8).filter(|bit| byte & 1 << bit != 0);
            let numbers = set.map(|bit| at * 8 + bit);
            matched.extend(
                numbers
                    .filter(|number| *number < count * handles.len())
                    .map(|number| (first + number / handles.len(), number % handles.len())),
            );
        }
        first += count;
    }
    Ok(())
}

/// What these expressions read.
fn reads(live: &Live<FilterContract>, handles: &[u64]) -> std::result::Result<Reads, Failure> {
    let mut reads = Reads::KEY;
    for handle in handles {
        let flags = live.known.get(handle).ok_or_else(|| {
            let text = format!("there is no expression {handle}");
            Failure::Plugin(Error::new(philter_plugin_api::ErrorKind::NotFound, text))
        })?;
        reads = reads | Reads::from_bits(*flags);
    }
    Ok(reads)
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
