//! Controls: what connections and sessions say to each other besides commands (0-10, classes
//! connection and session).

use crate::reader::{Fault, FaultKind, Reader};
use crate::v0_10::packed::{FieldFault, Packed, packed};
use crate::v0_10::range_set::{CommandId, RangeSet};
use crate::v0_10::value::FieldMap;

packed! {
    /// The server's first word.
    Start = 0x1, 0x1, "connection.start" {
        server_properties: FieldMap as Map,
        mechanisms: Vec<String> as Str16Array,
        locales: Vec<String> as Str16Array,
    }
    /// The client chooses a mechanism.
    StartOk = 0x1, 0x2, "connection.start-ok" {
        client_properties: FieldMap as Map,
        mechanism: String as Str8,
        response: Option<Vec<u8>> as Vbin32,
        locale: String as Str8,
    }
    /// A SASL challenge.
    Secure = 0x1, 0x3, "connection.secure" { challenge: Vec<u8> as Vbin32 }
    /// A SASL response.
    SecureOk = 0x1, 0x4, "connection.secure-ok" { response: Vec<u8> as Vbin32 }
    /// The server's limits.
    Tune = 0x1, 0x5, "connection.tune" {
        channel_max: Option<u16> as Uint16,
        max_frame_size: Option<u16> as Uint16,
        heartbeat_min: Option<u16> as Uint16,
        heartbeat_max: Option<u16> as Uint16,
    }
    /// The limits that the client chose.
    TuneOk = 0x1, 0x6, "connection.tune-ok" {
        channel_max: Option<u16> as Uint16,
        max_frame_size: Option<u16> as Uint16,
        heartbeat: Option<u16> as Uint16,
    }
    /// The client names a virtual host.
    Open = 0x1, 0x7, "connection.open" {
        virtual_host: String as Str8,
        capabilities: Option<Vec<String>> as Str16Array,
        insist: bit,
    }
    /// The connection is open.
    OpenOk = 0x1, 0x8, "connection.open-ok" { known_hosts: Vec<String> as Str16Array }
    /// Try another server.
    Redirect = 0x1, 0x9, "connection.redirect" {
        host: String as Str16,
        known_hosts: Vec<String> as Str16Array,
    }
    /// Still there.
    Heartbeat = 0x1, 0xa, "connection.heartbeat" {}
    /// The connection ends.
    Close = 0x1, 0xb, "connection.close" {
        reply_code: u16 as Uint16,
        reply_text: String as Str8,
    }
    /// It ended.
    CloseOk = 0x1, 0xc, "connection.close-ok" {}

    /// Attach a session to this channel.
    Attach = 0x2, 0x1, "session.attach" { name: Vec<u8> as Vbin16, force: bit }
    /// It is attached.
    Attached = 0x2, 0x2, "session.attached" { name: Vec<u8> as Vbin16 }
    /// Detach the session.
    Detach = 0x2, 0x3, "session.detach" { name: Vec<u8> as Vbin16 }
    /// It is detached.
    Detached = 0x2, 0x4, "session.detached" { name: Vec<u8> as Vbin16, code: u8 as Uint8 }
    /// How long a detached session shall live; absent: for ever.
    RequestTimeout = 0x2, 0x5, "session.request-timeout" { timeout: Option<u32> as Uint32 }
    /// How long it will live.
    Timeout = 0x2, 0x6, "session.timeout" { timeout: Option<u32> as Uint32 }
    /// The next command of the sender has this id.
    CommandPoint = 0x2, 0x7, "session.command-point" {
        command_id: CommandId as SequenceNo,
        command_offset: u64 as Uint64,
    }
    /// What the sender expects.
    Expected = 0x2, 0x8, "session.expected" {
        commands: RangeSet as Ranges,
        fragments: Option<Vec<u8>> as Fragments,
    }
    /// What the sender keeps.
    Confirmed = 0x2, 0x9, "session.confirmed" {
        commands: RangeSet as Ranges,
        fragments: Option<Vec<u8>> as Fragments,
    }
    /// What the sender has done.
    Completed = 0x2, 0xa, "session.completed" { commands: RangeSet as Ranges, timely_reply: bit }
    /// What the sender knows that the peer has done.
    KnownCompleted = 0x2, 0xb, "session.known-completed" { commands: RangeSet as Ranges }
    /// Tell your state.
    Flush = 0x2, 0xc, "session.flush" { expected: bit, confirmed: bit, completed: bit }
    /// Ids that will not come.
    Gap = 0x2, 0xd, "session.gap" { commands: RangeSet as Ranges }
}

