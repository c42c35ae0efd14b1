//! Auth provider `token` for the Philter message broker: whoever has a signed token (JWT, RFC 7519)
//! comes in, by OAUTHBEARER (RFC 7628), XOAUTH2, or PLAIN with the token as password.
//!
//! The keys are a JWKS in a file that the operator grants under a name; where the file changes, the
//! next token that names an unknown key has it read again.
//!
//! Invariants: no token is in a text, a log line or an error; nobody is let in by a token that was
//! not verified as a whole.

mod claims;
mod key;
mod keys;
mod message;
mod provider;
mod settings;
mod token;

use philter_plugin_api::export_plugin;

export_plugin! { auth: [provider::Provider] }
