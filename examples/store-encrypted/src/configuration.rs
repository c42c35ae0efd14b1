//! The store's configuration, parsed once.

use philter_plugin_api::{Error, Result};
use serde::Deserialize;
use zeroize::Zeroizing;

/// JSON Schema of [`Configuration`].
pub(crate) const SCHEMA: &str = r#"{
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "key": {
      "type": "string",
      "pattern": "^[0-9A-Fa-f]{64}$",
      "description": "The key: 32 bytes in hex. Either this or a passphrase"
    },
    "passphrase": {
      "type": "string",
      "minLength": 12,
      "description": "What the key is made of, by Argon2id; each start takes a moment for that"
    },
    "bytes_max": {
      "type": "integer",
      "minimum": 1,
      "description": "Bytes to keep, overhead included; beyond that publishers are held back"
    }
  }
}"#;

/// Letters of a passphrase at least; what is shorter is guessed.
const PASSPHRASE_LETTERS_MIN: usize = 12;

/// Where the key comes from.
pub(crate) enum Secret {
    /// It is this.
    Key(Zeroizing<[u8; 32]>),
    /// It is made of this.
    Passphrase(Zeroizing<String>),
}

/// What an operator may say.
pub(crate) struct Configuration {
    pub(crate) secret: Secret,
    /// Bytes to keep.
    pub(crate) bytes_max: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    key: Option<Zeroized>,
    passphrase: Option<Zeroized>,
    bytes_max: Option<u64>,
}

/// A text that is overwritten when it is dropped.
struct Zeroized(Zeroizing<String>);

impl<'de> Deserialize<'de> for Zeroized {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}

impl Configuration {
    /// Reads the JSON object that the broker hands over.
    ///
    /// # Errors
    /// What is wrong, by the field's name and never by its value.
    pub(crate) fn parse(json: &str) -> Result<Self> {
        let wrong = |what: &str| Error::invalid(format!("configuration of 'encrypted': {what}"));
        if !json.trim_start().starts_with('{') {
            return Err(wrong("it is no JSON object"));
        }
        let said: Said = serde_json::from_str(json).map_err(|error| wrong(&error.to_string()))?;
        let secret = match (said.key, said.passphrase) {
            (Some(Zeroized(key)), None) => {
                let key = read_hex(&key).ok_or_else(|| wrong("'key' is to be 64 hex digits"))?;
                Secret::Key(key)
            }
            (None, Some(Zeroized(passphrase))) => {
                if passphrase.chars().count() < PASSPHRASE_LETTERS_MIN {
                    return Err(wrong("'passphrase' is to have 12 letters or more"));
                }
                Secret::Passphrase(passphrase)
            }
            (None, None) => return Err(wrong("there is to be a 'key' or a 'passphrase'")),
            (Some(_), Some(_)) => {
                return Err(wrong("there is a 'key' and a 'passphrase', and one is to go"));
            }
        };
        if said.bytes_max == Some(0) {
            return Err(wrong("'bytes_max' is at least 1"));
        }
        Ok(Self { secret, bytes_max: said.bytes_max.unwrap_or(u64::MAX) })
    }
}

fn read_hex(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != 32 || !rest.is_empty() {
        return None;
    }
    let mut key = Zeroizing::new([0; 32]);
    for (byte, [high, low]) in key.iter_mut().zip(pairs) {
        let digit = |letter: &u8| char::from(*letter).to_digit(16);
        *byte = u8::try_from(digit(high)? * 16 + digit(low)?).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_is_written() {
        let json = format!(r#"{{"key": "{}", "bytes_max": 7}}"#, "0Af1".repeat(16));
        let read = Configuration::parse(&json).unwrap();
        assert_eq!(read.bytes_max, 7);
        let Secret::Key(key) = read.secret else { panic!("a passphrase") };
        assert_eq!(key[..4], [0x0a, 0xf1, 0x0a, 0xf1]);
    }

    #[test]
    fn what_is_wrong_is_named_and_never_told() {
        for (json, words) in [
            ("{}", "a 'key' or a 'passphrase'"),
            ("[]", "no JSON object"),
            (r#"{"key": "secretsecret"}"#, "64 hex digits"),
            (r#"{"passphrase": "secret"}"#, "12 letters"),
            (r#"{"key": "a", "passphrase": "secretsecret"}"#, "one is to go"),
            (r#"{"passphrase": "secretsecret", "bytes_max": 0}"#, "bytes_max"),
            (r#"{"word": 1}"#, "word"),
        ] {
            let error = Configuration::parse(json).err().unwrap();
            assert!(error.text().contains(words), "{json}: {error}");
            assert!(!error.text().contains("secretsecret"), "{error}");
        }
    }
}
