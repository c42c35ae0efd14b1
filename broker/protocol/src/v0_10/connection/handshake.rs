//! From the protocol header to open: start, SASL, tune, open (0-10, class connection).

use bytes::Bytes;

use super::{Connection, Event, Role, State, agree_frame_max};
use crate::error::ConnectionError;
use crate::limits::{CHANNEL_MAX, FRAME_BYTES_MAX, FRAME_BYTES_MAX_MIN};
use crate::preface::Preface;
use crate::v0_10::control::{self, Control};

const LOCALE: &str = "en_US";

impl Connection {
    /// The peer's protocol header came.
    pub(super) fn begin(&mut self) {
        let Role::Server(config) = &self.role else {
            self.state = State::AwaitStart;
            return;
        };
        let start = control::Start {
            server_properties: config.properties.clone(),
            mechanisms: config.mechanisms.clone(),
            locales: vec![LOCALE.to_owned()],
        };
        self.output.put(&Preface::V0_10.bytes());
        self.say(0, start);
        self.state = State::AwaitStartOk;
    }

    pub(super) fn handle_handshake(&mut self, control: Control) -> Result<(), ConnectionError> {
        match (self.state, control) {
            (State::AwaitStartOk, Control::StartOk(start)) => {
                self.state = State::SaslPending;
                self.events.push_back(Event::SaslStart {
                    mechanism: start.mechanism,
                    response: start.response.map(Bytes::from),
                    client_properties: start.client_properties,
                });
            }
            (State::AwaitSecureOk, Control::SecureOk(secure)) => {
                self.state = State::SaslPending;
                self.events.push_back(Event::SaslResponse(secure.response.into()));
            }
            (State::AwaitTuneOk, Control::TuneOk(tune)) => self.handle_tune_ok(&tune)?,
            (State::AwaitOpen, Control::Open(open)) => {
                self.state = State::OpenPending;
                self.events.push_back(Event::Open { virtual_host: open.virtual_host });
            }
            (State::AwaitStart, Control::Start(start)) => {
                self.state = State::SaslPending;
                self.events.push_back(Event::Mechanisms {
                    mechanisms: start.mechanisms,
                    server_properties: start.server_properties,
                });
            }
            (State::AwaitSecureOrTune, Control::Secure(secure)) => {
                self.state = State::SaslPending;
                self.events.push_back(Event::SaslChallenge(secure.challenge.into()));
            }
            (State::AwaitSecureOrTune, Control::Tune(tune)) => self.handle_tune(&tune),
            (State::AwaitOpenOk, Control::OpenOk(_)) => {
                self.state = State::Open;
                self.events.push_back(Event::Opened);
            }
            (_, control) => return Err(self.unexpected(&control)),
        }
        Ok(())
    }

    /// Server: asks the client for another step.
    pub fn sasl_challenge(&mut self, challenge: &[u8]) {
        if self.state == State::SaslPending {
            self.say(0, control::Secure { challenge: challenge.to_vec() });
            self.state = State::AwaitSecureOk;
        }
    }

    /// Server: the client is who it says.
    pub fn sasl_success(&mut self) {
        let Role::Server(config) = &self.role else { return };
        if self.state == State::SaslPending {
            let tune = control::Tune {
                channel_max: Some(CHANNEL_MAX),
                max_frame_size: Some(FRAME_BYTES_MAX),
                heartbeat_min: Some(0),
                heartbeat_max: Some(config.heartbeat_max_s),
            };
            self.say(0, tune);
            self.state = State::AwaitTuneOk;
        }
    }

    /// Server: the client is not who it says. Ends the connection.
    pub fn sasl_failure(&mut self, text: &str) {
        self.close(control::close_code::CONNECTION_FORCED, text);
    }

    fn handle_tune_ok(&mut self, tune: &control::TuneOk) -> Result<(), ConnectionError> {
        let Role::Server(config) = &self.role else { return Ok(()) };
        let check = |field, found: Option<u16>, max| match found {
            Some(found) if found > max => Err(ConnectionError::Tune { field, found, max }),
            _ => Ok(()),
        };
        check("channel-max", tune.channel_max, CHANNEL_MAX)?;
        check("heartbeat", tune.heartbeat, config.heartbeat_max_s)?;
        self.channel_max = tune.channel_max.filter(|max| *max > 0).unwrap_or(CHANNEL_MAX);
        self.frame_bytes_max = match tune.max_frame_size {
            None | Some(0) => FRAME_BYTES_MAX,
            Some(found) if found < FRAME_BYTES_MAX_MIN => {
                return Err(ConnectionError::TuneFrameSize { found, min: FRAME_BYTES_MAX_MIN });
            }
            Some(size) => size,
        };
        self.heartbeat_ms = u64::from(tune.heartbeat.unwrap_or(0)) * 1_000;
        self.state = State::AwaitOpen;
        Ok(())
    }

    /// Server: the virtual host is there.
    pub fn accept_open(&mut self) {
        let Role::Server(config) = &self.role else { return };
        if self.state == State::OpenPending {
            let known_hosts = config.known_hosts.clone();
            self.say(0, control::OpenOk { known_hosts });
            self.state = State::Open;
        }
    }

    /// Client: chooses a mechanism.
    pub fn sasl_start(&mut self, mechanism: &str, response: Option<&[u8]>) {
        let Role::Client(config) = &self.role else { return };
        if self.state == State::SaslPending {
            let start = control::StartOk {
                client_properties: config.properties.clone(),
                mechanism: mechanism.to_owned(),
                response: response.map(<[u8]>::to_vec),
                locale: LOCALE.to_owned(),
            };
            self.say(0, start);
            self.state = State::AwaitSecureOrTune;
        }
    }

    /// Client: answers a challenge.
    pub fn sasl_response(&mut self, response: &[u8]) {
        if self.state == State::SaslPending {
            self.say(0, control::SecureOk { response: response.to_vec() });
            self.state = State::AwaitSecureOrTune;
        }
    }

    fn handle_tune(&mut self, tune: &control::Tune) {
        let Role::Client(config) = &self.role else { return };
        let frame_max = agree_frame_max(tune.max_frame_size, config.frame_bytes_max);
        let heartbeat = config.heartbeat_s.min(tune.heartbeat_max.unwrap_or(0));
        let channel_max = tune.channel_max.filter(|max| *max > 0).unwrap_or(CHANNEL_MAX);
        let virtual_host = config.virtual_host.clone();
        self.frame_bytes_max = frame_max;
        self.channel_max = channel_max;
        self.heartbeat_ms = u64::from(heartbeat) * 1_000;
        let tune_ok = control::TuneOk {
            channel_max: Some(channel_max),
            max_frame_size: Some(frame_max),
            heartbeat: Some(heartbeat),
        };
        self.say(0, tune_ok);
        self.say(0, control::Open { virtual_host, capabilities: None, insist: false });
        self.state = State::AwaitOpenOk;
    }
}
