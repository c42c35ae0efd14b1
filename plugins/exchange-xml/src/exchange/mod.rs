//! Exchange type `xml`: the routing key exactly, then each binding's query.
//!
//! Invariants: a message that a query fails on does not match it, and nothing worse happens; no
//! lock is held while a query is compiled or evaluated.

mod bindings;

use std::sync::Arc;

use parking_lot::RwLock;
use philter_plugin_api::{
    Binding, BindingId, Bound as Taken, Context, Error, ErrorKind, Exchange, Factory, Matches,
    MessageView, Result, ValueRef,
};

use self::bindings::{Bindings, Bound};
use crate::asking::{Question, ask};
use crate::configuration::{Configuration, SCHEMA};
use crate::explanation::{Trial, explain};
use crate::json_object::{object, text_with};
use crate::tally::Tally;
use crate::variables::reads;
use crate::workers::{Workers, shared};

/// The argument of a binding that holds its query.
const ARGUMENT: &str = "xquery";

/// One exchange of type `xml`.
#[derive(Debug)]
pub struct XmlExchange {
    workers: Arc<Workers>,
    bindings: RwLock<Bindings>,
}

impl Factory for XmlExchange {
    const TYPE_NAME: &'static str = "xml";
    const CONFIGURATION_SCHEMA: &'static str = SCHEMA;
    const MAY_BLOCK: bool = true;

    fn create(context: &Context<'_>) -> Result<Self> {
        let configuration = Configuration::parse(context.configuration)?;
        Ok(Self { workers: shared(&configuration)?, bindings: RwLock::default() })
    }
}

impl Exchange for XmlExchange {
    fn bind(&self, binding: &Binding<'_>) -> Result<Taken> {
        let expression = self.workers.compile(query(binding)?)?;
        let reads = reads(expression.analysis());
        let cacheable = expression.analysis().constant.is_some();
        self.bindings.write().insert(Bound {
            id: binding.id,
            key: binding.key.into(),
            expression,
            tally: Tally::default(),
        });
        Ok(Taken { reads, cacheable })
    }

    fn unbind(&self, id: BindingId) -> Result<()> {
        let removed = self.bindings.write().remove(id);
        removed.map(|_| ()).ok_or_else(|| no_binding(id))
    }

    fn route(&self, batch: &[&dyn MessageView], matches: &mut dyn Matches) -> Result<()> {
        let questions = self.questions(batch);
        ask(&self.workers, batch, &questions, &mut |question, outcome| {
            for bound in &question.asker {
                bound.tally.add(outcome);
                if matches!(outcome, Ok(true)) {
                    matches.push(question.message, bound.id);
                }
            }
        });
        Ok(())
    }

    fn inspect(&self, binding: Option<BindingId>) -> Result<String> {
        let Some(id) = binding else {
            let (bindings, keys, expressions) = self.bindings.read().sizes();
            let sizes = [
                ("bindings", bindings.into()),
                ("keys", keys.into()),
                ("expressions", expressions.into()),
            ];
            let workers = self.workers.to_json();
            return Ok(text_with(object(sizes), [("workers", workers.into())]));
        };
        let bound = self.bound(id)?;
        let query = bound.expression.text();
        let members = [("key", (&*bound.key).into()), ("xquery", query.into())];
        Ok(text_with(bound.tally.to_json(), members))
    }

    fn explain(&self, binding: BindingId) -> Result<String> {
        let bound = self.bound(binding)?;
        Ok(text_with(explain(&bound.expression), [("key", (&*bound.key).into())]))
    }

    fn try_binding(&self, binding: &Binding<'_>, message: &dyn MessageView) -> Result<String> {
        let expression = self.workers.compile(query(binding)?)?;
        let key_matches = message.routing_key() == binding.key;
        let trial = Trial::run(&self.workers, expression, message);
        let matches = key_matches && matches!(trial.outcome, Some(Ok(true)));
        let members = [("key_matches", key_matches.into()), ("matches", matches.into())];
        Ok(text_with(trial.to_json(), members))
    }
}

impl XmlExchange {
    fn questions(&self, batch: &[&dyn MessageView]) -> Vec<Question<Vec<Arc<Bound>>>> {
        let keys = batch.iter().map(|message| message.routing_key());
        let bindings = self.bindings.read();
        let mut questions = Vec::new();
        for (message, key) in keys.enumerate() {
            questions.extend(bindings.groups(key).map(|group| Question {
                message,
                expression: Arc::clone(&group.expression),
                asker: group.bindings.values().cloned().collect(),
            }));
        }
        questions
    }

    fn bound(&self, id: BindingId) -> Result<Arc<Bound>> {
        self.bindings.read().get(id).cloned().ok_or_else(|| no_binding(id))
    }
}

fn query<'a>(binding: &Binding<'a>) -> Result<&'a str> {
    match binding.argument(ARGUMENT) {
        Some(ValueRef::String(query)) => Ok(query),
        Some(_) => Err(Error::invalid(
            "the argument 'xquery' of a binding to an xml exchange must be a string",
        )),
        None => Err(Error::invalid(
            "a binding to an xml exchange needs the argument 'xquery', a string with the query",
        )),
    }
}

fn no_binding(id: BindingId) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no binding {}", id.0))
}

#[cfg(test)]
mod tests;
