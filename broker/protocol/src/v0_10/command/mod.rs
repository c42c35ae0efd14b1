//! Commands: what is done in a session, numbered and acknowledged (0-10, section 2.4).

mod dtx;
mod exchange;
mod execution;
mod message;
mod queue;
mod tx;

pub use dtx::{
    DtxCommit, DtxEnd, DtxForget, DtxGetTimeout, DtxPrepare, DtxRecover, DtxRollback, DtxSelect,
    DtxSetTimeout, DtxStart,
};
pub use exchange::{
    ExchangeBind, ExchangeBound, ExchangeDeclare, ExchangeDelete, ExchangeQuery, ExchangeUnbind,
};
pub use execution::{Exception, Result_, Sync, error_code};
pub use message::{
    AcceptMode, AcquireMode, MessageAccept, MessageAcquire, MessageCancel, MessageFlow,
    MessageFlush, MessageReject, MessageRelease, MessageResume, MessageSetFlowMode, MessageStop,
    MessageSubscribe, MessageTransfer,
};
pub use queue::{QueueDeclare, QueueDelete, QueuePurge, QueueQuery};
pub use tx::{TxCommit, TxRollback, TxSelect};

use crate::reader::{FaultKind, Reader};
use crate::v0_10::packed::{FieldFault, Packed};

/// A command segment that could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandFault {
    /// A class or command that the specification has and this library does not, or that nobody has.
    #[error("command 0x{class:02x}.0x{code:02x}{} is not implemented", class_name(*class))]
    Unknown {
        /// The class code.
        class: u8,
        /// The command's code.
        code: u8,
    },
    /// A field that is wrong.
    #[error("{fault}")]
    Field {
        /// The class code; 0 where not even that was there.
        class: u8,
        /// The command's code.
        code: u8,
        /// Which field and why.
        fault: FieldFault,
    },
}

/// Says which class a code belongs to, for those that the specification has.
fn class_name(class: u8) -> &'static str {
    match class {
        3 => " of class execution",
        4 => " of class message",
        5 => " of class tx",
        6 => " of class dtx",
        7 => " of class exchange",
        8 => " of class queue",
        9 => " of class file",
        10 => " of class stream",
        _ => "",
    }
}

/// A command with its session header.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandSegment {
    /// The sender waits for its completion.
    pub sync: bool,
    /// The command.
    pub command: Command,
}

macro_rules! commands {
    ($($name:ident),* $(,)?) => {
        /// Any command.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs, reason = "the variants are the structs of this folder")]
        pub enum Command { $( $name($name), )* }

        impl Command {
            /// The name as the specification writes it.
            pub fn name(&self) -> &'static str {
                match self { $( Self::$name(_) => $name::NAME, )* }
            }

            /// Class code and command code.
            pub fn code(&self) -> (u8, u8) {
                match self { $( Self::$name(_) => $name::CODE, )* }
            }

            fn read(class: u8, code: u8, reader: &mut Reader<'_>) -> Result<Self, CommandFault> {
                let field = |fault| CommandFault::Field { class, code, fault };
                match (class, code) {
                    $( <$name as Packed>::CODE => {
                        $name::read(reader).map(Self::$name).map_err(field)
                    } )*
                    _ => Err(CommandFault::Unknown { class, code }),
                }
            }

            fn write(&self, into: &mut Vec<u8>) {
                match self { $( Self::$name(command) => command.write(into), )* }
            }
        }

        $( impl From<$name> for Command {
            fn from(command: $name) -> Self { Self::$name(command) }
        } )*
    };
}

