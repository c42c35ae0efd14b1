//! Filters: predicates in the languages of plugins, on bindings (`philter.filter` = {language,
//! expression}), on subscriptions and on queues.
//!
//! An exchange's plugin never sees the filter of a binding: it answers which bindings match, and
//! the filter decides which of those remain. Invariant: an expression is compiled once and released
//! with whatever it stands on; never under a lock.

use std::sync::Arc;

use foldhash::HashMap;
use parking_lot::Mutex;
use philter_model::message::Message;
use philter_plugin_api::{
    self as api, FilterHandle, MapRef, MessageView, Reads, ValueRef, Verdict,
};
use tracing::error;

use crate::message::View;
use crate::plugin::Catalog;
use crate::virtual_host::transform_argument::wrong;
use crate::virtual_host::{Error, VirtualHost};

/// The argument's name.
pub(crate) const ARGUMENT: &str = "philter.filter";

/// A language's instance.
struct Language {
    name: String,
    plugin: Box<dyn api::Filter>,
    may_block: bool,
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
}

impl VirtualHost {
    /// Compiles an expression, for a subscription or a queue.
    ///
    /// # Errors
    /// The language is not loaded, or the expression does not compile: the text says where.
    pub(crate) fn compile_filter(
        &self,
        language: &str,
        expression: &str,
    ) -> Result<CompiledFilter, Error> {
        let language = self.languages.language(&self.catalog, language)?;
        self.compile_in(&language, expression).map_err(|error| {
            Error::InvalidArgument(format!("filter in {}: {error}", language.name))
        })
    }

    /// Compiles the expression that is the value of an argument.
    ///
    /// # Errors
    /// The language is not loaded, or the expression does not compile: the text names the argument
    /// and says where.
    pub(super) fn compile_argument(
        &self,
        argument: &str,
        language: &str,
        expression: &str,
    ) -> Result<CompiledFilter, Error> {
        let language = self.languages.language(&self.catalog, language);
        let language = language.map_err(|error| wrong(argument, &error.to_string()))?;
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
        Ok(CompiledFilter { language, virtual_host, handle, reads })
    }

    /// Compiles the filter among a binding's arguments, if there is one.
    ///
    /// # Errors
    /// The argument is no map of two strings, the language is not loaded, or the expression does
    /// not compile.
    pub(crate) fn filter_of_binding(
        &self,
        arguments: MapRef<'_>,
    ) -> Result<Option<CompiledFilter>, Error> {
        let Some(argument) = arguments.get(ARGUMENT) else { return Ok(None) };
        let (language, expression) = parse(argument)?;
        self.compile_filter(language, expression).map(Some)
    }
}

impl Languages {
    fn language(&self, catalog: &Catalog, name: &str) -> Result<Arc<Language>, Error> {
        if let Some(language) = self.made.lock().get(name) {
            return Ok(Arc::clone(language));
        }
        let Some(found) = catalog.filter_language(name) else {
            return Err(Error::InvalidArgument(format!(
                "filter language '{name}' is not loaded; loaded are: {}",
                catalog.filter_languages().join(", ")
            )));
        };
        let plugin = found.create()?;
        let may_block = found.may_block();
        let made = Arc::new(Language { name: name.to_owned(), plugin, may_block });
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
        let language = Arc::new(Language { name, plugin, may_block: false });
        let made = names.iter().map(|name| ((*name).to_owned(), Arc::clone(&language)));
        Self { made: Mutex::new(made.collect()) }
    }

    /// With one language more.
    pub(super) fn and(self, name: &str, plugin: Box<dyn api::Filter>) -> Self {
        let language = Language { name: name.to_owned(), plugin, may_block: false };
        self.made.lock().insert(name.to_owned(), Arc::new(language));
        self
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
}

impl CompiledFilter {
    /// Which of these messages the expression matches.
    pub(crate) fn matches_each(&self, messages: &[Arc<Message>]) -> Vec<bool> {
        let views: Vec<View<'_>> =
            messages.iter().map(|message| View::new(message, &self.virtual_host)).collect();
        let views: Vec<&dyn MessageView> = views.iter().map(|view| view as _).collect();
        self.ask(&views)
    }

    /// Whether the expression matches what is seen of a message.
    pub(super) fn matches(&self, message: &dyn MessageView) -> bool {
        self.ask(&[message]).first().copied().unwrap_or(false)
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

    /// One answer for each message; a language that fails matches nothing.
    fn ask(&self, batch: &[&dyn MessageView]) -> Vec<bool> {
        let mut matches = vec![false; batch.len()];
        let mut answer = |index: usize, _| {
            if let Some(is_match) = matches.get_mut(index) {
                *is_match = true;
            }
        };
        let handles = [self.handle];
        let result = self.language.call(|plugin| plugin.matches(batch, &handles, &mut answer));
        if let Err(error) = result {
            error!("filter language '{}' failed: {error}", self.language.name);
            matches.fill(false);
        }
        matches
    }
}

impl Drop for CompiledFilter {
    fn drop(&mut self) {
        self.language.plugin.release(self.handle);
    }
}

fn parse(argument: ValueRef<'_>) -> Result<(&str, &str), Error> {
    let wrong = || {
        Error::InvalidArgument(format!(
            "{ARGUMENT}: a map with the strings 'language' and 'expression' expected"
        ))
    };
    let map = argument.as_map().ok_or_else(wrong)?;
    let text = |name| map.get(name).and_then(|value: ValueRef<'_>| value.as_str());
    Ok((text("language").ok_or_else(wrong)?, text("expression").ok_or_else(wrong)?))
}

#[cfg(test)]
mod tests {
    use philter_plugin_api::Value;
    use philter_plugin_api::value::encode_map;

    use super::*;

    #[test]
    fn the_argument_is_a_map_of_two_strings() {
        let filter = |pairs: &[(&str, &str)]| {
            let text = |text: &&str| Value::String((*text).to_owned());
            let pairs = pairs.iter().map(|(name, value)| (text(name), text(value))).collect();
            encode_map([(ARGUMENT, Value::Map(pairs))])
        };
        let read = |encoded: &[u8]| -> Result<(String, String), Error> {
            let value = MapRef::parse(encoded).unwrap().get(ARGUMENT).unwrap();
            parse(value).map(|(language, expression)| (language.into(), expression.into()))
        };
        let good = filter(&[("language", "xquery"), ("expression", "true()")]);
        assert_eq!(read(&good).unwrap(), ("xquery".to_owned(), "true()".to_owned()));
        assert!(read(&filter(&[("language", "xquery")])).is_err());
        assert!(read(&encode_map([(ARGUMENT, Value::Bool(true))])).is_err());
    }
}
