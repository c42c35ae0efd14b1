//! Filters: predicates in the languages of plugins, on bindings (`philter.filter` = {language,
//! expression}), on subscriptions and on queues.
//!
//! An exchange's plugin never sees the filter of a binding: it answers which bindings match, and
//! the filter decides which of those remain. Invariant: an expression is compiled once and released
//! with whatever it stands on; never under a lock.

use std::fmt;
use std::sync::Arc;

use foldhash::HashMap;
use parking_lot::Mutex;
use philter_model::message::Message;
use philter_plugin_api::{
    self as api, FilterHandle, Kind, MapRef, MessageView, Reads, ValueRef, Verdict,
};
use tracing::error;

use crate::clock::now_ms;
use crate::config::wasm::OnFailure;
use crate::message::View;
use crate::plugin::Catalog;
use crate::virtual_host::bind_arguments::text_of;
use crate::virtual_host::failure_log::FailureLog;
use crate::virtual_host::halves::{Left, ask_in_halves};
use crate::virtual_host::undecided::{PluginFailure, type_of_plugin};
use crate::virtual_host::{Error, VirtualHost};

/// The argument's name.
pub(crate) const ARGUMENT: &str = "philter.filter";

/// A language's instance.
pub(super) struct Language {
    /// It and its plugin, for people.
    plugin_name: Arc<str>,
    plugin: Box<dyn api::Filter>,
    may_block: bool,
    /// What becomes of messages that it fails on.
    on_failure: OnFailure,
}

/// The languages that are in use, each made once.
#[derive(Default)]
pub(super) struct Languages {
    made: Mutex<HashMap<String, Arc<Language>>>,
}

/// A compiled expression.
pub(crate) struct CompiledFilter {
    language: Arc<Language>,
    virtual_host: Arc<str>,
    handle: FilterHandle,
    /// What its answer depends on.
    pub(super) reads: Reads,
    /// Messages that it failed on where nobody is told.
    failures: FailureLog,
    /// Messages that nobody asks about any more.
    given_up: FailureLog,
}

/// What an expression says of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Match,
    NoMatch,
    /// Its language failed, on this message alone or on several together.
    Nothing {
        is_alone: bool,
    },
}

impl VirtualHost {
    /// Compiles the expression that is the value of an argument, which errors are to name.
    ///
    /// # Errors
    /// The language is not loaded, or the expression does not compile: the text names the argument
    /// and says where.
    pub(crate) fn compile_filter(
        &self,
        argument: fmt::Arguments<'_>,
        language: &str,
        expression: &str,
    ) -> Result<CompiledFilter, Error> {
        let language = self.languages.language(&self.catalog, language);
        let language = language.map_err(|error| match error {
            Error::NoSuchLanguage { wanted, loaded, .. } => {
                Error::NoSuchLanguage { argument: format!("{argument}: "), wanted, loaded }
            }
            error => wrong(argument, &error.to_string()),
        })?;
        let compiled = self.compile_in(&language, expression);
        compiled.map_err(|error| wrong(argument, &error.to_string()))
    }

    fn compile_in(
        &self,
        language: &Arc<Language>,
        expression: &str,
    ) -> api::Result<CompiledFilter> {
        let (handle, reads) = language.call(|plugin| plugin.compile(expression))?;
        let (language, virtual_host) = (Arc::clone(language), Arc::clone(&self.name));
        let (failures, given_up) = (FailureLog::default(), FailureLog::default());
        Ok(CompiledFilter { language, virtual_host, handle, reads, failures, given_up })
    }

    /// Compiles the filter among the arguments of a binding or a subscription, if there is one;
    /// `owner` says to people whose arguments they are.
    ///
    /// # Errors
    /// The argument is no map of two texts, the language is not loaded, or the expression does
    /// not compile: the text names the argument and whose it is.
    pub(crate) fn filter_among(
        &self,
        arguments: MapRef<'_>,
        owner: fmt::Arguments<'_>,
    ) -> Result<Option<CompiledFilter>, Error> {
        let Some(argument) = arguments.get(ARGUMENT) else { return Ok(None) };
        let name = format_args!("argument {ARGUMENT} of the {owner}");
        let (language, expression) = parse(argument).ok_or_else(|| {
            wrong(name, "a map with the strings 'language' and 'expression' expected")
        })?;
        self.compile_filter(name, language, expression).map(Some)
    }
}

