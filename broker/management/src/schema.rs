//! What there is to manage: classes with their properties, statistics and methods, and events.
//!
//! The names and types are those of QMF's schemas `org.apache.qpid.broker` and
//! `org.apache.qpid.acl`, which Qpid's tools know; what those have no class for is in a package of
//! our own. Class names are lower case, as on the wire. A
//! watermarked statistic X of those schemas is three here: X, XHigh, XLow; a sampled one is four:
//! XSamples, XMin, XMax, XAverage.

mod acl;
mod acl_event;
mod amqp_1_0;
mod broker;
mod connection;
mod declare;
mod event;
mod exchange;
mod hash;
mod host;
mod link;
mod plugin;
mod queue;
mod set;

use std::fmt;

pub use acl::ACL;
pub use acl_event::ACL_EVENTS;
pub use amqp_1_0::{DOMAIN, INCOMING, OUTGOING, QUEUE_POLICY, TOPIC, TOPIC_POLICY};
pub use broker::BROKER;
pub use connection::{CONNECTION, SESSION, SUBSCRIPTION};
pub use event::BROKER_EVENTS;
pub use exchange::{BINDING, EXCHANGE};
pub use hash::Hash;
pub use host::{AGENT, MEMORY, SETUP_STATE, SYSTEM, VHOST};
pub use link::{BRIDGE, LINK};
pub use plugin::PLUGIN;
pub use queue::QUEUE;
pub use set::{classes, events, find_class, find_event, packages};

/// The broker's schema.
pub const BROKER_PACKAGE: &str = "org.apache.qpid.broker";

/// The schema of rules.
pub const ACL_PACKAGE: &str = "org.apache.qpid.acl";

/// The schema of what is ours alone.
pub const PHILTER_PACKAGE: &str = "philter.broker";

/// The type of a property, a statistic or an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `uint8`.
    Uint8,
    /// `uint16`.
    Uint16,
    /// `uint32`, `count32`.
    Uint32,
    /// `uint64`, `count64`.
    Uint64,
    /// `int8`.
    Int8,
    /// `int16`.
    Int16,
    /// `int32`.
    Int32,
    /// `int64`.
    Int64,
    /// `bool`.
    Bool,
    /// `float`.
    Float,
    /// `double`.
    Double,
    /// `sstr`: up to 255 bytes.
    ShortString,
    /// `lstr`: up to 65535 bytes.
    LongString,
    /// `absTime`: nanoseconds since 1970.
    AbsTime,
    /// `deltaTime`: nanoseconds.
    DeltaTime,
    /// `objId`.
    Reference,
    /// `uuid`.
    Uuid,
    /// `map`.
    Map,
    /// `list`.
    List,
}

impl fmt::Display for Type {
    /// QMF's word for the type.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uint8 => "uint8",
            Self::Uint16 => "uint16",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Bool => "bool",
            Self::Float => "float",
            Self::Double => "double",
            Self::ShortString => "short-string",
            Self::LongString => "long-string",
            Self::AbsTime => "abs-time",
            Self::DeltaTime => "delta-time",
            Self::Reference => "reference",
            Self::Uuid => "uuid",
            Self::Map => "map",
            Self::List => "list",
        })
    }
}

/// Who may change a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Set when the object is created (`RC`).
    ReadCreate,
    /// Nobody (`RO`).
    ReadOnly,
    /// Anyone who may (`RW`).
    ReadWrite,
}

/// A property: what an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub value_type: Type,
    /// Who may change it.
    pub access: Access,
    /// It is part of the object's key.
    pub is_index: bool,
    /// It may be absent.
    pub is_optional: bool,
    /// Its unit, or nothing.
    pub unit: &'static str,
    /// The class that it refers to (`package:class` or `class`), or nothing.
    pub references: &'static str,
    /// It refers to the object that owns this one.
    pub is_parent: bool,
    /// What it is, for people.
    pub description: &'static str,
}

/// A statistic: what an object counts or measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statistic {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub value_type: Type,
    /// Its unit, or nothing.
    pub unit: &'static str,
    /// What it is, for people.
    pub description: &'static str,
}

/// Which way an argument goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To the method.
    In,
    /// From the method.
    Out,
    /// Both ways.
    InOut,
}

/// An argument of a method or an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub value_type: Type,
    /// Which way it goes; an event's go out.
    pub direction: Direction,
    /// What it is, for people.
    pub description: &'static str,
}

/// A method of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    /// Its name.
    pub name: &'static str,
    /// Its arguments.
    pub arguments: &'static [Argument],
    /// What it does, for people.
    pub description: &'static str,
}

/// A class of objects.
#[derive(Debug, PartialEq, Eq)]
pub struct Class {
    /// `org.apache.qpid.broker`, `org.apache.qpid.acl` or `philter.broker`.
    pub package: &'static str,
    /// Lower case.
    pub name: &'static str,
    /// In the schema's order.
    pub properties: &'static [Property],
    /// In the schema's order.
    pub statistics: &'static [Statistic],
    /// In the schema's order.
    pub methods: &'static [Method],
}

impl Class {
    /// The method of this name.
    pub fn method(&self, name: &str) -> Option<&'static Method> {
        self.methods.iter().find(|method| method.name == name)
    }

    /// Names and types of properties, then of statistics: as an object's values stand.
    pub fn columns(&self) -> impl Iterator<Item = (&'static str, Type)> + use<> {
        let properties =
            self.properties.iter().map(|property| (property.name, property.value_type));
        let statistics = self.statistics.iter().map(|one| (one.name, one.value_type));
        properties.chain(statistics)
    }
}

impl Argument {
    /// Whether the caller gives it.
    pub fn is_input(&self) -> bool {
        self.direction != Direction::Out
    }

    /// Whether the method answers it.
    pub fn is_output(&self) -> bool {
        self.direction != Direction::In
    }
}

/// How much an event matters, in syslog's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// 3.
    Error = 3,
    /// 4.
    Warning = 4,
    /// 5.
    Notice = 5,
    /// 6.
    Inform = 6,
}

/// A class of events.
#[derive(Debug, PartialEq, Eq)]
pub struct EventClass {
    /// The package.
    pub package: &'static str,
    /// As the schema has it, for example `queueDeclare`.
    pub name: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// In the schema's order.
    pub arguments: &'static [Argument],
}
