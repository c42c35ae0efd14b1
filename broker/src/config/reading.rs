//! The layers while a configuration is made of them.
//!
//! Invariant: what is wrong is noted and its default taken instead, so that one run finds
//! everything that is wrong; a configuration with notes is never used.

use std::path::PathBuf;

use super::error::ConfigError;
use super::given::{Given, Layers};
use super::name::Name;

/// Layers, and what was found to be wrong with them so far.
pub(super) struct Reading<'a> {
    layers: &'a Layers,
    /// The user's home.
    pub(super) home: Option<PathBuf>,
    /// What is wrong.
    pub(super) errors: Vec<ConfigError>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(layers: &'a Layers, home: Option<PathBuf>, errors: Vec<ConfigError>) -> Self {
        Self { layers, home, errors }
    }

    /// What is given of these options, which exclude each other, in the highest layer that has one;
    /// all of the same option.
    pub(super) fn chosen(&mut self, names: &[Name]) -> Vec<&'a Given> {
        let chosen = self.layers.chosen(names);
        self.ok(chosen).unwrap_or_default()
    }

    /// The option that is given among these, each of which may stand but once.
    pub(super) fn one(&mut self, names: &[Name]) -> Option<&'a Given> {
        self.chosen(names).into_iter().next()
    }

    /// An option's value, or its default.
    pub(super) fn parse<T>(
        &mut self,
        name: Name,
        default: T,
        parse: impl FnOnce(&Given) -> Result<T, ConfigError>,
    ) -> T {
        let value = self.one(&[name]).map(parse);
        value.and_then(|value| self.ok(value)).unwrap_or(default)
    }

    /// An option's values.
    pub(super) fn parse_many<T>(
        &mut self,
        name: Name,
        mut parse: impl FnMut(&Given) -> Result<T, ConfigError>,
    ) -> Vec<T> {
        let given = self.chosen(&[name]);
        given.into_iter().filter_map(|given| self.ok(parse(given))).collect()
    }

    /// A value; an error is noted.
    pub(super) fn ok<T>(&mut self, value: Result<T, ConfigError>) -> Option<T> {
        value.map_err(|error| self.errors.push(error)).ok()
    }
}