impl Languages {
    fn language(&self, catalog: &Catalog, name: &str) -> Result<Arc<Language>, Error> {
        if let Some(language) = self.made.lock().get(name) {
            return Ok(Arc::clone(language));
        }
        let Some(found) = catalog.filter_language(name) else {
            let (wanted, loaded) = (name.to_owned(), catalog.filter_languages().join(", "));
            return Err(Error::NoSuchLanguage { argument: String::new(), wanted, loaded });
        };
        let plugin = found.create()?;
        let plugin_name = type_of_plugin(catalog, Kind::Filter, name);
        let made = Arc::new(Language {
            plugin_name,
            plugin,
            may_block: found.may_block(),
            on_failure: found.on_failure(),
        });
        let mut all = self.made.lock();
        let kept = Arc::clone(all.entry(name.to_owned()).or_insert_with(|| Arc::clone(&made)));
        // The other one of two that were made at once ends when the lock is gone.
        drop(all);
        Ok(kept)
    }
}

#[cfg(test)]
impl Languages {
    /// With one language that no catalogue offers, by several names.
    pub(super) fn with(names: &[&str], plugin: Box<dyn api::Filter>) -> Self {
        let name = names.first().copied().unwrap_or_default().to_owned();
        let language = Arc::new(Language::of_test(&name, plugin));
        let made = names.iter().map(|name| ((*name).to_owned(), Arc::clone(&language)));
        Self { made: Mutex::new(made.collect()) }
    }

    /// One language more.
    pub(super) fn bring(&self, name: &str, plugin: Box<dyn api::Filter>) {
        let language = Language::of_test(name, plugin);
        self.made.lock().insert(name.to_owned(), Arc::new(language));
    }

    /// With one language more.
    pub(super) fn and(self, name: &str, plugin: Box<dyn api::Filter>) -> Self {
        self.bring(name, plugin);
        self
    }
}

#[cfg(test)]
impl Language {
    fn of_test(name: &str, plugin: Box<dyn api::Filter>) -> Self {
        let plugin_name = format!("filter language '{name}'").into();
        let on_failure = OnFailure::default();
        Self { plugin_name, plugin, may_block: false, on_failure }
    }
}

impl Language {
    /// Calls the plugin, off the other tasks' way where it may wait; never under a lock.
    fn call<T>(&self, call: impl FnOnce(&dyn api::Filter) -> T) -> T {
        if self.may_block {
            tokio::task::block_in_place(|| call(&*self.plugin))
        } else {
            call(&*self.plugin)
        }
    }

    /// It and its plugin, for people.
    pub(super) fn plugin_name(&self) -> &Arc<str> {
        &self.plugin_name
    }

    /// What becomes of messages that it fails on.
    pub(super) fn on_failure(&self) -> OnFailure {
        self.on_failure
    }

    /// Asks which of these messages which of the expressions match: `answer` gets the places of a
    /// message and an expression, and whether they do; of what it is told twice the last holds.
    /// Answers the parts of the batch that the plugin failed on: what was answered about those is
    /// what the operator wants of them, if it is not that they be refused.
    pub(super) fn ask(
        &self,
        batch: &[&dyn MessageView],
        handles: &[FilterHandle],
        mut answer: impl FnMut(usize, usize, bool),
    ) -> Vec<Left> {
        self.call(|plugin| {
            ask_in_halves(batch.len(), |part| {
                let messages = batch.get(part.clone()).unwrap_or(&[]);
                let mut matched =
                    |message: usize, handle| answer(part.start + message, handle, true);
                let result = plugin.matches(messages, handles, &mut matched);
                if result.is_err() {
                    // What was answered before it failed is void.
                    let instead = self.on_failure == OnFailure::Pass;
                    for message in part {
                        (0..handles.len()).for_each(|handle| answer(message, handle, instead));
                    }
                }
                result
            })
        })
    }
}

impl CompiledFilter {
    /// Which of these messages the expression matches. What its language fails on does not match:
    /// the log has a line a second of that, with what `becomes` of how many.
    pub(crate) fn matches_each(
        &self,
        messages: &[Arc<Message>],
        becomes: fmt::Arguments<'_>,
    ) -> Vec<bool> {
        let said = self.ask_each(messages, becomes);
        said.into_iter().map(|said| said == Said::Match).collect()
    }

