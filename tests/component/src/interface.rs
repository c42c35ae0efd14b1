//! An interface of a component: its core module, and what lifts it.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::json;

use crate::entry::{
    AUTH, AUTH_TYPES, Answer, EXCHANGE, Entry, FILTER, FILTER_TYPES, OwnType, STORE, STORE_TYPES,
};
use crate::grant::Grant;

/// Where the description of the first interface stands, and how far that of the next one is away.
const DESCRIPTION_START: usize = 4096;
const DESCRIPTION_BYTES: usize = 61_440;

const IMPORTS: &str = include_str!("wat/imports.wat");
const SHIM_TYPES: &str = include_str!("wat/shim_types.wat");

/// An interface that a component exports.
#[derive(Clone, Debug)]
pub(crate) struct Interface {
    name: &'static str,
    entries: &'static [Entry],
    own_types: &'static [OwnType],
    default_code: &'static str,
    type_name: String,
    bodies: BTreeMap<&'static str, String>,
    pub(crate) code: String,
    pub(crate) description: Option<Vec<u8>>,
    pub(crate) export: String,
}

impl Interface {
    pub(crate) fn filter(type_name: &str) -> Self {
        let code = include_str!("wat/filter.wat");
        Self::new("plugin/filter@1.0.0", FILTER, FILTER_TYPES, code, type_name)
    }

    pub(crate) fn exchange(type_name: &str) -> Self {
        let code = include_str!("wat/exchange.wat");
        Self::new("plugin/exchange@1.0.0", EXCHANGE, &[], code, type_name)
    }

    pub(crate) fn auth(type_name: &str) -> Self {
        let code = include_str!("wat/auth.wat");
        Self::new("auth/auth@0.1.0", AUTH, AUTH_TYPES, code, type_name)
    }

    pub(crate) fn store(type_name: &str) -> Self {
        let code = include_str!("wat/store.wat");
        Self::new("store/store@0.1.0", STORE, STORE_TYPES, code, type_name)
    }

    /// Whether it is given a map.
    pub(crate) fn has_map(&self) -> bool {
        self.name == "store"
    }

    fn new(
        full_name: &'static str,
        entries: &'static [Entry],
        own_types: &'static [OwnType],
        default_code: &'static str,
        type_name: &str,
    ) -> Self {
        let name = full_name.split(['/', '@']).nth(1).expect("package, name and version");
        Self {
            name,
            entries,
            own_types,
            default_code,
            type_name: type_name.to_owned(),
            bodies: BTreeMap::new(),
            code: String::new(),
            description: None,
            export: format!("philter:{full_name}"),
        }
    }

    pub(crate) fn set_body(&mut self, name: &str, body: &str) {
        let entry = self.entries.iter().find(|entry| entry.name == name);
        let entry = entry.unwrap_or_else(|| panic!("'{}' has no entry '{name}'", self.name));
        self.bodies.insert(entry.name, body.to_owned());
    }

    /// Everything of it, as the part of this number; `own` are core imports of the test's.
    pub(crate) fn text(&self, number: usize, grants: &[Grant], own: &str) -> String {
        let core = self.core_module(number, grants, own);
        [core, self.lifted(), self.shim(), self.exported()].concat()
    }

    fn core_module(&self, number: usize, grants: &[Grant], own: &str) -> String {
        let (name, at) = (self.name, DESCRIPTION_START + number * DESCRIPTION_BYTES);
        let description = self.description.clone().unwrap_or_else(|| self.default_description());
        let bytes = description.len();
        assert!(bytes < DESCRIPTION_BYTES - 16, "a description of {bytes} bytes");
        let place = [at + 8, bytes].map(|number| u32::try_from(number).expect("it fits"));
        let place: Vec<u8> = place.into_iter().flat_map(u32::to_le_bytes).collect();
        let functions: String = self.entries.iter().map(|entry| self.function(entry)).collect();
        let (default_code, code) = (self.default_code, &self.code);
        let granted: String = grants.iter().map(|grant| grant.core_import()).collect();
        let with: String = grants.iter().map(|grant| grant.with()).collect();
        let map = if self.has_map() { " (with \"map\" (instance $core-map))" } else { "" };
        format!(
            "  (core module ${name}-module\n{IMPORTS}\n{granted}{own}{default_code}\
             \n    (data (i32.const {at}) \"{place}{description}\")\
             \n    (func $default-describe (result i32) (i32.const {at}))\
             \n{functions}{code}\n  )\
             \n  (core instance ${name}-core (instantiate ${name}-module\
             \n    (with \"memory\" (instance $memory))\
             \n    (with \"host\" (instance $core-host)){map}\
             \n    (with \"own\" (instance $core-own)){with}))\n",
            place = escaped(&place),
            description = escaped(&description),
        )
    }

