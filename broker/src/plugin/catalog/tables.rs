//! Each `[plugin.X]` against the schema of each type that it is for.

use std::collections::BTreeMap;

use super::Catalog;
use crate::config::Config;
use crate::plugin::FactoryDescription;
use crate::plugin::configuration::{self, Fault, SCHEMA_TIME_MAX};
use crate::plugin::named::file_name;

/// What the operator said to plugins and they do not take.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{}", lines.join("\n"))]
pub(crate) struct WrongTables {
    /// One line a mistake: where it stands, what is wrong, and who says so.
    pub(crate) lines: Vec<String>,
}

impl Catalog {
    /// Whether types take what the tables say that are for them. `unchecked` is told of each type
    /// of which that can't be said, for its schema is none.
    ///
    /// # Errors
    /// All that they do not take.
    pub(crate) fn check_tables(
        &self,
        config: &Config,
        mut unchecked: impl FnMut(String),
    ) -> Result<(), WrongTables> {
        let mut wrong: BTreeMap<(String, Fault), Vec<String>> = BTreeMap::new();
        for (plugin, index, factory) in self.factories() {
            let FactoryDescription { kind, type_name, configuration_schema: schema, .. } = factory;
            let file = file_name(&plugin.path);
            let table = configuration::table(&config.plugins, type_name, &file);
            let Some((table, whole)) = table.zip(plugin.configurations.get(index)) else {
                continue;
            };
            let (origin, whose) =
                (table.origin.to_string(), format!("{} '{type_name}'", kind.name()));
            let faults = match plugin.sandbox() {
                None => configuration::faults(whole, schema),
                Some(_) => configuration::faults_in_time(whole, schema, SCHEMA_TIME_MAX),
            };
            match faults {
                Ok(faults) => faults.into_iter().for_each(|fault| {
                    wrong.entry((origin.clone(), fault)).or_default().push(whose.clone());
                }),
                Err(why) => {
                    unchecked(format!("{origin}: not checked: the schema of {whose}: {why}"))
                }
            }
        }
        if wrong.is_empty() {
            return Ok(());
        }
        let lines = wrong.into_iter().map(|((origin, Fault { place, text }), whom)| {
            format!("{origin}{place}: {text} ({})", whom.join(", "))
        });
        Err(WrongTables { lines: lines.collect() })
    }
}
