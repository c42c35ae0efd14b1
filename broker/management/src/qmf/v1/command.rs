//! The commands by which a console asks, parsed.

use philter_protocol::limits::NESTING_MAX;
use philter_protocol::reader::{Fault, Reader};
use philter_protocol::v0_10::map::MapRef;

use super::class_key::ClassKey;
use super::field_table::text_of;
use super::object_id::ObjectId;

/// A console's command, behind its header.
#[derive(Clone, Debug)]
pub(super) enum Command<'a> {
    /// Who is the broker?
    Broker,
    /// Which packages are there?
    Packages,
    /// Which classes and events has a package?
    Classes { package: &'a str },
    /// What is the schema of a class?
    Schema(ClassKey<'a>),
    /// What are the values of objects?
    Get(Query<'a>),
    /// Call a method.
    Call(Call<'a>),
    /// Let a remote agent register its own classes.
    Attach,
}

/// Which objects a console wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Query<'a> {
    /// All of a class.
    Class { package: Option<&'a str>, name: &'a str },
    /// One.
    Object(ObjectId),
}

/// A method, and what is handed to it.
#[derive(Clone, Debug)]
pub(super) struct Call<'a> {
    pub(super) object: ObjectId,
    /// The class by which the arguments are typed. Its digest is not compared: a console that calls
    /// what it does not know exactly gets an error from the arguments.
    pub(super) class: ClassKey<'a>,
    pub(super) method: &'a str,
    /// The rest of the message.
    pub(super) arguments: Reader<'a>,
}

/// Why bytes are no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum CommandError {
    /// A command that is not for a broker, or that nobody knows.
    #[error("unknown command 0x{0:02x}")]
    UnknownCommand(u8),
    /// The bytes behind the header are none of the command's.
    #[error("malformed request: {0}")]
    Malformed(#[from] Fault),
    /// A query with neither a class nor an object.
    #[error("the query names neither _class nor _objectid")]
    EmptyQuery,
    /// A query whose object id is none.
    #[error("_objectid is not flags-sequence-brokerBank-agentBank-number")]
    BadObjectId,
}

impl<'a> Command<'a> {
    /// Reads the command that its letter announces.
    ///
    /// # Errors
    /// See [`CommandError`].
    pub(super) fn decode(opcode: u8, reader: &mut Reader<'a>) -> Result<Self, CommandError> {
        Ok(match opcode {
            b'B' => Self::Broker,
            b'P' => Self::Packages,
            b'Q' => Self::Classes { package: reader.str8()? },
            b'S' => Self::Schema(ClassKey::decode(reader)?),
            b'G' => Self::Get(Query::decode(reader)?),
            b'M' => Self::Call(Call::decode(reader)?),
            b'A' => Self::Attach,
            other => return Err(CommandError::UnknownCommand(other)),
        })
    }
}

impl<'a> Query<'a> {
    fn decode(reader: &mut Reader<'a>) -> Result<Self, CommandError> {
        let map = MapRef::decode(reader, NESTING_MAX)?;
        if let Some(name) = text_of(&map, "_class") {
            return Ok(Self::Class { package: text_of(&map, "_package"), name });
        }
        let id = text_of(&map, "_objectid").ok_or(CommandError::EmptyQuery)?;
        ObjectId::parse(id).map(Self::Object).ok_or(CommandError::BadObjectId)
    }
}

impl<'a> Call<'a> {
    fn decode(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let object = ObjectId::decode(reader)?;
        let class = ClassKey::decode(reader)?;
        let method = reader.str8()?;
        let arguments = reader.clone();
        reader.take(reader.remaining())?;
        Ok(Self { object, class, method, arguments })
    }
}