    fn function(&self, entry: &Entry) -> String {
        let (name, kind) = (entry.name, entry.core_type());
        let body = self.bodies.get(name).cloned().unwrap_or_else(|| entry.default_body());
        format!("    (func ${name} (export \"{name}\") {kind}\n      {body})\n")
    }

    fn default_description(&self) -> Vec<u8> {
        let is_there =
            |entry: &&Entry| entry.name == "inspect" || self.bodies.contains_key(entry.name);
        let there = self.entries.iter().filter(is_there).filter_map(Entry::optional_name);
        let mut entries: Vec<_> = there.collect();
        entries.sort_unstable();
        let mut description = json!({
            "name": self.type_name,
            "version": "1.0.0",
            "licence": "MIT",
            "type": self.type_name,
            "configuration-schema": {"type": "object"},
            "entries": entries,
        });
        let object = description.as_object_mut().filter(|_| self.bodies.contains_key("command"));
        object.map(|object| object.insert("subcommand".to_owned(), json!(self.type_name)));
        description.to_string().into_bytes()
    }

    /// The functions of the component, made from those of the core module.
    fn lifted(&self) -> String {
        let interface = self.name;
        let mut text = String::new();
        for (name, kind) in self.own_types {
            let kind = kind.replace("{s}", "");
            added(&mut text, format_args!("  (type ${name} {kind})\n"));
        }
        for entry in self.entries {
            let (name, kind) = (entry.name, entry.component_type(""));
            let forget = if entry.answer == Answer::Nothing { "forget" } else { "forget-answer" };
            let lift = format!(
                "(canon lift (core func ${interface}-core \"{name}\")\
                 \n    (memory $linear) (realloc $realloc) string-encoding=utf8\
                 \n    (post-return ${forget}))"
            );
            added(&mut text, format_args!("  (func ${interface}-{name} {kind}\n    {lift})\n"));
        }
        text
    }

    /// A component that names the types of the functions, which an instance cannot by itself.
    fn shim(&self) -> String {
        let mut text = format!("  (component ${}-shim\n{SHIM_TYPES}", self.name);
        for (name, kind) in self.own_types {
            let kind = kind.replace("{s}", "");
            added(
                &mut text,
                format_args!(
                    "    (type ${name}' {kind})\
                     \n    (import \"{name}\" (type ${name} (eq ${name}')))\n"
                ),
            );
        }
        for entry in self.entries {
            let (name, kind) = (entry.name, entry.component_type(""));
            added(&mut text, format_args!("    (import \"of-{name}\" (func ${name} {kind}))\n"));
        }
        text.push_str("    (export $error-out \"error\" (type $error))\n");
        text.push_str(
            "    (export $command-output-out \"command-output\" (type $command-output))\n",
        );
        for (name, kind) in self.own_types {
            let kind = kind.replace("{s}", "-out");
            added(
                &mut text,
                format_args!(
                    "    (type ${name}-out' {kind})\
                     \n    (export ${name}-out \"{name}\" (type ${name}-out'))\n"
                ),
            );
        }
        for entry in self.entries {
            let (name, kind) = (entry.name, entry.component_type("-out"));
            added(
                &mut text,
                format_args!("    (export \"{name}\" (func ${name}) (func {kind}))\n"),
            );
        }
        text.push_str("  )\n");
        text
    }

    fn exported(&self) -> String {
        let (interface, export) = (self.name, &self.export);
        let mut text = format!("  (instance ${interface}-out (instantiate ${interface}-shim\n");
        let mut types = vec!["error-kind", "place", "error", "command-output"];
        types.extend(self.own_types.iter().map(|(name, _)| name));
        for name in types {
            added(&mut text, format_args!("    (with \"{name}\" (type ${name}))\n"));
        }
        for Entry { name, .. } in self.entries {
            let with = format_args!("    (with \"of-{name}\" (func ${interface}-{name}))\n");
            added(&mut text, with);
        }
        added(
            &mut text,
            format_args!("  ))\n  (export \"{export}\" (instance ${interface}-out))\n"),
        );
        text
    }
}

fn added(text: &mut String, more: std::fmt::Arguments<'_>) {
    text.write_fmt(more).expect("a string takes everything");
}

/// Bytes as a string of WAT: what is no plain letter by its number.
fn escaped(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        match byte {
            b'"' => text.push_str("\\\""),
            b' '..=b'~' if *byte != b'\\' => text.push(char::from(*byte)),
            _ => added(&mut text, format_args!("\\{byte:02x}")),
        }
    }
    text
}
