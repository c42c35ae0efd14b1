//! The configuration file: TOML with the options' own names, `[pin]`, `[plugin.NAME]` and
//! `[wasm.NAME]`; or Qpid's `name=value`.
//!
//! Invariant: every error names the file, the line and the key.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::defaults::FILE_BYTES_MAX;
use super::error::ConfigError;
use super::given::{Given, Layer, Origin};
use super::known;
use super::name::{Arity, Name};
use super::name_value;
use super::plugins::{Pin, PluginTable};
use super::wasm::WasmTable;
use super::wasm_table;
use crate::plugin::Digest;

/// A configuration file, read.
#[derive(Debug, Default)]
pub(super) struct ConfigFile {
    /// Its options.
    pub(super) layer: Layer,
    /// `[pin]`: digests by file name.
    pub(super) pins: BTreeMap<String, Pin>,
    /// `[plugin.NAME]`.
    pub(super) tables: BTreeMap<String, PluginTable>,
    /// `[wasm.NAME]`.
    pub(super) wasm: BTreeMap<String, WasmTable>,
}

impl ConfigFile {
    /// Reads a file. What is wrong with it is added to `errors`: it can't be read, is too large, is
    /// no TOML, or says something that means nothing.
    pub(super) fn read(path: &Path, errors: &mut Vec<ConfigError>) -> Self {
        match text_of(path) {
            Ok(text) => Self::parse(path, &text, errors),
            Err(error) => {
                errors.push(error);
                Self::default()
            }
        }
    }

    fn parse(path: &Path, text: &str, errors: &mut Vec<ConfigError>) -> Self {
        let place = Place { path, text };
        let mut file = Self::default();
        // The parser finds some kinds of errors before others that stand above them.
        let (table, wrong) = DeTable::parse_recoverable(text);
        let start = |error: &toml::de::Error| error.span().unwrap_or(0..0).start;
        if let Some(first) = wrong.iter().min_by_key(|error| start(error)) {
            let line = place.line(first.span().unwrap_or(0..0));
            if path.extension().is_none_or(|it| it != "toml") && name_value::is_form_of(text, line)
            {
                file.layer = name_value::parse(path, text, errors);
            } else {
                let (path, reason) = (path.to_owned(), first.message().to_owned());
                errors.push(ConfigError::Syntax { path, line, reason });
            }
            return file;
        }
        let mut keys: Vec<_> = table.get_ref().iter().collect();
        keys.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in keys {
            if key.get_ref() == "wasm" {
                file.wasm = wasm_table::read(&place, key, value, errors);
            } else if let Err(error) = file.take(&place, key, value) {
                errors.push(error);
            }
        }
        file
    }

    fn take(
        &mut self,
        place: &Place<'_>,
        key: &Spanned<Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<(), ConfigError> {
        let name: &str = key.get_ref();
        let origin = place.origin(key.span(), name);
        match name {
            "pin" => self.pins = place.pins(value, &origin)?,
            "plugin" => self.tables = place.tables(value, &origin)?,
            _ => option(&mut self.layer, name, value.get_ref(), &origin)?,
        }
        Ok(())
    }
}

fn text_of(path: &Path) -> Result<String, ConfigError> {
    let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let found_bytes = file.metadata().map_err(unreadable)?.len();
    if found_bytes > FILE_BYTES_MAX {
        let (path, bytes_max) = (path.to_owned(), FILE_BYTES_MAX);
        return Err(ConfigError::TooLarge { path, found_bytes, bytes_max });
    }
    let mut text = String::new();
    file.take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(unreadable)?;
    Ok(text)
}

fn option(
    layer: &mut Layer,
    text: &str,
    value: &DeValue<'_>,
    origin: &Origin,
) -> Result<(), ConfigError> {
    let name = match known::option(text, origin)? {
        Name::Config => {
            return Err(ConfigError::Unknown { origin: origin.clone(), nearest: None });
        }
        name => name,
    };
    let values = match value {
        DeValue::Array(values) if name.arity() == Arity::Many => values.iter().collect(),
        _ => Vec::new(),
    };
    if values.is_empty() && !matches!(value, DeValue::Array(_)) {
        let value = scalar(value, origin)?;
        return layer.push(Given { name, value, origin: origin.clone() });
    }
    if name.arity() != Arity::Many {
        return Err(wrong_type(value, origin, "one value"));
    }
    for value in values {
        let value = scalar(value.get_ref(), origin)?;
        layer.push(Given { name, value, origin: origin.clone() })?;
    }
    Ok(())
}

/// A value as the text that the other layers would have.
pub(super) fn scalar(value: &DeValue<'_>, origin: &Origin) -> Result<String, ConfigError> {
    match value {
        DeValue::String(text) => Ok(text.clone().into_owned()),
        DeValue::Integer(number) => i128::from_str_radix(number.as_str(), number.radix())
            .map(|number| number.to_string())
            .map_err(|_| wrong_type(value, origin, "a smaller number")),
        DeValue::Boolean(yes) => Ok(if *yes { "yes" } else { "no" }.to_owned()),
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => {
            Err(wrong_type(value, origin, "a string, an integer or a boolean"))
        }
    }
}

pub(super) fn wrong_type(value: &DeValue<'_>, origin: &Origin, wanted: &str) -> ConfigError {
    let (origin, value) = (origin.clone(), value.type_str().to_owned());
    ConfigError::BadValue { origin, value, wanted: wanted.to_owned() }
}

/// Knows which line a byte stands in.
pub(super) struct Place<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Place<'_> {
    fn line(&self, span: Range<usize>) -> usize {
        let before = self.text.as_bytes().get(..span.start).unwrap_or_default();
        1 + before.iter().filter(|byte| **byte == b'\n').count()
    }

