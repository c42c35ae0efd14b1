//! Peers and questions as a component is told of them: encoded maps.

use philter_plugin_api::value::{Value, encode_map};
use philter_plugin_api::{Access, Peer};

pub(super) fn peer(peer: &Peer<'_>) -> Vec<u8> {
    encode_map([
        ("address", text(peer.address)),
        ("is-loopback", Value::Bool(peer.is_loopback)),
        ("is-encrypted", Value::Bool(peer.is_encrypted)),
        ("server-name", text(peer.server_name)),
    ])
}

pub(super) fn access(access: &Access<'_>) -> Vec<u8> {
    encode_map([
        ("identity", text(access.identity)),
        ("action", Value::Uint(access.action.number())),
        ("object", Value::Uint(access.object.number())),
        ("name", text(access.name)),
        ("properties", access.properties.to_value()),
    ])
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}
