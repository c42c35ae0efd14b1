//! An endpoint that a component may ask: what goes there, and what comes back.
//!
//! Invariants: every request goes below the operator's URL; redirections are answers; nothing takes
//! longer or is longer than the operator says; no proxy of the environment is asked.

use std::time::Duration;

use ureq::http::{HeaderName, HeaderValue, Method, Uri, header};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, http};

use super::http::{Request, Response};
use crate::contract::{GuestError, GuestErrorKind};
use crate::settings;

/// Headers that are the broker's, because they say where a message goes or how long it is.
const OURS: [HeaderName; 8] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::CONNECTION,
    header::UPGRADE,
    header::TE,
    header::TRAILER,
    header::EXPECT,
];

/// Methods that a plugin may ask by.
const METHODS: [Method; 7] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
];

/// An endpoint, and the connections to it that are kept.
pub(crate) struct Endpoint {
    /// Without a slash at its end.
    base: String,
    agent: Agent,
    timeout_ms: u64,
    response_bytes_max: u64,
}

impl Endpoint {
    /// The one of these settings.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(super) fn new(settings: &settings::Endpoint) -> Result<Self, String> {
        let url = &settings.url;
        let uri: Uri = url.parse().map_err(|error| format!("{url} is no URL: {error}"))?;
        let is_http = matches!(uri.scheme_str(), Some("https" | "http"));
        let host = uri.authority().map_or("", |authority| authority.as_str());
        if !is_http || host.is_empty() || host.contains('@') || uri.query().is_some() {
            return Err(format!("{url} is not https://HOST/PATH or http://HOST/PATH"));
        }
        if url.contains('#') || !is_below(uri.path()) {
            return Err(format!("{url} has a path that is none"));
        }
        if settings.timeout_ms == 0 || settings.response_bytes_max == 0 {
            return Err("timeout_ms and response_bytes_max are at least 1".to_owned());
        }
        let mut tls = TlsConfig::builder();
        if let Some(path) = &settings.ca_file {
            let failed = |reason: String| format!("ca_file {}: {reason}", path.display());
            let pem = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
            tls = tls.root_certs(authorities(&pem).map_err(failed)?);
        }
        let config = Agent::config_builder()
            .timeout_global(Some(Duration::from_millis(settings.timeout_ms)))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .proxy(None)
            .user_agent(concat!("philter/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls.build())
            .build();
        Ok(Self {
            base: url.trim_end_matches('/').to_owned(),
            agent: config.new_agent(),
            timeout_ms: settings.timeout_ms,
            response_bytes_max: settings.response_bytes_max,
        })
    }

    /// Asks, and waits for the answer.
    pub(super) fn ask(&self, name: &str, request: Request) -> Result<Response, GuestError> {
        let method = Method::from_bytes(request.method.as_bytes()).ok();
        let method = method.filter(|method| METHODS.contains(method)).ok_or_else(|| {
            invalid(format!("the method '{}' is none of {}", request.method, methods()))
        })?;
        let takes_body = [Method::POST, Method::PUT, Method::PATCH].contains(&method);
        if !takes_body && !request.body.is_empty() {
            return Err(invalid(format!("a request by {method} has no body")));
        }
        let mut made = http::Request::builder().method(method).uri(self.url(&request)?);
        for (name, value) in &request.headers {
            let (name, value) = header(name, value)?;
            made = made.header(name, value);
        }
        let wrong = |error: http::Error| invalid(format!("the request is none: {error}"));
        let answer = if takes_body {
            self.agent.run(made.body(request.body).map_err(wrong)?)
        } else {
            self.agent.run(made.body(()).map_err(wrong)?)
        };
        self.read(name, answer.map_err(|error| self.failed(name, &error))?)
    }

    /// The URL of a request.
    fn url(&self, request: &Request) -> Result<String, GuestError> {
        let path = &request.path_and_query;
        let is_plain = path.bytes().all(|byte| byte.is_ascii_graphic() && !b"#\\".contains(&byte));
        let (before_query, _) = path.split_once('?').unwrap_or((path, ""));
        if !path.starts_with('/') || !is_plain || !is_below(before_query) {
            let text = format!(
                "the path '{path}' is none: it begins with '/', has letters of URLs alone, and no \
                 '.' or '..' between slashes"
            );
            return Err(invalid(text));
        }
        Ok(format!("{}{path}", self.base))
    }

    fn read(&self, name: &str, answer: http::Response<ureq::Body>) -> Result<Response, GuestError> {
        let (head, body) = answer.into_parts();
        let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
        let headers = head.headers.iter();
        let headers = headers.filter_map(|(name, value)| Some((name.to_string(), text(value)?)));
        let headers = headers.collect();
        // One byte more than may come: what is exactly as long as it may be is no error.
        let limit = self.response_bytes_max.saturating_add(1);
        let read = body.into_with_config().limit(limit).read_to_vec();
        let too_long = || {
            let bytes_max = self.response_bytes_max;
            let text = format!(
                "the endpoint '{name}' answered more than {bytes_max} bytes, its response_bytes_max"
            );
            GuestError::new(GuestErrorKind::LimitExceeded, text)
        };
        match read {
            Ok(body) if body.len() as u64 <= self.response_bytes_max => {
                Ok(Response { status: head.status.as_u16(), headers, body })
            }
            Ok(_) | Err(ureq::Error::BodyExceedsLimit(_)) => Err(too_long()),
            Err(error) => Err(self.failed(name, &error)),
        }
    }

    fn failed(&self, name: &str, error: &ureq::Error) -> GuestError {
        let text = match error {
            ureq::Error::Timeout(_) => {
                let timeout_ms = self.timeout_ms;
                format!("the endpoint '{name}' has not answered within {timeout_ms} ms")
            }
            error => format!("the endpoint '{name}' is not reached: {error}"),
        };
        GuestError::new(GuestErrorKind::Internal, text)
    }
}

fn invalid(text: String) -> GuestError {
    GuestError::new(GuestErrorKind::InvalidArgument, text)
}

fn methods() -> String {
    METHODS.iter().map(Method::as_str).collect::<Vec<_>>().join(", ")
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), GuestError> {
    // The value may be a secret: it is in no text.
    let wrong = || invalid(format!("the header '{name}' is none"));
    let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
    if OURS.contains(&parsed) {
        return Err(invalid(format!("the header '{name}' is the broker's to set")));
    }
    Ok((parsed, HeaderValue::from_str(value).map_err(|_| wrong())?))
}

/// Whether a path leads nowhere but down (RFC 3986, section 5.2.4), however it is written.
fn is_below(path: &str) -> bool {
    let is_dots = |segment: &str| {
        let plain = segment.to_ascii_lowercase().replace("%2e", ".");
        plain == "." || plain == ".."
    };
    let hides_a_slash = ["%2f", "%5c"].iter().any(|it| path.to_ascii_lowercase().contains(it));
    !hides_a_slash && !path.split('/').any(is_dots)
}

/// The certificates of a PEM file.
fn authorities(pem: &[u8]) -> Result<RootCerts, String> {
    let mut certificates: Vec<Certificate<'static>> = Vec::new();
    for item in parse_pem(pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|error| error.to_string())? {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err("there is no certificate in it".to_owned());
    }
    Ok(RootCerts::new_with_certs(&certificates))
}

#[cfg(test)]
mod tests;
