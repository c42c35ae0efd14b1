//! What the operator says.

use philter_plugin_api::{Error, Result, read_configuration};
use serde::Deserialize;

use crate::key::Algorithm;

/// The schema of the configuration.
pub(crate) const SCHEMA: &str = r#"{
    "type": "object",
    "required": ["keys", "issuer", "audience"],
    "properties": {
        "keys": {
            "type": "string",
            "description": "The name under which the file of keys (JWKS) is granted"
        },
        "issuer": { "type": "string", "description": "What a token's iss has to be" },
        "audience": { "type": "string", "description": "What a token's aud has to be, or to have" },
        "algorithms": {
            "type": "array",
            "description": "Those that a token may be signed by; EdDSA and ES256 by default",
            "items": { "enum": ["EdDSA", "ES256", "HS256"] }
        },
        "clock_skew_s": {
            "type": "integer",
            "minimum": 0,
            "maximum": 600,
            "description": "Seconds that clocks may differ by; 60 by default"
        },
        "identity_claim": {
            "type": "string",
            "description": "The claim that names the user; sub by default"
        },
        "groups_claim": {
            "type": "string",
            "description": "The claim that has the user's groups; groups by default"
        }
    },
    "additionalProperties": false
}"#;

const CLOCK_SKEW_S_MAX: u64 = 600;

/// The configuration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) keys: String,
    pub(crate) issuer: String,
    pub(crate) audience: String,
    /// HS256 has a secret where the others have a public key, so it has to be asked for.
    #[serde(default = "algorithms")]
    pub(crate) algorithms: Vec<Algorithm>,
    #[serde(default = "clock_skew_s")]
    pub(crate) clock_skew_s: u64,
    #[serde(default = "identity_claim")]
    pub(crate) identity_claim: String,
    #[serde(default = "groups_claim")]
    pub(crate) groups_claim: String,
}

impl Settings {
    /// Reads the configuration.
    pub(crate) fn read(json: &str) -> Result<Self> {
        let wrong = |why: String| Error::invalid(format!("configuration of 'token': {why}"));
        let read: Self = read_configuration("token", json)?;
        if read.clock_skew_s > CLOCK_SKEW_S_MAX {
            return Err(wrong(format!("clock_skew_s is at most {CLOCK_SKEW_S_MAX}")));
        }
        if read.algorithms.is_empty() {
            return Err(wrong("algorithms has none, so no token would be good".to_owned()));
        }
        Ok(read)
    }
}

fn algorithms() -> Vec<Algorithm> {
    vec![Algorithm::EdDsa, Algorithm::Es256]
}

fn clock_skew_s() -> u64 {
    60
}

fn identity_claim() -> String {
    "sub".to_owned()
}

fn groups_claim() -> String {
    "groups".to_owned()
}