macro_rules! controls {
    ($($name:ident),* $(,)?) => {
        /// Any control.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs, reason = "the variants are the structs of this file")]
        pub enum Control { $( $name($name), )* }

        impl Control {
            /// The name as the specification writes it.
            pub fn name(&self) -> &'static str {
                match self { $( Self::$name(_) => $name::NAME, )* }
            }

            /// Class code and the control's own code.
            pub fn code(&self) -> (u8, u8) {
                match self { $( Self::$name(_) => $name::CODE, )* }
            }

            /// Whether it is of class session.
            pub fn is_of_session(&self) -> bool {
                self.code().0 == Attach::CODE.0
            }

            /// Reads a control segment.
            ///
            /// # Errors
            /// An unknown control, or a field that is wrong.
            pub fn decode(segment: &[u8]) -> Result<Self, FieldFault> {
                let mut reader = Reader::new(segment);
                let fail = |fault| FieldFault { of: "control", field: "code", index: 0, fault };
                let [class, code] = reader.array().map_err(fail)?;
                let control = match (class, code) {
                    $( <$name as Packed>::CODE => Self::$name($name::read(&mut reader)?), )*
                    _ => {
                        let kind = FaultKind::UnknownCode(class, code);
                        return Err(fail(Fault { offset: 0, kind }));
                    }
                };
                reader.finish().map_err(|fault| FieldFault {
                    of: control.name(), field: "end", index: 0, fault,
                })?;
                Ok(control)
            }

            /// The control segment.
            pub fn encode(&self) -> Vec<u8> {
                let mut into = Vec::with_capacity(64);
                match self { $( Self::$name(control) => {
                    into.extend_from_slice(&[$name::CODE.0, $name::CODE.1]);
                    control.write(&mut into);
                } )* }
                into
            }
        }

        $( impl From<$name> for Control {
            fn from(control: $name) -> Self { Self::$name(control) }
        } )*
    };
}

controls!(
    Start,
    StartOk,
    Secure,
    SecureOk,
    Tune,
    TuneOk,
    Open,
    OpenOk,
    Redirect,
    Heartbeat,
    Close,
    CloseOk,
    Attach,
    Attached,
    Detach,
    Detached,
    RequestTimeout,
    Timeout,
    CommandPoint,
    Expected,
    Confirmed,
    Completed,
    KnownCompleted,
    Flush,
    Gap,
);

/// connection.close codes.
pub mod close_code {
    /// An orderly end.
    pub const NORMAL: u16 = 200;
    /// The server's operator wants it.
    pub const CONNECTION_FORCED: u16 = 320;
    /// No such virtual host.
    pub const INVALID_PATH: u16 = 402;
    /// Bytes that are no frames, or frames out of order.
    pub const FRAMING_ERROR: u16 = 501;
}

/// session.detached codes.
pub mod detach_code {
    /// An orderly end.
    pub const NORMAL: u8 = 0;
    /// The name is attached elsewhere.
    pub const SESSION_BUSY: u8 = 1;
    /// The channel has a session.
    pub const TRANSPORT_BUSY: u8 = 2;
    /// The channel has no session.
    pub const NOT_ATTACHED: u8 = 3;
    /// A command-point that this side does not know.
    pub const UNKNOWN_IDS: u8 = 4;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_is_written_as_the_specification_says() {
        let close = Control::from(Close { reply_code: 200, reply_text: "ok".into() });
        assert_eq!(close.encode(), [1, 0xb, 0b11, 0, 0, 200, 2, b'o', b'k']);
        assert_eq!(Control::decode(&close.encode()).unwrap(), close);
        let attach = Control::from(Attach { name: b"s".to_vec(), force: true });
        assert_eq!(attach.encode(), [2, 1, 0b11, 0, 0, 1, b's']);
    }

    #[test]
    fn an_unknown_control_and_bytes_left_over_are_faults() {
        assert_eq!(Control::decode(&[1, 0x77, 0, 0]).unwrap_err().field, "code");
        let fault = Control::decode(&[1, 0xa, 0, 0, 9]).unwrap_err();
        assert_eq!((fault.of, fault.field), ("connection.heartbeat", "end"));
    }
}
