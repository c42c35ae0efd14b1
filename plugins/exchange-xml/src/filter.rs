//! Filter language `xquery`: the same queries on any binding and any subscription.
//!
//! Invariants: a handle is given once and never again; a message that a query fails on does not
//! match it.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;
use philter_plugin_api::{
    CommandOutput, Context, Error, ErrorKind, Factory, Filter, FilterHandle, MessageView, Reads,
    Result, Verdict,
};

use crate::command;
use crate::configuration::{Configuration, SCHEMA};
use crate::explanation::{Trial, explain};
use crate::json_object::{object, text_with};
use crate::queries::{Expression, Message, Queries};
use crate::tally::Tally;
use crate::variables::reads;

/// The language `xquery`.
#[derive(Debug)]
pub struct XQuery {
    queries: Arc<Queries>,
    compiled: RwLock<Compiled>,
}

#[derive(Debug, Default)]
struct Compiled {
    by_handle: HashMap<FilterHandle, Arc<Entry>, foldhash::fast::RandomState>,
    given: u64,
}

#[derive(Debug)]
struct Entry {
    expression: Arc<Expression>,
    tally: Tally,
}

impl Factory for XQuery {
    const TYPE_NAME: &'static str = "xquery";
    const CONFIGURATION_SCHEMA: &'static str = SCHEMA;
    const MAY_BLOCK: bool = true;
    const TRANSFORMS: bool = true;
    const SUBCOMMAND: Option<&'static str> = Some("xquery");

    fn create(context: &Context<'_>) -> Result<Self> {
        let configuration = Configuration::parse(context.configuration)?;
        Ok(Self { queries: Queries::shared(&configuration), compiled: RwLock::default() })
    }

    fn command(
        context: &Context<'_>,
        arguments: &[&str],
        input: &mut dyn std::io::Read,
    ) -> Result<CommandOutput> {
        let configuration = Configuration::parse(context.configuration)?;
        let queries = Queries::shared(&configuration);
        Ok(command::run(&queries, arguments, input))
    }
}

impl Filter for XQuery {
    fn compile(&self, expression: &str) -> Result<(FilterHandle, Reads)> {
        let expression = self.queries.compile(expression)?.expression;
        let reads = reads(expression.facts());
        let mut compiled = self.compiled.write();
        compiled.given += 1;
        let handle = FilterHandle(compiled.given);
        compiled.by_handle.insert(handle, Arc::new(Entry { expression, tally: Tally::default() }));
        Ok((handle, reads))
    }

    fn release(&self, handle: FilterHandle) {
        self.compiled.write().by_handle.remove(&handle);
    }

    fn matches(
        &self,
        batch: &[&dyn MessageView],
        handles: &[FilterHandle],
        answer: &mut dyn FnMut(usize, usize),
    ) -> Result<()> {
        let entries = handles.iter().map(|handle| self.entry(*handle));
        let entries = entries.collect::<Result<Vec<_>>>()?;
        for (index, view) in batch.iter().enumerate() {
            let message = Message::new(*view);
            for (handle, entry) in entries.iter().enumerate() {
                let outcome = self.queries.evaluate(&entry.expression, &message);
                entry.tally.evaluated(&outcome);
                if outcome.is_match() {
                    answer(index, handle);
                }
            }
        }
        Ok(())
    }

    fn transform(&self, handle: FilterHandle, message: &dyn MessageView) -> Result<Verdict> {
        let entry = self.entry(handle)?;
        let outcome = self.queries.transform(&entry.expression, &Message::new(message));
        entry.tally.transformed(&outcome);
        match outcome.answer {
            Ok((text, media_type)) => {
                Ok(Verdict::Replace { body: text.into_bytes(), content_type: Some(media_type) })
            }
            Err(failure) => Err(Error::invalid(format!("xquery: {failure}"))),
        }
    }

    fn inspect(&self, handle: Option<FilterHandle>) -> Result<String> {
        let Some(handle) = handle else {
            let expressions = self.compiled.read().by_handle.len();
            let queries = self.queries.to_json();
            let members = [("expressions", expressions.into()), ("queries", queries.into())];
            return Ok(text_with(object([]), members));
        };
        let entry = self.entry(handle)?;
        let members = [("xquery", entry.expression.text().into())];
        Ok(text_with(entry.tally.to_json(), members))
    }

    fn explain(&self, expression: &str) -> Result<String> {
        Ok(text_with(explain(&self.queries, expression)?, []))
    }

    fn try_expression(&self, expression: &str, message: &dyn MessageView) -> Result<String> {
        let expression = self.queries.compile(expression)?.expression;
        Ok(text_with(Trial::run(&self.queries, &expression, message).to_json(), []))
    }
}

impl XQuery {
    fn entry(&self, handle: FilterHandle) -> Result<Arc<Entry>> {
        let entry = self.compiled.read().by_handle.get(&handle).cloned();
        entry.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("there is no expression {}", handle.0))
        })
    }
}

#[cfg(test)]
mod tests;
