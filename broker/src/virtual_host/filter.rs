//! Filters on bindings: `philter.filter` = {language, expression}, which stands on any exchange's
//! binding.
//!
//! The exchange's plugin never sees it: it answers which bindings match, and the filter decides
//! which of those remain. Invariant: an expression is compiled once and released with its binding.

use std::borrow::Cow;
use std::sync::Arc;

use foldhash::HashMap;
use parking_lot::Mutex;
use philter_plugin_api::value::encode_map;
use philter_plugin_api::{self as api, FilterHandle, MapRef, MessageView, Reads, Value, ValueRef};
use tracing::error;

use crate::plugin::Catalog;
use crate::virtual_host::Error;

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

/// A compiled expression of a binding.
pub(super) struct BindingFilter {
    language: Arc<Language>,
    handle: FilterHandle,
    /// What its answer depends on.
    pub(super) reads: Reads,
}

impl Languages {
    /// Compiles the filter among a binding's arguments, if there is one.
    ///
    /// # Errors
    /// The argument is no map of two strings, the language is not loaded, or the expression does
    /// not compile.
    pub(super) fn compile(
        &self,
        catalog: &Catalog,
        arguments: &[u8],
    ) -> Result<Option<BindingFilter>, Error> {
        let arguments = MapRef::parse(arguments).unwrap_or_default();
        let Some(argument) = arguments.get(ARGUMENT) else { return Ok(None) };
        let (language, expression) = parse(argument)?;
        let language = self.language(catalog, language)?;
        let compiled = language.call(|plugin| plugin.compile(expression));
        let (handle, reads) = compiled.map_err(|error| {
            Error::InvalidArgument(format!("{ARGUMENT} in {}: {error}", language.name))
        })?;
        Ok(Some(BindingFilter { language, handle, reads }))
    }

    fn language(&self, catalog: &Catalog, name: &str) -> Result<Arc<Language>, Error> {
        if let Some(language) = self.made.lock().get(name) {
            return Ok(Arc::clone(language));
        }
        let Some(found) = catalog.filter_language(name) else {
            return Err(Error::InvalidArgument(format!(
                "{ARGUMENT}: language '{name}' is not loaded; loaded are: {}",
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
    /// With a language that no catalogue offers.
    pub(super) fn with(name: &str, plugin: Box<dyn api::Filter>) -> Self {
        let language = Language { name: name.to_owned(), plugin, may_block: false };
        let made = HashMap::from_iter([(name.to_owned(), Arc::new(language))]);
        Self { made: Mutex::new(made) }
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

impl BindingFilter {
    /// Whether the expression matches a message; a language that fails matches nothing.
    pub(super) fn matches(&self, message: &dyn MessageView) -> bool {
        let mut is_match = false;
        let result = self
            .language
            .call(|plugin| plugin.matches(&[message], &[self.handle], &mut |_, _| is_match = true));
        if let Err(error) = result {
            error!("filter language '{}' failed: {error}", self.language.name);
            return false;
        }
        is_match
    }
}

impl Drop for BindingFilter {
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

/// A binding's arguments without the filter, which is not the exchange's.
pub(super) fn without(arguments: &[u8]) -> Cow<'_, [u8]> {
    let map = MapRef::parse(arguments).unwrap_or_default();
    if map.get(ARGUMENT).is_none() {
        return Cow::Borrowed(arguments);
    }
    let own = map.iter().filter(|(name, _)| *name != ARGUMENT);
    let own: Vec<(&str, Value)> =
        own.map(|(name, value)| (name, value.to_value().unwrap_or(Value::Null))).collect();
    Cow::Owned(encode_map(own.iter().map(|(name, value)| (*name, value))))
}

#[cfg(test)]
mod tests {
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
