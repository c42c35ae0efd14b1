//! Plugins that a test brings, in place of files.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use philter_plugin_api::{
    Auth, Binding, BindingId, Bound, CommandOutput, Context, Error, Exchange, Filter, FilterHandle,
    Kind, Matches, MessageView, Reads, Result, Store,
};

use super::{AuthoringError, Question, Subject};
use crate::config::WasmSettings;
use crate::config::{Config, Layer};
use crate::plugin::{Carrier, Description, FactoryDescription, Figures, Sandbox, Version};

/// A plugin with the filter `equal` and the exchange `x-key`.
pub(super) struct Brought {
    pub(super) description: Description,
    /// Where it is as a component.
    pub(super) settings: Option<WasmSettings>,
    pub(super) traps: u64,
}

impl Brought {
    /// One with types of these kinds and names.
    pub(super) fn new(types: &[(Kind, &str)]) -> Self {
        let version = Version { major: 1, minor: 0 };
        let factory = |(kind, name): &(Kind, &str)| FactoryDescription {
            kind: *kind,
            kind_version: version,
            is_draft: false,
            type_name: (*name).to_owned(),
            may_block: false,
            subcommand: None,
            entries: vec![],
            configuration_schema: "{}".to_owned(),
        };
        let description = Description {
            name: "brought".to_owned(),
            version: "1.0.0".to_owned(),
            licence: "MIT".to_owned(),
            abi: version,
            factories: types.iter().map(factory).collect(),
            refused: vec![],
        };
        Self { description, settings: None, traps: 0 }
    }

    /// The filter and the exchange.
    pub(super) fn usual() -> Self {
        Self::new(&[(Kind::Filter, "equal"), (Kind::Exchange, "x-key")])
    }

    /// The type that is asked.
    pub(super) fn subject(
        self,
        question: &Question,
    ) -> std::result::Result<Subject, AuthoringError> {
        let config = Config::load(Layer::default(), Vec::new()).unwrap();
        Subject::of(&config, Path::new("./brought.so"), "brought.so", Arc::new(self), question)
    }
}

impl Carrier for Brought {
    fn description(&self) -> &Description {
        &self.description
    }

    fn sandbox(&self) -> Option<&dyn Sandbox> {
        self.settings.as_ref().map(|_| self as &dyn Sandbox)
    }

    fn create_exchange(&self, _: &str, _: &Context<'_>) -> Result<Box<dyn Exchange>> {
        Ok(Box::new(Key(std::sync::Mutex::default())))
    }

    fn create_filter(&self, _: &str, context: &Context<'_>) -> Result<Box<dyn Filter>> {
        match context.configuration {
            "{}" => Ok(Box::new(Equal(std::sync::OnceLock::new()))),
            other => Err(Error::invalid(format!("configured with {other}"))),
        }
    }

    fn create_auth(&self, name: &str, _: &Context<'_>) -> Result<Box<dyn Auth>> {
        Err(Error::unsupported(name))
    }

    fn create_store(&self, name: &str, _: &Context<'_>) -> Result<Box<dyn Store>> {
        Err(Error::unsupported(name))
    }

    fn command(
        &self,
        word: &str,
        _: &Context<'_>,
        _: &[&str],
        _: &mut dyn Read,
    ) -> Result<CommandOutput> {
        Err(Error::unsupported(word))
    }
}

impl Sandbox for Brought {
    fn settings(&self) -> &WasmSettings {
        self.settings.as_ref().unwrap()
    }

    fn figures(&self) -> Figures {
        let memory_bytes = self.settings().memory_bytes_max / 2;
        Figures { memory_bytes, instances: 2, traps: self.traps, ..Figures::default() }
    }

    fn version(&self) -> String {
        self.description.version.clone()
    }

    fn reload(&self, _: &[u8]) -> std::result::Result<(), String> {
        Ok(())
    }
}

/// A filter: the routing key is the expression. With `!` it matches where it is asked about one
/// message alone, a fault; a key `fail` makes it fail.
struct Equal(std::sync::OnceLock<String>);

impl Filter for Equal {
    fn compile(&self, expression: &str) -> Result<(FilterHandle, Reads)> {
        if expression.is_empty() {
            return Err(Error::invalid("nothing to compile").at(1, 1));
        }
        self.0.set(expression.to_owned()).unwrap();
        Ok((FilterHandle(1), Reads::KEY))
    }

    fn release(&self, _: FilterHandle) {}

    fn matches(
        &self,
        batch: &[&dyn MessageView],
        _: &[FilterHandle],
        answer: &mut dyn FnMut(usize, usize),
    ) -> Result<()> {
        let expression = self.0.get().unwrap();
        for (index, message) in batch.iter().enumerate() {
            let key = message.routing_key();
            if key == "fail" {
                return Err(Error::internal("failed on purpose"));
            }
            if key == expression || (expression == "!" && batch.len() == 1) {
                answer(index, 0);
            }
        }
        Ok(())
    }

    fn try_expression(&self, expression: &str, message: &dyn MessageView) -> Result<String> {
        Ok(format!(r#"{{"wanted":"{expression}","found":"{}"}}"#, message.routing_key()))
    }
}

/// An exchange: the routing key is the binding's.
struct Key(std::sync::Mutex<Vec<(BindingId, String)>>);

impl Exchange for Key {
    fn bind(&self, binding: &Binding<'_>) -> Result<Bound> {
        if binding.argument("refuse").is_some() {
            return Err(Error::invalid("refused on purpose"));
        }
        self.0.lock().unwrap().push((binding.id, binding.key.to_owned()));
        Ok(Bound { reads: Reads::KEY, cacheable: true })
    }

    fn unbind(&self, _: BindingId) -> Result<()> {
        Ok(())
    }

    fn route(&self, batch: &[&dyn MessageView], matches: &mut dyn Matches) -> Result<()> {
        for (index, message) in batch.iter().enumerate() {
            for (id, key) in self.0.lock().unwrap().iter().rev() {
                if key == message.routing_key() {
                    matches.push(index, *id);
                }
            }
        }
        Ok(())
    }

    fn inspect(&self, _: Option<BindingId>) -> Result<String> {
        Ok(r#"{"bindings":2}"#.to_owned())
    }
}
