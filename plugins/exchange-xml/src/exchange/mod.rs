//! Exchange type `xml`: the routing key exactly, then each binding's query.
//!
//! Invariants: a message that a query fails on does not match it, and nothing worse happens; no
//! lock is held while a query is compiled or evaluated, or a body is read.

mod bindings;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::{Mutex, RwLock};
use philter_plugin_api::{
    Binding, BindingId, Bound as Taken, Context, Error, ErrorKind, Exchange, Factory, Matches,
    MessageView, Result, ValueRef,
};

use self::bindings::{Bindings, Bound, Keyed, Sizes};
use crate::configuration::{Configuration, SCHEMA};
use crate::explanation::{Trial, explain};
use crate::index::{Decision, EntryId};
use crate::json_object::{object, text_with};
use crate::queries::{Expression, Message, Queries};
use crate::variables::reads;

/// The argument of a binding that holds its query.
const ARGUMENT: &str = "xquery";

/// One exchange of type `xml`.
#[derive(Debug)]
pub struct XmlExchange {
    queries: Arc<Queries>,
    bindings: RwLock<Bindings>,
    unreadable: Unreadable,
}

/// Bodies that an index looked at and that are no documents: terms about them are not true, and no
/// single binding is to blame.
#[derive(Debug, Default)]
struct Unreadable {
    bodies: AtomicU64,
    last: Mutex<Option<Box<str>>>,
}

/// Bindings whose query must be evaluated.
type Open = (Arc<Expression>, Vec<Arc<Bound>>);

impl Factory for XmlExchange {
    const TYPE_NAME: &'static str = "xml";
    const CONFIGURATION_SCHEMA: &'static str = SCHEMA;
    const MAY_BLOCK: bool = true;

    fn create(context: &Context<'_>) -> Result<Self> {
        let configuration = Configuration::parse(context.configuration)?;
        let queries = Queries::shared(&configuration);
        Ok(Self { queries, bindings: RwLock::default(), unreadable: Unreadable::default() })
    }
}

impl Exchange for XmlExchange {
    fn bind(&self, binding: &Binding<'_>) -> Result<Taken> {
        let compiled = self.queries.compile(query(binding)?)?;
        let facts = compiled.expression.facts();
        let (reads, cacheable) = (reads(facts), facts.constant.is_some());
        self.bindings.write().insert(binding.id, binding.key, &compiled);
        Ok(Taken { reads, cacheable })
    }

    fn unbind(&self, id: BindingId) -> Result<()> {
        let removed = self.bindings.write().remove(id);
        removed.map(|_| ()).ok_or_else(|| no_binding(id))
    }

    fn route(&self, batch: &[&dyn MessageView], matches: &mut dyn Matches) -> Result<()> {
        for (index, view) in batch.iter().enumerate() {
            let message = Message::new(*view);
            for (expression, bindings) in self.decide(index, &message, matches) {
                let outcome = self.queries.evaluate(&expression, &message);
                for bound in &bindings {
                    bound.tally.evaluated(&outcome);
                    if outcome.is_match() {
                        matches.push(index, bound.id);
                    }
                }
            }
        }
        Ok(())
    }

    fn inspect(&self, binding: Option<BindingId>) -> Result<String> {
        let Some(id) = binding else {
            let Sizes {
                bindings,
                keys,
                expressions,
                constant,
                indexed,
                residual,
                scanned,
                evaluated,
            } = self.bindings.read().sizes();
            let sizes = [
                ("bindings", bindings.into()),
                ("keys", keys.into()),
                ("expressions", expressions.into()),
                ("constant", constant.into()),
                ("indexed", indexed.into()),
                ("residual", residual.into()),
                ("scanned", scanned.into()),
                ("always_evaluated", evaluated.into()),
                ("unreadable_bodies", self.unreadable.bodies.load(Ordering::Relaxed).into()),
                ("last_unreadable", self.unreadable.last.lock().as_deref().into()),
            ];
            let queries = self.queries.to_json();
            return Ok(text_with(object(sizes), [("queries", queries.into())]));
        };
        let bound = self.bound(id)?;
        let way = self.bindings.read().way(&bound).map(|(way, _)| way.name());
        let members = [
            ("key", (&*bound.key).into()),
            ("xquery", bound.expression.text().into()),
            ("decided", way.into()),
        ];
        Ok(text_with(bound.tally.to_json(), members))
    }

    fn explain(&self, binding: BindingId) -> Result<String> {
        let bound = self.bound(binding)?;
        let way = self.bindings.read().way(&bound);
        let (way, found_by) = way.map_or((None, Vec::new()), |(way, by)| (Some(way.name()), by));
        let members =
            [("key", (&*bound.key).into()), ("decided", way.into()), ("found_by", found_by.into())];
        Ok(text_with(explain(&self.queries, bound.expression.text())?, members))
    }

    fn try_binding(&self, binding: &Binding<'_>, message: &dyn MessageView) -> Result<String> {
        let compiled = self.queries.compile(query(binding)?)?;
        let key_matches = message.routing_key() == binding.key;
        let trial = Trial::run(&self.queries, &compiled.expression, message);
        let matches = key_matches && trial.is_match();
        let members = [("key_matches", key_matches.into()), ("matches", matches.into())];
        Ok(text_with(trial.to_json(), members))
    }
}

impl XmlExchange {
    /// Gives the bindings that the index decides for, and returns those to evaluate.
    fn decide(&self, index: usize, message: &Message<'_>, matches: &mut dyn Matches) -> Vec<Open> {
        loop {
            let bindings = self.bindings.read();
            let Some(keyed) = bindings.keyed(message.routing_key()) else { return Vec::new() };
            if let Some(decision) = keyed.index.decide(&message) {
                return given(keyed, &decision, |bound| matches.push(index, bound.id));
            }
            drop(bindings);
            self.read_body(message);
        }
    }

    fn read_body(&self, message: &Message<'_>) {
        if let Err(failure) = self.queries.document(message) {
            self.unreadable.bodies.fetch_add(1, Ordering::Relaxed);
            *self.unreadable.last.lock() = Some(failure.to_string().into());
        }
    }

    fn bound(&self, id: BindingId) -> Result<Arc<Bound>> {
        self.bindings.read().get(id).cloned().ok_or_else(|| no_binding(id))
    }
}

/// Gives the bindings of a decision that match, and returns those to evaluate.
fn given(keyed: &Keyed, decision: &Decision, mut give: impl FnMut(&Bound)) -> Vec<Open> {
    let group = |id: &EntryId| keyed.index.get(*id).map(|entry| &entry.owner);
    for bound in decision.matched.iter().filter_map(group).flat_map(|it| it.bindings.values()) {
        bound.tally.matched();
        give(bound);
    }
    let open =
        decision.evaluate.iter().filter_map(group).map(|group| {
            (Arc::clone(&group.expression), group.bindings.values().cloned().collect())
        });
    open.collect()
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
