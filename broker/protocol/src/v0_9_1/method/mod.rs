//! Methods: what is asked and answered, on channel 0 about the connection, on others about
//! everything else (section 1, and RabbitMQ's extensions).

pub mod access;
mod arguments;
pub mod basic;
pub mod channel;
pub mod confirm;
pub mod connection;
pub mod exchange;
pub mod queue;
pub mod tx;

pub(crate) use arguments::{Argument, methods};
pub use arguments::{ArgumentReader, ArgumentWriter, Arguments, Sender};

use crate::error::FieldFault;
use crate::reader::{Fault, FaultKind, Reader};

/// Bytes of class id and method id.
const CODE_BYTES: usize = 4;

/// A method frame that could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MethodFault {
    /// Neither the specification nor RabbitMQ has it.
    #[error("method {method_id} of class {class_id}{} is unknown", class_name(*class_id))]
    Unknown {
        /// The class.
        class_id: u16,
        /// The method.
        method_id: u16,
    },
    /// An argument that is wrong; the offset counts from the class id.
    #[error("{fault}")]
    Field {
        /// The class; 0 where not even that was there.
        class_id: u16,
        /// The method.
        method_id: u16,
        /// Which argument and why.
        fault: FieldFault,
    },
}

impl MethodFault {
    /// Class id and method id.
    pub fn code(&self) -> (u16, u16) {
        match *self {
            Self::Unknown { class_id, method_id } | Self::Field { class_id, method_id, .. } => {
                (class_id, method_id)
            }
        }
    }
}

/// Says which class an id belongs to.
fn class_name(class_id: u16) -> &'static str {
    match class_id {
        10 => " (connection)",
        20 => " (channel)",
        30 => " (access)",
        40 => " (exchange)",
        50 => " (queue)",
        60 => " (basic)",
        85 => " (confirm)",
        90 => " (tx)",
        _ => "",
    }
}

macro_rules! all {
    ($($name:ident($class:ident::$method:ident)),* $(,)?) => {
        /// Any method.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs, reason = "the variants are the structs of this folder")]
        pub enum Method { $( $name($class::$method), )* }

        impl Method {
            /// The name as the specification writes it, `queue.declare`.
            pub fn name(&self) -> &'static str {
                match self { $( Self::$name(_) => <$class::$method as Arguments>::NAME, )* }
            }

            /// Class id and method id.
            pub fn code(&self) -> (u16, u16) {
                match self { $( Self::$name(_) => <$class::$method as Arguments>::CODE, )* }
            }

            /// Who sends it.
            pub fn sender(&self) -> Sender {
                match self { $( Self::$name(_) => <$class::$method as Arguments>::SENDER, )* }
            }

            fn read(code: (u16, u16), reader: &mut ArgumentReader<'_>)
                -> Option<Result<Self, FieldFault>> {
                Some(match code {
                    $( <$class::$method as Arguments>::CODE => {
                        <$class::$method as Arguments>::read(reader).map(Self::$name)
                    } )*
                    _ => return None,
                })
            }

            fn write(&self, writer: &mut ArgumentWriter<'_>) {
                match self { $( Self::$name(method) => method.write(writer), )* }
            }
        }

        $( impl From<$class::$method> for Method {
            fn from(method: $class::$method) -> Self { Self::$name(method) }
        } )*
    };
}

all!(
    ConnectionStart(connection::Start),
    ConnectionStartOk(connection::StartOk),
    ConnectionSecure(connection::Secure),
    ConnectionSecureOk(connection::SecureOk),
    ConnectionTune(connection::Tune),
    ConnectionTuneOk(connection::TuneOk),
    ConnectionOpen(connection::Open),
    ConnectionOpenOk(connection::OpenOk),
    ConnectionClose(connection::Close),
    ConnectionCloseOk(connection::CloseOk),
    ConnectionBlocked(connection::Blocked),
    ConnectionUnblocked(connection::Unblocked),
    ConnectionUpdateSecret(connection::UpdateSecret),
    ConnectionUpdateSecretOk(connection::UpdateSecretOk),
    ChannelOpen(channel::Open),
    ChannelOpenOk(channel::OpenOk),
    ChannelFlow(channel::Flow),
    ChannelFlowOk(channel::FlowOk),
    ChannelClose(channel::Close),
    ChannelCloseOk(channel::CloseOk),
    AccessRequest(access::Request),
    AccessRequestOk(access::RequestOk),
    ExchangeDeclare(exchange::Declare),
    ExchangeDeclareOk(exchange::DeclareOk),
    ExchangeDelete(exchange::Delete),
    ExchangeDeleteOk(exchange::DeleteOk),
    ExchangeBind(exchange::Bind),
    ExchangeBindOk(exchange::BindOk),
    ExchangeUnbind(exchange::Unbind),
    ExchangeUnbindOk(exchange::UnbindOk),
    QueueDeclare(queue::Declare),
    QueueDeclareOk(queue::DeclareOk),
    QueueBind(queue::Bind),
    QueueBindOk(queue::BindOk),
    QueuePurge(queue::Purge),
    QueuePurgeOk(queue::PurgeOk),
    QueueDelete(queue::Delete),
    QueueDeleteOk(queue::DeleteOk),
    QueueUnbind(queue::Unbind),
    QueueUnbindOk(queue::UnbindOk),
    BasicQos(basic::Qos),
    BasicQosOk(basic::QosOk),
    BasicConsume(basic::Consume),
    BasicConsumeOk(basic::ConsumeOk),
    BasicCancel(basic::Cancel),
    BasicCancelOk(basic::CancelOk),
    BasicPublish(basic::Publish),
    BasicReturn(basic::Return),
    BasicDeliver(basic::Deliver),
    BasicGet(basic::Get),
    BasicGetOk(basic::GetOk),
    BasicGetEmpty(basic::GetEmpty),
    BasicAck(basic::Ack),
    BasicReject(basic::Reject),
    BasicRecoverAsync(basic::RecoverAsync),
    BasicRecover(basic::Recover),
    BasicRecoverOk(basic::RecoverOk),
    BasicNack(basic::Nack),
    ConfirmSelect(confirm::Select),
    ConfirmSelectOk(confirm::SelectOk),
    TxSelect(tx::Select),
    TxSelectOk(tx::SelectOk),
    TxCommit(tx::Commit),
    TxCommitOk(tx::CommitOk),
    TxRollback(tx::Rollback),
    TxRollbackOk(tx::RollbackOk),
);

