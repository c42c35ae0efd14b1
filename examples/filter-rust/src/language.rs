//! The language as the broker calls it: expressions by handle, asked by many workers at once.
//!
//! Invariant: nothing under the lock can fail half-way, so a poisoned lock guards what is whole and
//! is taken all the same.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use philter_plugin_api::{
    Context, Error, ErrorKind, Factory, Filter, FilterHandle, MessageView, Reads, Result, Verdict,
};
use serde_json::{Map, Value, json};

use crate::evaluate::Message;
use crate::expression::{Expression, Operand};
use crate::parse::parse;
use crate::wanted::Wanted;

/// The language `json`.
#[derive(Debug, Default)]
pub struct Json {
    expressions: RwLock<Expressions>,
}

/// Expressions by their handles, and the handles that are free again.
#[derive(Debug, Default)]
struct Expressions {
    by_handle: Vec<Option<Compiled>>,
    free: Vec<u64>,
    /// What they ask of bodies, all of them.
    wanted: Wanted,
}

#[derive(Debug)]
struct Compiled {
    text: String,
    expression: Expression,
    reads_body: bool,
    matched: AtomicU64,
    failed: AtomicU64,
}

impl Factory for Json {
    const TYPE_NAME: &'static str = "json";
    const TRANSFORMS: bool = true;

    fn create(_: &Context<'_>) -> Result<Self> {
        Ok(Self::default())
    }
}

impl Filter for Json {
    fn compile(&self, expression: &str) -> Result<(FilterHandle, Reads)> {
        let text = expression.to_owned();
        let expression = parse(expression)?;
        let reads = expression.reads();
        let (matched, failed) = (AtomicU64::new(0), AtomicU64::new(0));
        let reads_body = reads.contains(Reads::BODY);
        let compiled = Compiled { text, expression, reads_body, matched, failed };
        Ok((self.write().insert(compiled), reads))
    }

    fn release(&self, handle: FilterHandle) {
        self.write().remove(handle);
    }

    fn matches(
        &self,
        batch: &[&dyn MessageView],
        handles: &[FilterHandle],
        answer: &mut dyn FnMut(usize, usize),
    ) -> Result<()> {
        let expressions = self.read();
        let reads_body = |handle: &FilterHandle| expressions.get(*handle).map(|one| one.reads_body);
        let read_bodies = handles.iter().any(|handle| reads_body(handle).unwrap_or(false));
        for (index, view) in batch.iter().enumerate() {
            let body = if read_bodies { view.body() } else { Cow::default() };
            let message = Message::new(*view, &body, &expressions.wanted);
            for (number, handle) in handles.iter().enumerate() {
                let compiled = expressions.get(*handle)?;
                match message.meets(&compiled.expression.condition) {
                    Ok(true) => {
                        compiled.matched.fetch_add(1, Ordering::Relaxed);
                        answer(index, number);
                    }
                    Ok(false) => {}
                    Err(_) => drop(compiled.failed.fetch_add(1, Ordering::Relaxed)),
                }
            }
        }
        Ok(())
    }

    fn transforms(&self) -> bool {
        true
    }

    /// Without `redact` an expression drops what does not meet its condition; with it, what does
    /// not meet the condition passes as it is.
    fn transform(&self, handle: FilterHandle, message: &dyn MessageView) -> Result<Verdict> {
        let expressions = self.read();
        let expression = &expressions.get(handle)?.expression;
        let body = message.body();
        let message = Message::new(message, &body, &expressions.wanted);
        let meets = message.meets(&expression.condition)?;
        if expression.redact.is_empty() {
            return Ok(if meets { Verdict::Pass } else { Verdict::Drop });
        }
        let body = if meets { message.redacted(expression)? } else { None };
        Ok(body.map_or(Verdict::Pass, |body| Verdict::Replace { body, content_type: None }))
    }

    fn inspect(&self, handle: Option<FilterHandle>) -> Result<String> {
        let expressions = self.read();
        let Some(handle) = handle else {
            let all = expressions.by_handle.iter().flatten();
            let sum = |of: fn(&Compiled) -> &AtomicU64| {
                all.clone().map(|compiled| of(compiled).load(Ordering::Relaxed)).sum::<u64>()
            };
            let (matched, failed) = (sum(|one| &one.matched), sum(|one| &one.failed));
            let expressions = all.clone().count();
            let all = json!({"expressions": expressions, "matched": matched, "failed": failed});
            return Ok(all.to_string());
        };
        let Compiled { text, matched, failed, .. } = expressions.get(handle)?;
        let one = json!({
            "expression": text,
            "matched": matched.load(Ordering::Relaxed),
            "failed": failed.load(Ordering::Relaxed),
        });
        Ok(one.to_string())
    }

    fn explain(&self, expression: &str) -> Result<String> {
        let expression = parse(expression)?;
        let reads = expression.reads();
        let mut operands = Vec::new();
        expression.condition.visit(&mut |operand| operands.extend(name(operand)));
        let redacts: Vec<_> = expression.redact.iter().map(ToString::to_string).collect();
        let explained = json!({
            "headers": reads.contains(Reads::HEADERS),
            "body": reads.contains(Reads::BODY),
            "asks_for": operands,
            "redacts": redacts,
        });
        Ok(explained.to_string())
    }

    fn try_expression(&self, expression: &str, message: &dyn MessageView) -> Result<String> {
        let mut expression = parse(expression)?;
        let body = message.body();
        let mut wanted = Wanted::default();
        expression.condition.ask(&mut wanted);
        let message = Message::new(message, &body, &wanted);
        let mut values = Map::new();
        let mut failure = None;
        expression.condition.visit(&mut |operand| {
            let Some(name) = name(operand) else { return };
            match message.value(operand) {
                Ok(value) => drop(values.insert(name, value.to_json())),
                Err(error) => failure = Some(Error::from(error).text().to_owned()),
            }
        });
        let matches = message.meets(&expression.condition).unwrap_or(false);
        let mut tried = json!({"matches": matches, "values": values});
        if let (Some(failure), Value::Object(tried)) = (failure, &mut tried) {
            tried.insert("fails".to_owned(), failure.into());
        }
        Ok(tried.to_string())
    }
}

impl Json {
    fn read(&self) -> RwLockReadGuard<'_, Expressions> {
        self.expressions.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Expressions> {
        self.expressions.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Expressions {
    fn insert(&mut self, mut compiled: Compiled) -> FilterHandle {
        compiled.expression.condition.ask(&mut self.wanted);
        let handle = self.free.pop().unwrap_or(self.by_handle.len() as u64);
        match self.by_handle.get_mut(handle as usize) {
            Some(place) => *place = Some(compiled),
            None => self.by_handle.push(Some(compiled)),
        }
        FilterHandle(handle)
    }

    fn remove(&mut self, handle: FilterHandle) {
        let place = self.by_handle.get_mut(handle.0 as usize);
        if place.and_then(Option::take).is_some() {
            self.free.push(handle.0);
            self.wanted = Wanted::default();
            for compiled in self.by_handle.iter_mut().flatten() {
                compiled.expression.condition.ask(&mut self.wanted);
            }
        }
    }

    fn get(&self, handle: FilterHandle) -> Result<&Compiled> {
        let compiled = self.by_handle.get(handle.0 as usize).and_then(Option::as_ref);
        compiled.ok_or_else(|| Error::new(ErrorKind::NotFound, "no such expression"))
    }
}

/// The name of what an operand asks a message for.
fn name(operand: &Operand) -> Option<String> {
    match operand {
        Operand::Header(name) => Some(name.clone()),
        Operand::Body(path, _) => Some(path.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
