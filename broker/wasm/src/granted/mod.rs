//! What an operator grants a component by name: files and endpoints. Only components have them that
//! no message waits for.
//!
//! Invariants:
//! - a name leads to what the settings say, and nothing that a plugin says leads elsewhere;
//! - where a call may not wait nothing of this does anything;
//! - no exchange and no filter has any of it.

mod endpoint;
mod files;
mod http;

use std::collections::BTreeMap;
use std::path::PathBuf;

use philter_plugin_api::Kind;
use wasmtime::component::Linker;

use crate::contract::{self, GuestError, GuestErrorKind};
use crate::error::OpenError;
use crate::host::{self, State};
use crate::limits::GRANT_NAME_BYTES_MAX;
use crate::settings::Settings;
use endpoint::Endpoint;

/// The kinds of plugins that may be granted something.
const KINDS: [Kind; 1] = [Kind::Auth];

/// An interface that is granted.
struct Granted {
    interface: &'static str,
    /// Which setting grants it.
    setting: &'static str,
    is_granted: fn(&Settings) -> bool,
}

const INTERFACES: [Granted; 2] = [
    Granted {
        interface: files::INTERFACE,
        setting: "files = { NAME = \"PATH\" }",
        is_granted: |settings| !settings.files.is_empty(),
    },
    Granted {
        interface: http::INTERFACE,
        setting: "http = { NAME = { url = \"https://…\" } }",
        is_granted: |settings| !settings.http.is_empty(),
    },
];

/// What a component is granted, ready to be used.
#[derive(Default)]
pub(crate) struct Grants {
    files: BTreeMap<String, PathBuf>,
    endpoints: BTreeMap<String, Endpoint>,
}

impl Grants {
    /// Those of these settings.
    ///
    /// # Errors
    /// A grant that is none, by its name.
    pub(crate) fn new(settings: &Settings, plugin: &str) -> Result<Self, OpenError> {
        let bad = |grant, name: &str, reason| OpenError::BadGrant {
            plugin: plugin.to_owned(),
            grant,
            name: name.to_owned(),
            reason,
        };
        for (name, path) in &settings.files {
            check_name(name).map_err(|reason| bad("files", name, reason))?;
            if !path.is_absolute() {
                let reason = format!("{} is no absolute path", path.display());
                return Err(bad("files", name, reason));
            }
        }
        let mut endpoints = BTreeMap::new();
        for (name, endpoint) in &settings.http {
            let made = check_name(name).and_then(|()| Endpoint::new(endpoint));
            let made = made.map_err(|reason| bad("http", name, reason))?;
            endpoints.insert(name.clone(), made);
        }
        Ok(Self { files: settings.files.clone(), endpoints })
    }
}

/// The interfaces that a component of these kinds has beside those that all have.
pub(crate) fn interfaces(kinds: &[Kind], settings: &Settings) -> Vec<&'static str> {
    if !may_be_granted(kinds) {
        return Vec::new();
    }
    let granted = INTERFACES.iter().filter(|granted| (granted.is_granted)(settings));
    granted.map(|granted| granted.interface).collect()
}

/// What to do for a component of these kinds to be granted an interface in this table.
pub(crate) fn remedy(kinds: &[Kind], import: &str, table: &str) -> String {
    match INTERFACES.iter().find(|granted| contract::is_same(granted.interface, import)) {
        Some(_) if !may_be_granted(kinds) => {
            "an exchange or a filter is never granted it, because messages would wait for it"
                .to_owned()
        }
        Some(granted) => format!("'{}' in its table {table} grants it", granted.setting),
        None => format!("no setting grants that; every component is granted {}", host::INTERFACE),
    }
}

/// Adds all of it, whatever a component imports.
pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    files::link(linker)?;
    http::link(linker)
}

fn may_be_granted(kinds: &[Kind]) -> bool {
    kinds.iter().all(|kind| KINDS.contains(kind))
}

/// Whether a grant may have this name.
fn check_name(name: &str) -> Result<(), String> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let is_name = (1..=GRANT_NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(is_allowed);
    if is_name {
        return Ok(());
    }
    Err(format!("a name has 1 to {GRANT_NAME_BYTES_MAX} of A-Z a-z 0-9 . _ -"))
}

/// A call that may not wait asked for something.
fn not_now(interface: &str) -> GuestError {
    let text = format!("'{interface}' answers in create, start, step, authorize and command alone");
    GuestError::new(GuestErrorKind::Unsupported, text)
}

/// The operator named nothing of this name.
fn not_named(what: &str, name: &str, setting: &str) -> GuestError {
    let text = format!("no {what} '{name}' is granted: '{setting}' of its table has none");
    GuestError::new(GuestErrorKind::Unauthorized, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_word() {
        assert!(check_name("idp.keys_2-a").is_ok());
        for name in ["", "a b", "a/b", "é", &"x".repeat(128)] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_grant_that_is_none_is_named() {
        let bad = |json: &str| {
            let settings: Settings = serde_json::from_str(json).unwrap();
            Grants::new(&settings, "p").err().map(|error| error.to_string()).unwrap_or_default()
        };
        assert_eq!(bad(r#"{"files": {"a": "/b"}, "http": {"a": {"url": "https://b"}}}"#), "");
        let relative = bad(r#"{"files": {"keys": "keys.json"}}"#);
        assert_eq!(relative, "plugin 'p': files 'keys': keys.json is no absolute path");
        assert!(bad(r#"{"http": {"a b": {"url": "https://b"}}}"#).contains("a name has 1 to 127"));
        let scheme = bad(r#"{"http": {"a": {"url": "ftp://b"}}}"#);
        assert!(scheme.starts_with("plugin 'p': http 'a': "), "{scheme}");
        let missing = bad(r#"{"http": {"a": {"url": "https://b", "ca_file": "/no/such"}}}"#);
        assert!(missing.contains("/no/such: "), "{missing}");
    }

    #[test]
    fn nothing_is_granted_where_messages_would_wait() {
        let json = r#"{"files": {"a": "/b"}, "http": {"a": {"url": "https://b"}}}"#;
        let settings: Settings = serde_json::from_str(json).unwrap();
        assert_eq!(interfaces(&[Kind::Auth], &settings).len(), 2);
        assert!(interfaces(&[Kind::Auth], &Settings::default()).is_empty());
        assert!(interfaces(&[Kind::Filter], &settings).is_empty());
        assert!(interfaces(&[Kind::Auth, Kind::Exchange], &settings).is_empty());
    }
}
