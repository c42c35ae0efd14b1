//! Class connection: the handshake and the end, and RabbitMQ's blocked and update-secret.

use super::methods;
use crate::v0_9_1::value::Table;

methods! {
    /// What the server offers.
    Start = 10, 10, Server, "connection.start" {
        version_major: u8,
        version_minor: u8,
        server_properties: Table,
        /// Names with a space between them.
        mechanisms: Vec<u8>,
        /// Names with a space between them.
        locales: Vec<u8>,
    }
    /// What the client chooses.
    StartOk = 10, 11, Client, "connection.start-ok" {
        client_properties: Table,
        mechanism: String,
        response: Vec<u8>,
        locale: String,
    }
    /// A challenge.
    Secure = 10, 20, Server, "connection.secure" { challenge: Vec<u8> }
    /// Its answer.
    SecureOk = 10, 21, Client, "connection.secure-ok" { response: Vec<u8> }
    /// Limits on offer; 0 is no limit.
    Tune = 10, 30, Server, "connection.tune" {
        channel_max: u16,
        frame_max: u32,
        /// Seconds.
        heartbeat: u16,
    }
    /// The limits that hold; 0 is no limit.
    TuneOk = 10, 31, Client, "connection.tune-ok" {
        channel_max: u16,
        frame_max: u32,
        /// Seconds; 0 is none.
        heartbeat: u16,
    }
    /// To a virtual host.
    Open = 10, 40, Client, "connection.open" {
        virtual_host: String,
        /// Reserved.
        capabilities: String,
        /// Reserved.
        insist: bool,
    }
    /// It is there.
    OpenOk = 10, 41, Server, "connection.open-ok" {
        /// Reserved.
        known_hosts: String,
    }
    /// The end; class and method are those of the method that failed, or 0.
    Close = 10, 50, Both, "connection.close" {
        reply_code: u16,
        reply_text: String,
        class_id: u16,
        method_id: u16,
    }
    /// The end's answer.
    CloseOk = 10, 51, Both, "connection.close-ok" {}
    /// RabbitMQ: the server takes no messages at present.
    Blocked = 10, 60, Server, "connection.blocked" { reason: String }
    /// RabbitMQ: it does again.
    Unblocked = 10, 61, Server, "connection.unblocked" {}
    /// RabbitMQ: a new password or token.
    UpdateSecret = 10, 70, Client, "connection.update-secret" {
        new_secret: Vec<u8>,
        reason: String,
    }
    /// RabbitMQ: it was taken.
    UpdateSecretOk = 10, 71, Server, "connection.update-secret-ok" {}
}
