//! A binding as `--bind` says it: `{"key": "news.#", "arguments": {"x-match": "all"}}`.

use philter_plugin_api::{Binding, BindingId, Destination, MapRef, Protocol};
use serde_json::Value as Json;

use super::recorded::{Fault, value};

/// A binding that an exchange is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BindingText {
    key: String,
    queue: Option<String>,
    arguments: Vec<u8>,
}

impl BindingText {
    /// Reads an object with `key`, `arguments` and `queue`, each of which may be left out.
    ///
    /// # Errors
    /// The field, what was found and what is wanted.
    pub(crate) fn read(text: &str) -> Result<Self, Fault> {
        let json = serde_json::from_str::<Json>(text)
            .map_err(|error| Fault::new(format!("no JSON: {error}")))?;
        let mut binding = Self::default();
        for (name, field) in value::object(&json)? {
            match name.as_str() {
                "key" => binding.key = value::text(field).map_err(|it| it.in_field(name))?,
                "queue" => {
                    binding.queue = Some(value::text(field).map_err(|it| it.in_field(name))?);
                }
                "arguments" => {
                    binding.arguments = value::map(field).map_err(|it| it.in_field(name))?;
                }
                _ => return Err(Fault::unknown(name, &["key", "arguments", "queue"])),
            }
        }
        Ok(binding)
    }

    /// The binding with this id, to the queue `q` and the id's digits where none was named, handed
    /// to `give`.
    pub(crate) fn with<T>(&self, id: BindingId, give: impl FnOnce(&Binding<'_>) -> T) -> T {
        let queue = self.queue.clone().unwrap_or_else(|| format!("q{}", id.0));
        give(&Binding {
            id,
            destination: Destination::Queue(&queue),
            key: &self.key,
            arguments: MapRef::parse(&self.arguments).unwrap_or_default(),
            declared_by: Protocol::V0_10,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_a_key_arguments_and_a_queue_of_its_number() {
        let read = BindingText::read(r#"{"key": "a.#", "arguments": {"x-match": "all"}}"#).unwrap();
        read.with(BindingId(7), |binding| {
            assert_eq!((binding.id, binding.key), (BindingId(7), "a.#"));
            assert_eq!(binding.destination, Destination::Queue("q7"));
            assert_eq!(binding.argument("x-match").and_then(|it| it.as_str()), Some("all"));
        });
        let named = BindingText::read(r#"{"queue": "orders"}"#).unwrap();
        named.with(BindingId(1), |binding| {
            assert_eq!(binding.destination, Destination::Queue("orders"));
            assert!(binding.arguments.is_empty());
        });
    }

    #[test]
    fn a_field_that_is_none_is_named_with_those_that_are() {
        let error = |text| BindingText::read(text).unwrap_err().to_string();
        assert_eq!(error(r#"{"kye": ""}"#), "kye: no such field; there are key, arguments, queue");
        assert_eq!(error("[]"), "[] is no object");
        assert!(error("").starts_with("no JSON: "));
    }
}
