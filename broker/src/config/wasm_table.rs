//! Reads `[wasm.NAME]`.
//!
//! Invariant: all that is wrong is noted with its line and column, for an inline table holds many
//! keys in one line.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::defaults;
use super::error::ConfigError;
use super::file::{Place, scalar, wrong_type};
use super::given::Origin;
use super::memory::bytes;
use super::name::nearest;
use super::wasi::Wasi;
use super::wasm::{OnFailure, WasmSettings, WasmTable};
use super::wasm_grants::Grants;

type Key<'a> = Spanned<Cow<'a, str>>;
type Parsed<T> = Result<T, ConfigError>;

/// The tables by their names; what is wrong is added to `errors`.
pub(super) fn read(
    place: &Place<'_>,
    key: &Key<'_>,
    value: &Spanned<DeValue<'_>>,
    errors: &mut Vec<ConfigError>,
) -> BTreeMap<String, WasmTable> {
    let DeValue::Table(tables) = value.get_ref() else {
        let origin = place.exact(key.span(), "wasm");
        errors.push(wrong_type(value.get_ref(), &origin, "tables such as [wasm.geo]"));
        return BTreeMap::new();
    };
    let mut read = BTreeMap::new();
    for (name, value) in tables {
        let key = format!("wasm.{}", name.get_ref());
        let origin = place.exact(name.span(), &key);
        match value.get_ref() {
            DeValue::Table(keys) => {
                let table = table(place, &key, keys, origin, errors);
                read.insert(name.get_ref().clone().into_owned(), table);
            }
            other => errors.push(wrong_type(other, &origin, "a table")),
        }
    }
    read
}

fn table(
    place: &Place<'_>,
    name: &str,
    keys: &DeTable<'_>,
    origin: Origin,
    errors: &mut Vec<ConfigError>,
) -> WasmTable {
    let mut table = WasmTable { settings: WasmSettings::default(), given: BTreeMap::new(), origin };
    for (key, value) in keys {
        let text: &str = key.get_ref();
        let origin = place.exact(key.span(), &format!("{name}.{text}"));
        let known = table.settings.shown().into_iter().map(|(key, _)| key);
        let Some(known) = known.clone().find(|known| *known == text) else {
            errors.push(ConfigError::Unknown {
                origin,
                nearest: nearest(text, known, text.len().min(4)),
            });
            continue;
        };
        let (granted, value) = (format!("{name}.{text}"), value.get_ref());
        let grants = Grants { place, name: granted, origin: &origin, value };
        match known {
            "files" => table.settings.files = grants.files(errors),
            "http" => table.settings.http = grants.endpoints(errors),
            _ => {}
        }
        let entry = Entry { origin: &origin, value };
        if let Err(error) = entry.apply(known, &mut table.settings) {
            errors.push(error);
        }
        table.given.insert(known, origin);
    }
    let sees_variables = table.settings.wasi.contains(&Wasi::Environment);
    if let Some(origin) = table.given.get("environment").filter(|_| !sees_variables) {
        errors.push(ConfigError::BadValue {
            origin: origin.clone(),
            value: "variables".to_owned(),
            wanted: "wasi = [\"environment\"] beside them".to_owned(),
        });
    }
    table
}

/// A key with its value.
struct Entry<'a> {
    origin: &'a Origin,
    value: &'a DeValue<'a>,
}

impl Entry<'_> {
    fn apply(&self, key: &str, settings: &mut WasmSettings) -> Parsed<()> {
        match key {
            "memory_bytes_max" => settings.memory_bytes_max = self.memory_bytes()?,
            "call_ms_max" => {
                settings.call_ms_max = self.number(1..=defaults::WASM_CALL_MS_BOUND)?
            }
            "create_ms_max" => {
                settings.create_ms_max = self.number(1..=defaults::WASM_CREATE_MS_BOUND)?;
            }
            "instances_max" => {
                settings.instances_max = self.number(0..=defaults::WORKER_THREADS_BOUND)?;
            }
            "traps_max" => settings.traps_max = self.number(1..=u32::MAX)?,
            "files" | "http" => {}
            "retry_ms" => settings.retry_ms = self.number(1..=defaults::WASM_RETRY_MS_BOUND)?,
            "wasi" => settings.wasi = self.wasi()?,
            "environment" => settings.environment = self.variables()?,
            _ => settings.on_failure = self.on_failure()?,
        }
        Ok(())
    }

    fn number<T>(&self, range: RangeInclusive<T>) -> Parsed<T>
    where
        T: FromStr + PartialOrd + Display,
    {
        let text = scalar(self.value, self.origin)?;
        text.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
            self.bad_value(text, format!("a number from {} to {}", range.start(), range.end()))
        })
    }

    fn memory_bytes(&self) -> Parsed<u64> {
        let text = scalar(self.value, self.origin)?;
        let range = defaults::WASM_MEMORY_BYTES_MIN..=defaults::WASM_MEMORY_BYTES_BOUND;
        bytes(&text).filter(|bytes| range.contains(bytes)).ok_or_else(|| {
            self.bad_value(text, "bytes such as 67108864 or 64M, from 64k to 4G".to_owned())
        })
    }

    fn on_failure(&self) -> Parsed<OnFailure> {
        let text = scalar(self.value, self.origin)?;
        let found = OnFailure::ALL.into_iter().find(|one| one.name() == text);
        found.ok_or_else(|| self.bad_value(text, "reject, pass or no-match".to_owned()))
    }

    fn wasi(&self) -> Parsed<BTreeSet<Wasi>> {
        let wanted = || Wasi::ALL.map(|wasi| format!("\"{}\"", wasi.name())).join(", ");
        let DeValue::Array(words) = self.value else {
            return Err(wrong_type(self.value, self.origin, &format!("a list of {}", wanted())));
        };
        let word = |word: &Spanned<DeValue<'_>>| {
            let text = scalar(word.get_ref(), self.origin)?;
            let found = Wasi::ALL.into_iter().find(|wasi| wasi.name() == text);
            found.ok_or_else(|| self.bad_value(text, format!("a list of {}", wanted())))
        };
        words.iter().map(word).collect()
    }

    fn variables(&self) -> Parsed<BTreeMap<String, String>> {
        let DeValue::Table(variables) = self.value else {
            let wanted = "a table such as { TZ = \"UTC\" }";
            return Err(wrong_type(self.value, self.origin, wanted));
        };
        let variables = variables.iter().map(|(name, value)| {
            let value = scalar(value.get_ref(), self.origin)?;
            Ok((name.get_ref().clone().into_owned(), value))
        });
        variables.collect()
    }

    fn bad_value(&self, value: String, wanted: String) -> ConfigError {
        ConfigError::BadValue { origin: self.origin.clone(), value, wanted }
    }
}
