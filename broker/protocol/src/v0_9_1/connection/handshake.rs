//! From the protocol header to open: start, SASL, tune, open; and what class connection has
//! besides (class connection, and RabbitMQ's extensions).

use bytes::Bytes;

use super::{Connection, Event, Role, State};
use crate::limits::FRAME_BYTES_MAX_MIN;
use crate::v0_9_1::error::ConnectionError;
use crate::v0_9_1::method::{Method, connection};
use crate::v0_9_1::reply_code;
use crate::v0_9_1::value::FieldValue;

/// The smallest maximum that a peer may ask for (section 4.2.3, frame-min-size).
const FRAME_MIN: u32 = FRAME_BYTES_MAX_MIN as u32;

const LOCALE: &str = "en_US";

/// A limit of frames as a number of bytes; never below the specification's minimum.
pub(super) fn frame_bytes(max: u32) -> usize {
    usize::try_from(max.max(FRAME_MIN)).unwrap_or(usize::MAX)
}

impl Connection {
    /// Server: the client's protocol header came.
    pub(super) fn begin(&mut self) {
        let Role::Server(config) = &self.role else { return };
        let start = connection::Start {
            version_major: 0,
            version_minor: 9,
            server_properties: config.properties.clone(),
            mechanisms: config.mechanisms.join(" ").into_bytes(),
            locales: config.locales.join(" ").into_bytes(),
        };
        self.say(0, start);
        self.state = State::AwaitStartOk;
    }

    pub(super) fn handle_handshake(&mut self, method: Method) -> Result<(), ConnectionError> {
        match (self.state, method) {
            (State::AwaitStartOk, Method::ConnectionStartOk(start)) => self.take_start_ok(start),
            (State::AwaitSecureOk, Method::ConnectionSecureOk(secure)) => {
                self.state = State::SaslPending;
                self.events.push(Event::SaslResponse(secure.response.into()));
            }
            (State::AwaitTuneOk, Method::ConnectionTuneOk(tune)) => self.take_tune_ok(&tune)?,
            (State::AwaitOpen, Method::ConnectionOpen(open)) => {
                self.state = State::OpenPending;
                self.events.push(Event::Open { virtual_host: open.virtual_host });
            }
            (State::AwaitStart, Method::ConnectionStart(start)) => self.take_start(start),
            (State::AwaitSecureOrTune, Method::ConnectionSecure(secure)) => {
                self.state = State::SaslPending;
                self.events.push(Event::SaslChallenge(secure.challenge.into()));
            }
            (State::AwaitSecureOrTune, Method::ConnectionTune(tune)) => self.take_tune(&tune),
            (State::AwaitOpenOk, Method::ConnectionOpenOk(_)) => {
                self.state = State::Open;
                self.events.push(Event::Opened);
            }
            (state, method) => return Err(self.unexpected(0, &method, out_of_turn(state))),
        }
        Ok(())
    }

    /// Methods of class connection while it is open.
    pub(super) fn handle_open_connection_method(
        &mut self,
        method: Method,
    ) -> Result<(), ConnectionError> {
        let event = match (&self.role, method) {
            (Role::Server(_), Method::ConnectionUpdateSecret(update)) => {
                Event::UpdateSecret { secret: update.new_secret.into(), reason: update.reason }
            }
            (Role::Client(_), Method::ConnectionBlocked(blocked)) => {
                Event::Blocked { reason: blocked.reason }
            }
            (Role::Client(_), Method::ConnectionUnblocked(_)) => Event::Unblocked,
            (Role::Client(_), Method::ConnectionUpdateSecretOk(_)) => Event::SecretUpdated,
            (_, method) => return Err(self.unexpected(0, &method, out_of_turn(State::Open))),
        };
        self.events.push(event);
        Ok(())
    }

    fn take_start_ok(&mut self, start: connection::StartOk) {
        self.state = State::SaslPending;
        self.client_properties = start.client_properties.clone();
        self.mechanism = start.mechanism.clone();
        self.events.push(Event::SaslStart {
            mechanism: start.mechanism,
            response: Bytes::from(start.response),
            client_properties: start.client_properties,
            locale: start.locale,
        });
    }

    /// Server: whether the client announced a capability, `consumer_cancel_notify` and the like.
    pub fn client_has(&self, capability: &str) -> bool {
        match self.client_properties.get("capabilities") {
            Some(FieldValue::Table(table)) => {
                table.get(capability).and_then(FieldValue::as_bool) == Some(true)
            }
            _ => false,
        }
    }

    /// Server: asks the client for another step.
    pub fn sasl_challenge(&mut self, challenge: &[u8]) {
        if self.state == State::SaslPending {
            self.say(0, connection::Secure { challenge: challenge.to_vec() });
            self.state = State::AwaitSecureOk;
        }
    }

    /// Server: the client is who it says.
    pub fn sasl_success(&mut self) {
        let Role::Server(config) = &self.role else { return };
        if self.state == State::SaslPending {
            let tune = connection::Tune {
                channel_max: config.channel_max,
                frame_max: config.frame_bytes_max.max(FRAME_MIN),
                heartbeat: config.heartbeat_s,
            };
            self.say(0, tune);
            self.state = State::AwaitTuneOk;
        }
    }

    /// Server: the client is not who it says. Ends the connection: with a text where the client
    /// announced that it reads one, by the end of the socket where not, as the specification has
    /// it. An empty text is RabbitMQ's.
    pub fn sasl_failure(&mut self, text: &str) {
        if self.state != State::SaslPending {
            return;
        }
        if !self.client_has("authentication_failure_close") {
            return self.end(None, "authentication failed".to_owned());
        }
        let code = reply_code::ACCESS_REFUSED;
        let usual = format!(
            "Login was refused using authentication mechanism {}. For details see the broker \
             logfile.",
            self.mechanism
        );
        let text = if text.is_empty() { &reply_code::text(code, &usual) } else { text };
        self.close(code, text, 0, 0);
    }