    pub(super) fn origin(&self, span: Range<usize>, key: &str) -> Origin {
        let path = PathBuf::from(self.path);
        Origin::File { path, line: self.line(span), column: None, key: key.into() }
    }

    /// The same with the column, for keys that may share a line.
    pub(super) fn exact(&self, span: Range<usize>, key: &str) -> Origin {
        let before = self.text.get(..span.start).unwrap_or_default();
        let in_line = before.rsplit('\n').next().unwrap_or_default();
        let column = u32::try_from(1 + in_line.chars().count()).ok();
        let (path, line) = (PathBuf::from(self.path), self.line(span));
        Origin::File { path, line, column, key: key.into() }
    }

    fn pins(
        &self,
        value: &Spanned<DeValue<'_>>,
        origin: &Origin,
    ) -> Result<BTreeMap<String, Pin>, ConfigError> {
        let DeValue::Table(table) = value.get_ref() else {
            return Err(wrong_type(value.get_ref(), origin, "a table of file names"));
        };
        let mut pins = BTreeMap::new();
        for (file, digest) in table {
            let origin = self.origin(file.span(), &format!("pin.{}", file.get_ref()));
            let value = scalar(digest.get_ref(), &origin)?;
            let Some(digest) = Digest::parse(&value) else {
                let wanted = "the SHA-256 of the file: 64 hexadecimal digits".to_owned();
                return Err(ConfigError::BadValue { origin, value, wanted });
            };
            pins.insert(file.get_ref().clone().into_owned(), Pin { digest, origin });
        }
        Ok(pins)
    }

    fn tables(
        &self,
        value: &Spanned<DeValue<'_>>,
        origin: &Origin,
    ) -> Result<BTreeMap<String, PluginTable>, ConfigError> {
        let DeValue::Table(table) = value.get_ref() else {
            return Err(wrong_type(value.get_ref(), origin, "tables such as [plugin.xml]"));
        };
        let mut tables = BTreeMap::new();
        for (name, value) in table {
            let origin = self.origin(name.span(), &format!("plugin.{}", name.get_ref()));
            let serde_json::Value::Object(configuration) = json(value.get_ref(), &origin)? else {
                return Err(wrong_type(value.get_ref(), &origin, "a table"));
            };
            let table = PluginTable { configuration, origin };
            tables.insert(name.get_ref().clone().into_owned(), table);
        }
        Ok(tables)
    }
}

/// A value as JSON; dates become strings.
fn json(value: &DeValue<'_>, origin: &Origin) -> Result<serde_json::Value, ConfigError> {
    use serde_json::Value;
    Ok(match value {
        DeValue::String(text) => Value::String(text.clone().into_owned()),
        DeValue::Boolean(yes) => Value::Bool(*yes),
        DeValue::Datetime(date) => Value::String(date.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map(Value::from)
            .map_err(|_| wrong_type(value, origin, "an integer of 64 bits"))?,
        DeValue::Float(number) => number
            .as_str()
            .parse()
            .ok()
            .and_then(serde_json::Number::from_f64)
            .map(Value::Number)
            .ok_or_else(|| wrong_type(value, origin, "a finite number"))?,
        DeValue::Array(values) => {
            let values = values.iter().map(|value| json(value.get_ref(), origin));
            Value::Array(values.collect::<Result<_, _>>()?)
        }
        DeValue::Table(table) => {
            let pairs = table.iter().map(|(key, value)| {
                Ok((key.get_ref().clone().into_owned(), json(value.get_ref(), origin)?))
            });
            Value::Object(pairs.collect::<Result<_, ConfigError>>()?)
        }
    })
}