    /// What the expression says of each of these messages. The log has a line a second of those
    /// that its language fails on, with what `becomes` of how many.
    pub(crate) fn ask_each(
        &self,
        messages: &[Arc<Message>],
        becomes: fmt::Arguments<'_>,
    ) -> Vec<Said> {
        let views: Vec<View<'_>> =
            messages.iter().map(|message| View::new(message, &self.virtual_host)).collect();
        let views: Vec<&dyn MessageView> = views.iter().map(|view| view as _).collect();
        let mut said = vec![Said::NoMatch; views.len()];
        let left = self.language.ask(&views, &[self.handle], |message, _, is_match| {
            if let Some(said) = said.get_mut(message) {
                *said = if is_match { Said::Match } else { Said::NoMatch };
            }
        });
        let refused = left.iter().filter(|_| self.language.on_failure == OnFailure::Reject);
        for (part, _) in refused {
            let is_alone = part.len() == 1;
            let failed = said.get_mut(part.clone()).unwrap_or_default();
            failed.fill(Said::Nothing { is_alone });
        }
        if let Some((_, error)) = left.first() {
            let count = left.iter().map(|(part, _)| part.len()).sum();
            if let Some(count) = self.failures.note(count, now_ms()) {
                let failure = PluginFailure::new(self.language.plugin_name(), error);
                error!("{becomes}: {count} messages: {failure}");
            }
        }
        said
    }

    /// Somebody gives up asking about some messages. Where a line of the log is due, how many that
    /// were since the last one.
    pub(super) fn give_up(&self, count: usize) -> Option<u64> {
        self.given_up.note(count, now_ms())
    }

    /// Its language.
    pub(super) fn language(&self) -> &Arc<Language> {
        &self.language
    }

    /// What its language calls it.
    pub(super) fn handle(&self) -> FilterHandle {
        self.handle
    }

    /// Whether its language transforms messages.
    pub(super) fn transforms(&self) -> bool {
        self.language.plugin.transforms()
    }

    /// Whether asking it may take its time.
    pub(super) fn may_block(&self) -> bool {
        self.language.may_block
    }

    /// What the expression makes of a message.
    ///
    /// # Errors
    /// It fails on this message, or its language transforms nothing.
    pub(super) fn transform(&self, message: &dyn MessageView) -> api::Result<Verdict> {
        self.language.call(|plugin| plugin.transform(self.handle, message))
    }

    /// Whether another expression is one of the same language.
    pub(super) fn has_language_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.language, &other.language)
    }
}

impl Drop for CompiledFilter {
    fn drop(&mut self) {
        self.language.plugin.release(self.handle);
    }
}

/// Language and expression.
fn parse(argument: ValueRef<'_>) -> Option<(&str, &str)> {
    let map = argument.as_map()?;
    let text = |name| map.get(name).and_then(text_of);
    Some((text("language")?, text("expression")?))
}

fn wrong(argument: fmt::Arguments<'_>, text: &str) -> Error {
    Error::InvalidArgument(format!("{argument}: {text}"))
}

#[cfg(test)]
mod tests {
    use philter_plugin_api::Value;
    use philter_plugin_api::value::encode_map;

    use super::*;

    #[test]
    fn the_argument_is_a_map_of_two_strings() {
        let read = |value: Value| -> Option<(String, String)> {
            let encoded = encode_map([(ARGUMENT, value)]);
            let value = MapRef::parse(&encoded).unwrap().get(ARGUMENT).unwrap();
            parse(value).map(|(language, expression)| (language.into(), expression.into()))
        };
        let filter = |expression: Value| {
            let language = (Value::from("language"), Value::from("xquery"));
            Value::Map(vec![language, (Value::from("expression"), expression)])
        };
        let wanted = Some(("xquery".to_owned(), "a = 'ü'".to_owned()));
        assert_eq!(read(filter(Value::from("a = 'ü'"))), wanted);
        // What Python 2's clients send for a text that is not ASCII.
        assert_eq!(read(filter(Value::Binary("a = 'ü'".into()))), wanted);
        assert_eq!(read(filter(Value::Binary(vec![0xff]))), None);
        assert_eq!(read(filter(Value::Null)), None);
        let half = vec![(Value::from("language"), Value::from("xquery"))];
        assert_eq!(read(Value::Map(half)), None);
        assert_eq!(read(Value::Bool(true)), None);
    }
}
