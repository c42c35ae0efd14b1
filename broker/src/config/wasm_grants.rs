//! Reads what `[wasm.NAME]` grants by name: `files` and `http`.
//!
//! Invariant: what is wrong is noted where it stands, and what is right beside it is read all the
//! same.

use std::collections::BTreeMap;
use std::path::PathBuf;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::defaults;
use super::error::ConfigError;
use super::file::{Place, scalar, wrong_type};
use super::given::Origin;
use super::memory::bytes;
use super::name::nearest;
use super::wasm::Endpoint;

/// The keys of an endpoint.
const KEYS: [&str; 4] = ["url", "timeout_ms", "response_bytes_max", "ca_file"];

/// A value and where it stands.
pub(super) struct Grants<'a> {
    pub(super) place: &'a Place<'a>,
    /// `wasm.NAME.files`, say.
    pub(super) name: String,
    pub(super) origin: &'a Origin,
    pub(super) value: &'a DeValue<'a>,
}

impl<'a> Grants<'a> {
    /// Paths by their names.
    pub(super) fn files(&self, errors: &mut Vec<ConfigError>) -> BTreeMap<String, PathBuf> {
        let wanted = "a table such as { keys = \"/etc/philter/keys.json\" }";
        let mut files = BTreeMap::new();
        for (name, origin, value) in self.named(wanted, errors) {
            match path(value.get_ref(), &origin) {
                Ok(path) => drop(files.insert(name, path)),
                Err(error) => errors.push(error),
            }
        }
        files
    }

    /// Endpoints by their names.
    pub(super) fn endpoints(&self, errors: &mut Vec<ConfigError>) -> BTreeMap<String, Endpoint> {
        let wanted = "a table such as { idp = { url = \"https://idp.example\" } }";
        let mut endpoints = BTreeMap::new();
        for (name, origin, value) in self.named(wanted, errors) {
            let DeValue::Table(keys) = value.get_ref() else {
                let wanted = "a table such as { url = \"https://idp.example\" }";
                errors.push(wrong_type(value.get_ref(), &origin, wanted));
                continue;
            };
            if let Some(endpoint) = self.endpoint(&name, keys, &origin, errors) {
                endpoints.insert(name, endpoint);
            }
        }
        endpoints
    }

    fn endpoint(
        &self,
        name: &str,
        keys: &DeTable<'_>,
        origin: &Origin,
        errors: &mut Vec<ConfigError>,
    ) -> Option<Endpoint> {
        let mut endpoint = Endpoint::default();
        for (key, value) in keys {
            let text: &str = key.get_ref();
            let origin = self.place.exact(key.span(), &format!("{}.{name}.{text}", self.name));
            let value = value.get_ref();
            let read = match text {
                "url" => url(value, &origin).map(|url| endpoint.url = url),
                "timeout_ms" => {
                    timeout_ms(value, &origin).map(|timeout_ms| endpoint.timeout_ms = timeout_ms)
                }
                "response_bytes_max" => {
                    body_bytes(value, &origin).map(|bytes| endpoint.response_bytes_max = bytes)
                }
                "ca_file" => path(value, &origin).map(|path| endpoint.ca_file = Some(path)),
                _ => Err(ConfigError::Unknown {
                    origin,
                    nearest: nearest(text, KEYS.into_iter(), 4),
                }),
            };
            errors.extend(read.err());
        }
        if keys.iter().any(|(key, _)| key.get_ref() == "url") {
            return Some(endpoint);
        }
        let (origin, wanted) = (origin.clone(), "a key url".to_owned());
        errors.push(ConfigError::BadValue { origin, value: "no url".to_owned(), wanted });
        None
    }

    /// The entries of a table whose names are words.
    fn named(
        &self,
        wanted: &str,
        errors: &mut Vec<ConfigError>,
    ) -> Vec<(String, Origin, &'a Spanned<DeValue<'a>>)> {
        let DeValue::Table(table) = self.value else {
            errors.push(wrong_type(self.value, self.origin, wanted));
            return Vec::new();
        };
        let mut named = Vec::new();
        for (key, value) in table {
            let name = key.get_ref().clone().into_owned();
            let origin = self.place.exact(key.span(), &format!("{}.{name}", self.name));
            if is_name(&name) {
                named.push((name, origin, value));
            } else {
                let wanted = "a name of 1 to 127 of A-Z a-z 0-9 . _ -".to_owned();
                errors.push(ConfigError::BadValue { origin, value: name, wanted });
            }
        }
        named
    }
}

fn is_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=defaults::WASM_GRANT_NAME_BYTES_BOUND).contains(&name.len())
        && name.bytes().all(is_allowed)
}

fn path(value: &DeValue<'_>, origin: &Origin) -> Result<PathBuf, ConfigError> {
    let DeValue::String(text) = value else {
        return Err(wrong_type(value, origin, "an absolute path"));
    };
    let path = PathBuf::from(&**text);
    if path.is_absolute() {
        return Ok(path);
    }
    Err(bad(origin, text, "an absolute path".to_owned()))
}

/// Whether it leads anywhere is said when the component is opened.
fn url(value: &DeValue<'_>, origin: &Origin) -> Result<String, ConfigError> {
    let wanted = "https://HOST/PATH or http://HOST/PATH";
    let DeValue::String(text) = value else { return Err(wrong_type(value, origin, wanted)) };
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let is_plain = |letter: char| letter.is_ascii_graphic() && !"?#@\\".contains(letter);
    if host.is_empty() || !text.chars().all(is_plain) {
        return Err(bad(origin, text, wanted.to_owned()));
    }
    Ok(text.clone().into_owned())
}

fn timeout_ms(value: &DeValue<'_>, origin: &Origin) -> Result<u64, ConfigError> {
    let text = scalar(value, origin)?;
    let range = 1..=defaults::WASM_HTTP_TIMEOUT_MS_BOUND;
    text.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
        bad(origin, &text, format!("a number from {} to {}", range.start(), range.end()))
    })
}

fn body_bytes(value: &DeValue<'_>, origin: &Origin) -> Result<u64, ConfigError> {
    let text = scalar(value, origin)?;
    let range = 1..=defaults::WASM_HTTP_RESPONSE_BYTES_BOUND;
    bytes(&text)
        .filter(|bytes| range.contains(bytes))
        .ok_or_else(|| bad(origin, &text, "bytes such as 1048576 or 1M, from 1 to 64M".to_owned()))
}

fn bad(origin: &Origin, value: &str, wanted: String) -> ConfigError {
    ConfigError::BadValue { origin: origin.clone(), value: value.to_owned(), wanted }
}