commands!(
    Sync,
    Result_,
    Exception,
    MessageTransfer,
    MessageAccept,
    MessageReject,
    MessageRelease,
    MessageAcquire,
    MessageResume,
    MessageSubscribe,
    MessageCancel,
    MessageSetFlowMode,
    MessageFlow,
    MessageFlush,
    MessageStop,
    TxSelect,
    TxCommit,
    TxRollback,
    DtxSelect,
    DtxStart,
    DtxEnd,
    DtxCommit,
    DtxForget,
    DtxGetTimeout,
    DtxPrepare,
    DtxRecover,
    DtxRollback,
    DtxSetTimeout,
    ExchangeDeclare,
    ExchangeDelete,
    ExchangeQuery,
    ExchangeBind,
    ExchangeUnbind,
    ExchangeBound,
    QueueDeclare,
    QueueDelete,
    QueuePurge,
    QueueQuery,
);

impl CommandSegment {
    /// Reads a command segment.
    ///
    /// # Errors
    /// An unknown command, or a field that is wrong.
    pub fn decode(segment: &[u8]) -> Result<Self, CommandFault> {
        let mut reader = Reader::new(segment);
        let (class, code) = match segment {
            [class, code, ..] => (*class, *code),
            _ => (0, 0),
        };
        let fail = |of, field, fault| CommandFault::Field {
            class,
            code,
            fault: FieldFault { of, field, index: 0, fault },
        };
        reader.take(2).map_err(|fault| fail("command", "code", fault))?;
        let header = reader.bytes8().map_err(|fault| fail("session.header", "sync", fault))?;
        let sync = match header {
            [] => false,
            [flags] if *flags <= 1 => *flags == 1,
            [flags, rest @ ..] => {
                let kind = match rest.len() {
                    0 => FaultKind::InvalidValue(u64::from(*flags)),
                    left => FaultKind::Trailing(left),
                };
                return Err(fail("session.header", "packing flags", reader.fault(kind)));
            }
        };
        let command = Command::read(class, code, &mut reader)?;
        reader.finish().map_err(|fault| fail(command.name(), "end", fault))?;
        Ok(Self { sync, command })
    }

    /// The command segment.
    pub fn encode(&self) -> Vec<u8> {
        let (class, code) = self.command.code();
        let mut into = Vec::with_capacity(64);
        into.extend_from_slice(&[class, code, 1, u8::from(self.sync)]);
        self.command.write(&mut into);
        into
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v0_10::value::{FieldMap, Value};

    #[test]
    fn a_command_is_written_as_the_specification_says() {
        let command = MessageTransfer { destination: "d".into(), accept_mode: 1, acquire_mode: 0 };
        let segment = CommandSegment { sync: true, command: command.into() };
        assert_eq!(segment.encode(), [4, 1, 1, 1, 0b111, 0, 1, b'd', 1, 0]);
        assert_eq!(CommandSegment::decode(&segment.encode()).unwrap(), segment);
    }

    #[test]
    fn every_kind_of_field_comes_back() {
        let declare = ExchangeDeclare {
            exchange: "x".into(),
            type_: "topic".into(),
            durable: true,
            arguments: Some(FieldMap::new().with("a", Value::Uint64(7))),
            ..ExchangeDeclare::default()
        };
        let segment = CommandSegment { sync: false, command: declare.into() };
        assert_eq!(CommandSegment::decode(&segment.encode()).unwrap(), segment);
    }

    #[test]
    fn an_unknown_command_names_its_codes() {
        let fault = CommandSegment::decode(&[9, 1, 1, 0, 0, 0]).unwrap_err();
        assert_eq!(fault, CommandFault::Unknown { class: 9, code: 1 });
    }

    #[test]
    fn a_wrong_field_is_named() {
        let fault = CommandSegment::decode(&[8, 3, 1, 0, 1, 0, 2, 0xff, 0xfe]).unwrap_err();
        assert!(fault.to_string().starts_with("queue.purge.queue: not valid UTF-8"), "{fault}");
        let fault = CommandSegment::decode(&[8, 3, 1, 0, 0, 0, 7]).unwrap_err();
        assert!(fault.to_string().starts_with("queue.purge.end: 1 bytes left over"), "{fault}");
    }
}
