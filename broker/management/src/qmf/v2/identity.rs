//! Who an agent is: vendor, product and instance, joined to its name and its part of routing keys.

use super::content::{MapWriter, put_text};

/// An agent's name, `vendor:product:instance`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    vendor: String,
    product: String,
    instance: String,
    name: String,
    key: String,
}

/// Why three words are no identity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// A colon separates the words of a name.
    #[error("a colon in the agent's vendor, product or instance: {0}")]
    Colon(String),
}

impl Identity {
    /// An agent's identity; `instance` is empty or tells it from others of the product.
    ///
    /// # Errors
    /// A colon in one of the words.
    pub fn new(vendor: &str, product: &str, instance: &str) -> Result<Self, IdentityError> {
        if let Some(word) = [vendor, product, instance].iter().find(|word| word.contains(':')) {
            return Err(IdentityError::Colon((*word).to_owned()));
        }
        let mut key = format!("{}.{}", key_word(vendor), key_word(product));
        if !instance.is_empty() {
            key.push('.');
            key.push_str(&key_word(instance));
        }
        Ok(Self {
            vendor: vendor.to_owned(),
            product: product.to_owned(),
            instance: instance.to_owned(),
            name: format!("{vendor}:{product}:{instance}"),
            key,
        })
    }

    /// `vendor:product:instance`: a key on `qmf.default.direct` by which the agent is reached.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The end of the routing keys of what the agent broadcasts.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// Writes `_vendor`, `_product`, `_instance` and `_name`.
    pub(super) fn put(&self, map: &mut MapWriter<'_>) {
        map.entry("_vendor", |into| put_text(into, &self.vendor));
        map.entry("_product", |into| put_text(into, &self.product));
        map.entry("_instance", |into| put_text(into, &self.instance));
        map.entry("_name", |into| put_text(into, &self.name));
    }
}

/// A name as one word of a routing key: without dots, which would separate words.
pub(super) fn key_word(name: &str) -> String {
    name.replace('.', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_in_names_are_no_ends_of_words() {
        let identity = Identity::new("apache.org", "qpidd", "a.b").unwrap();
        assert_eq!(identity.name(), "apache.org:qpidd:a.b");
        assert_eq!(identity.key(), "apache_org.qpidd.a_b");
        assert_eq!(Identity::new("v", "p", "").unwrap().key(), "v.p");
    }

    #[test]
    fn rejects_colons() {
        let error = Identity::new("v", "p:q", "i").unwrap_err();
        assert_eq!(error, IdentityError::Colon("p:q".to_owned()));
    }
}