    fn take_tune_ok(&mut self, tune: &connection::TuneOk) -> Result<(), ConnectionError> {
        let Role::Server(config) = &self.role else { return Ok(()) };
        let frame_max = config.frame_bytes_max.max(FRAME_MIN);
        let min = FRAME_MIN;
        if (1..min).contains(&tune.frame_max) {
            let (field, found) = ("frame_max", tune.frame_max);
            return Err(ConnectionError::TuneBelow { field, found, min });
        }
        let agree = |field, found: u32, max: u32| match found {
            0 => Ok(max),
            found if found > max => Err(ConnectionError::TuneAbove { field, found, max }),
            found => Ok(found),
        };
        let frame_max = agree("frame_max", tune.frame_max, frame_max)?;
        let channel_max =
            agree("channel_max", u32::from(tune.channel_max), u32::from(config.channel_max))?;
        self.frame_bytes_max = frame_bytes(frame_max);
        self.channel_max = u16::try_from(channel_max).unwrap_or(u16::MAX);
        self.heartbeat_ms = u64::from(tune.heartbeat) * 1_000;
        self.state = State::AwaitOpen;
        Ok(())
    }

    /// Server: the virtual host is there.
    pub fn accept_open(&mut self) {
        if self.state == State::OpenPending {
            self.say(0, connection::OpenOk::default());
            self.state = State::Open;
        }
    }

    /// Server: takes no messages at present. Said to clients that announced that they understand
    /// it; whether it was.
    pub fn blocked(&mut self, reason: &str) -> bool {
        let is_told = self.is_open() && self.client_has("connection.blocked");
        if is_told {
            self.say(0, connection::Blocked { reason: reason.to_owned() });
        }
        is_told
    }

    /// Server: takes messages again. Said as [`Connection::blocked`] is.
    pub fn unblocked(&mut self) -> bool {
        let is_told = self.is_open() && self.client_has("connection.blocked");
        if is_told {
            self.say(0, connection::Unblocked {});
        }
        is_told
    }

    /// Server: the new secret was taken.
    pub fn secret_updated(&mut self) {
        if self.is_open() {
            self.say(0, connection::UpdateSecretOk {});
        }
    }

    /// Client: has a new password or token.
    pub fn update_secret(&mut self, secret: &[u8], reason: &str) {
        if self.is_open() {
            let (new_secret, reason) = (secret.to_vec(), reason.to_owned());
            self.say(0, connection::UpdateSecret { new_secret, reason });
        }
    }

    fn take_start(&mut self, start: connection::Start) {
        self.state = State::SaslPending;
        let mechanisms = String::from_utf8_lossy(&start.mechanisms);
        self.events.push(Event::Started {
            mechanisms: mechanisms.split_ascii_whitespace().map(str::to_owned).collect(),
            server_properties: start.server_properties,
        });
    }

    /// Client: chooses a mechanism.
    pub fn sasl_start(&mut self, mechanism: &str, response: &[u8]) {
        let Role::Client(config) = &self.role else { return };
        if self.state == State::SaslPending {
            let start = connection::StartOk {
                client_properties: config.properties.clone(),
                mechanism: mechanism.to_owned(),
                response: response.to_vec(),
                locale: LOCALE.to_owned(),
            };
            self.say(0, start);
            self.state = State::AwaitSecureOrTune;
        }
    }

    /// Client: answers a challenge.
    pub fn sasl_response(&mut self, response: &[u8]) {
        if self.state == State::SaslPending && matches!(self.role, Role::Client(_)) {
            self.say(0, connection::SecureOk { response: response.to_vec() });
            self.state = State::AwaitSecureOrTune;
        }
    }

    fn take_tune(&mut self, tune: &connection::Tune) {
        let Role::Client(config) = &self.role else { return };
        let wanted = config.frame_bytes_max.max(FRAME_MIN);
        let frame_max = if tune.frame_max == 0 { wanted } else { wanted.min(tune.frame_max) };
        let frame_max = frame_max.max(FRAME_MIN);
        let channel_max = match tune.channel_max {
            0 => config.channel_max,
            offered => offered.min(config.channel_max),
        };
        let heartbeat = match tune.heartbeat {
            0 => config.heartbeat_s,
            offered => offered.min(config.heartbeat_s),
        };
        let virtual_host = config.virtual_host.clone();
        self.frame_bytes_max = frame_bytes(frame_max);
        self.channel_max = channel_max;
        self.heartbeat_ms = u64::from(heartbeat) * 1_000;
        self.say(0, connection::TuneOk { channel_max, frame_max, heartbeat });
        self.say(0, connection::Open { virtual_host, ..connection::Open::default() });
        self.state = State::AwaitOpenOk;
    }
}

/// Why a method of class connection may not come.
fn out_of_turn(state: State) -> &'static str {
    match state {
        State::Open => "while the connection is open",
        State::AwaitStart => "where connection.start is expected",
        State::AwaitStartOk => "where connection.start-ok is expected",
        State::AwaitSecureOk => "where connection.secure-ok is expected",
        State::AwaitSecureOrTune => "where connection.secure or connection.tune is expected",
        State::AwaitTuneOk => "where connection.tune-ok is expected",
        State::AwaitOpen => "where connection.open is expected",
        State::AwaitOpenOk => "where connection.open-ok is expected",
        _ => "out of turn",
    }
}