impl Method {
    /// Reads a method frame's payload.
    ///
    /// # Errors
    /// An unknown method, or an argument that is wrong.
    pub fn decode(payload: &[u8]) -> Result<Self, MethodFault> {
        let Some((class_id, method_id)) = method_code(payload) else {
            let kind = FaultKind::Truncated { wanted: CODE_BYTES, found: payload.len() };
            let fault = Fault { offset: 0, kind };
            let fault = FieldFault { of: "method", field: "id", index: 0, fault };
            return Err(MethodFault::Field { class_id: 0, method_id: 0, fault });
        };
        let fail = |fault| MethodFault::Field { class_id, method_id, fault };
        let mut reader = Reader::new(payload);
        let _ = reader.take(CODE_BYTES);
        let mut reader = ArgumentReader::new(reader);
        let method = Self::read((class_id, method_id), &mut reader)
            .ok_or(MethodFault::Unknown { class_id, method_id })?
            .map_err(fail)?;
        reader.finish(method.name()).map_err(fail)?;
        Ok(method)
    }

    /// Appends a method frame's payload.
    pub fn encode(&self, into: &mut Vec<u8>) {
        let (class_id, method_id) = self.code();
        into.extend_from_slice(&class_id.to_be_bytes());
        into.extend_from_slice(&method_id.to_be_bytes());
        self.write(&mut ArgumentWriter::new(into));
    }
}

/// Class id and method id at the front of a method frame's payload.
pub(crate) fn method_code(payload: &[u8]) -> Option<(u16, u16)> {
    let [class_high, class_low, method_high, method_low] = *payload.first_chunk::<CODE_BYTES>()?;
    let method_id = u16::from_be_bytes([method_high, method_low]);
    Some((u16::from_be_bytes([class_high, class_low]), method_id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v0_9_1::value::Table;

    fn encoded(method: impl Into<Method>) -> Vec<u8> {
        let mut bytes = Vec::new();
        method.into().encode(&mut bytes);
        bytes
    }

    #[test]
    fn a_method_is_written_as_the_specification_says() {
        let declare = queue::Declare {
            queue: "q".into(),
            durable: true,
            no_wait: true,
            arguments: Table::new().with("a", true),
            ..queue::Declare::default()
        };
        let bytes = encoded(declare.clone());
        assert_eq!(bytes, b"\0\x32\0\x0a\0\0\x01q\x12\0\0\0\x04\x01at\x01");
        assert_eq!(Method::decode(&bytes), Ok(declare.into()));
        let nack = basic::Nack { delivery_tag: 258, multiple: true, requeue: false };
        assert_eq!(encoded(nack), b"\0\x3c\0\x78\0\0\0\0\0\0\x01\x02\x01");
    }

    #[test]
    fn bits_behind_other_arguments_begin_an_octet_of_their_own() {
        let deliver = basic::Deliver {
            consumer_tag: "c".into(),
            delivery_tag: 1,
            redelivered: true,
            exchange: "e".into(),
            routing_key: "k".into(),
        };
        let bytes = encoded(deliver.clone());
        assert_eq!(bytes, b"\0\x3c\0\x3c\x01c\0\0\0\0\0\0\0\x01\x01\x01e\x01k");
        assert_eq!(Method::decode(&bytes), Ok(deliver.into()));
    }

    #[test]
    fn an_unknown_method_names_its_codes() {
        let fault = Method::decode(&[0, 50, 0, 99]).unwrap_err();
        assert_eq!(fault, MethodFault::Unknown { class_id: 50, method_id: 99 });
        assert_eq!(fault.to_string(), "method 99 of class 50 (queue) is unknown");
    }

    #[test]
    fn a_wrong_argument_is_named_with_its_offset() {
        let text = |bytes: &[u8]| Method::decode(bytes).unwrap_err().to_string();
        let wrong = text(b"\0\x32\0\x1e\0\0\x02\xff\xfe\0");
        assert_eq!(wrong, "queue.purge.queue: not valid UTF-8 at offset 7");
        let left = text(b"\0\x14\0\x29x");
        assert_eq!(left, "channel.close-ok.end: 1 bytes left over at offset 4");
        assert_eq!(text(&[0]), "method.id: 4 bytes expected, 1 left at offset 0");
        let table = text(b"\0\x32\0\x32\0\0\0\0\0\0\0\0\x03\x01a?");
        assert_eq!(table, "queue.unbind.arguments: unknown type code 0x3f at offset 15");
    }
}
