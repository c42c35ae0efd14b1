//! The store's configuration, parsed once.

use philter_plugin_api::{Error, Result, read_configuration};

use crate::engine::{Options, SyncMode};
use crate::limits::{
    FREE_BYTES_MIN_DEFAULT, INTERVAL_MS_DEFAULT, SEGMENT_BYTES_DEFAULT, SEGMENT_BYTES_MAX,
    SEGMENT_BYTES_MIN, SEGMENTS_IN_BYTES_MAX,
};

/// JSON Schema of [`Configuration`].
pub(crate) const SCHEMA: &str = r#"{
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "sync": {
      "enum": ["always", "interval", "never"],
      "default": "always",
      "description": "When a confirm is safe from a power cut: at once, soon, or some time"
    },
    "interval_ms": {
      "type": "integer",
      "minimum": 1,
      "maximum": 60000,
      "default": 200,
      "description": "Milliseconds between two syncs; a power cut loses so much"
    },
    "segment_bytes": {
      "type": "integer",
      "minimum": 16384,
      "maximum": 1073741824,
      "default": 67108864,
      "description": "Bytes of a segment file, for new ones"
    },
    "bytes_max": {
      "type": "integer",
      "minimum": 0,
      "default": 0,
      "description": "Bytes of all segment files, six segments at least; 0: no limit"
    },
    "free_bytes_min": {
      "type": "integer",
      "minimum": 0,
      "default": 268435456,
      "description": "With fewer bytes free on the disk publishers are held back"
    },
    "direct_io": {
      "type": "boolean",
      "default": true,
      "description": "With sync always, write past the system's cache where the disk can"
    }
  }
}"#;

/// What an operator may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Configuration {
    sync: Sync,
    interval_ms: u64,
    segment_bytes: u64,
    bytes_max: u64,
    free_bytes_min: u64,
    direct_io: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Sync {
    Always,
    Interval,
    Never,
}

impl Default for Configuration {
    fn default() -> Self {
        Self {
            sync: Sync::Always,
            interval_ms: INTERVAL_MS_DEFAULT,
            segment_bytes: SEGMENT_BYTES_DEFAULT,
            bytes_max: 0,
            free_bytes_min: FREE_BYTES_MIN_DEFAULT,
            direct_io: true,
        }
    }
}

impl Configuration {
    /// Reads the JSON object that the broker hands over.
    ///
    /// # Errors
    /// [`philter_plugin_api::ErrorKind::InvalidArgument`], naming the field.
    pub(crate) fn parse(json: &str) -> Result<Self> {
        let configuration: Self = read_configuration("journal", json)?;
        configuration
            .check()
            .map_err(|reason| Error::invalid(format!("configuration of 'journal': {reason}")))?;
        Ok(configuration)
    }

    fn check(&self) -> Result<(), String> {
        let Self { interval_ms, segment_bytes, bytes_max, .. } = *self;
        if !(1..=60_000).contains(&interval_ms) {
            return Err("interval_ms is between 1 and 60000".to_owned());
        }
        if !(SEGMENT_BYTES_MIN..=SEGMENT_BYTES_MAX).contains(&segment_bytes) {
            let (min, max) = (SEGMENT_BYTES_MIN, SEGMENT_BYTES_MAX);
            return Err(format!("segment_bytes is between {min} and {max}"));
        }
        let bytes_min = SEGMENTS_IN_BYTES_MAX * segment_bytes;
        if bytes_max > 0 && bytes_max < bytes_min {
            return Err(format!(
                "bytes_max is 0 or at least {bytes_min}, which is {SEGMENTS_IN_BYTES_MAX} \
                 segments of segment_bytes"
            ));
        }
        Ok(())
    }

    /// Whether files are written past the system's cache. Where nothing waits for the disk, the
    /// cache takes the writes.
    pub(crate) fn writes_directly(&self) -> bool {
        self.direct_io && self.sync == Sync::Always
    }

    /// What the engine is opened with.
    pub(crate) fn options(&self, seed: u64) -> Options {
        let sync = match self.sync {
            Sync::Always => SyncMode::Always,
            Sync::Interval => SyncMode::Interval { interval_ms: self.interval_ms },
            Sync::Never => SyncMode::Never,
        };
        let Self { segment_bytes, bytes_max, free_bytes_min, .. } = *self;
        Options { segment_bytes, bytes_max, free_bytes_min, sync, seed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_defaults_that_the_schema_says() {
        let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
        let default = Configuration::parse("{}").unwrap();
        let said = |name: &str| schema["properties"][name]["default"].clone();
        assert_eq!(said("sync"), "always");
        assert_eq!(default.options(0).sync, SyncMode::Always);
        assert_eq!(said("interval_ms"), default.interval_ms);
        assert_eq!(said("segment_bytes"), default.segment_bytes);
        assert_eq!(said("bytes_max"), default.bytes_max);
        assert_eq!(said("free_bytes_min"), default.free_bytes_min);
        assert_eq!(said("direct_io"), default.direct_io);
        let limits = &schema["properties"]["segment_bytes"];
        assert_eq!(limits["minimum"], SEGMENT_BYTES_MIN);
        assert_eq!(limits["maximum"], SEGMENT_BYTES_MAX);
    }

    #[test]
    fn writes_directly_where_a_commit_waits_for_the_disk() {
        let is_direct = |json| Configuration::parse(json).unwrap().writes_directly();
        assert!(is_direct("{}"));
        assert!(!is_direct(r#"{"direct_io": false}"#));
        assert!(!is_direct(r#"{"sync": "never"}"#));
        assert!(!is_direct(r#"{"sync": "interval"}"#));
    }

    #[test]
    fn refuses_by_name() {
        for (configuration, word) in [
            (r#"{"bytes_max": 1}"#, "bytes_max"),
            (r#"{"bytes_max": -1}"#, "bytes_max: invalid value: integer `-1`"),
            (r#"{"direct_io": 1}"#, "direct_io: invalid type: integer `1`"),
            (r#"{"segment_bytes": 5}"#, "segment_bytes"),
            (r#"{"interval_ms": 0}"#, "interval_ms"),
            (r#"{"sync": "sometimes"}"#, "sometimes"),
            (r#"{"direct_io": 1}"#, "boolean"),
            (r#"{"size": 1}"#, "size"),
            ("[]", "configuration of 'journal'"),
        ] {
            let error = Configuration::parse(configuration).unwrap_err();
            assert!(error.text().contains(word), "{configuration}: {error}");
        }
    }
}
