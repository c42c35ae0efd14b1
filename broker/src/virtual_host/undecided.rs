//! Why nobody can say where a message goes: a plugin failed on it. The message is refused, and its
//! publisher hears the text.

use std::sync::Arc;

use philter_plugin_api::{self as api, Kind};

use crate::plugin::Catalog;
use crate::virtual_host::limits::FAILURE_TEXT_BYTES_MAX;

/// A plugin failed on messages at an exchange.
#[derive(Debug, thiserror::Error)]
#[error("exchange '{exchange}' could not route the message: {failure}")]
pub(crate) struct Undecided {
    exchange: Arc<str>,
    /// What failed.
    pub(super) failure: PluginFailure,
}

impl Undecided {
    /// At the exchange of this name.
    pub(super) fn new(exchange: &Arc<str>, failure: PluginFailure) -> Self {
        Self { exchange: Arc::clone(exchange), failure }
    }
}

/// What a plugin failed with, in its words.
#[derive(Debug, thiserror::Error)]
#[error("{who} failed: {text}")]
pub(crate) struct PluginFailure {
    /// The type that failed, and the plugin that it is of.
    who: Arc<str>,
    text: String,
}

impl PluginFailure {
    /// The error of a type that [`type_of_plugin`] describes.
    pub(super) fn new(who: &Arc<str>, error: &api::Error) -> Self {
        let mut text = error.to_string();
        text.truncate(text.floor_char_boundary(FAILURE_TEXT_BYTES_MAX));
        Self { who: Arc::clone(who), text }
    }
}

/// A type and the plugin that offers it, for people.
pub(super) fn type_of_plugin(catalog: &Catalog, kind: Kind, name: &str) -> Arc<str> {
    let what = match kind {
        Kind::Filter => "filter language",
        _ => "exchange type",
    };
    let offered = catalog.plugins().iter().map(|plugin| plugin.description()).find(|plugin| {
        plugin.factories.iter().any(|offer| offer.kind == kind && offer.type_name == name)
    });
    match offered {
        Some(plugin) => format!("{what} '{name}' of plugin '{}'", plugin.name).into(),
        None => format!("{what} '{name}'").into(),
    }
}
