//! What claims say: for whom, from when, until when, and who it is (RFC 7519, section 4.1).

use serde_json::Value;

use crate::settings::Settings;
use crate::token::Claims;

/// Bytes of an identity and of a group, as the broker takes them.
const NAME_BYTES_MAX: usize = 255;

/// Groups that the broker takes.
const GROUPS_MAX: usize = 1024;

/// Who somebody is by their token.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Bearer {
    pub(crate) identity: String,
    pub(crate) groups: Vec<String>,
    /// Milliseconds since 1970.
    pub(crate) expires_at_ms: u64,
}

impl Bearer {
    /// Reads claims whose signature is right.
    ///
    /// # Errors
    /// Why they let nobody in, in words for the log.
    pub(crate) fn read(
        claims: &Claims,
        settings: &Settings,
        now_ms: u64,
    ) -> Result<Self, &'static str> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        if text("iss") != Some(&settings.issuer) {
            return Err("the token is of another issuer");
        }
        if !is_for(claims.get("aud"), &settings.audience) {
            return Err("the token is for another audience");
        }
        let skew_ms = settings.clock_skew_s * 1000;
        let expires_ms = claims.get("exp").and_then(ms).ok_or("the token never expires")?;
        let expires_at_ms = expires_ms.saturating_add(skew_ms);
        if now_ms >= expires_at_ms {
            return Err("the token has expired");
        }
        if let Some(not_before) = claims.get("nbf") {
            let not_before_ms = ms(not_before).ok_or("the token's nbf is no time")?;
            if now_ms.saturating_add(skew_ms) < not_before_ms {
                return Err("the token is not valid yet");
            }
        }
        let identity = text(&settings.identity_claim).filter(|name| is_name(name));
        let identity = identity.ok_or("the token names no user")?.to_owned();
        let groups = groups(claims.get(&settings.groups_claim))?;
        Ok(Self { identity, groups, expires_at_ms })
    }
}

fn is_for(audience: Option<&Value>, wanted: &str) -> bool {
    match audience {
        Some(Value::String(one)) => one == wanted,
        Some(Value::Array(several)) => several.iter().any(|one| one.as_str() == Some(wanted)),
        _ => false,
    }
}

/// A time in seconds since 1970, perhaps with a fraction (RFC 7519, section 2, NumericDate).
fn ms(time: &Value) -> Option<u64> {
    let ms = time.as_f64()? * 1000.0;
    (0.0..1e16).contains(&ms).then_some(ms as u64)
}

/// A list of texts, or one text with blanks between, as scopes are written.
fn groups(claim: Option<&Value>) -> Result<Vec<String>, &'static str> {
    let found: Option<Vec<&str>> = match claim {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(Value::String(text)) => Some(text.split_whitespace().collect()),
        Some(Value::Array(several)) => several.iter().map(Value::as_str).collect(),
        Some(_) => None,
    };
    let are_names =
        |found: &Vec<&str>| found.len() <= GROUPS_MAX && found.iter().all(|name| is_name(name));
    let found = found.filter(are_names).ok_or("the token's groups are none")?;
    Ok(found.into_iter().map(str::to_owned).collect())
}

fn is_name(name: &str) -> bool {
    (1..=NAME_BYTES_MAX).contains(&name.len()) && !name.contains(char::is_control)
}
