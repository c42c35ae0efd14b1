//! What there is to manage: classes with their properties, statistics and methods, and events.
//!
//! The names and types are those of QMF's schemas `org.apache.qpid.broker` and
//! `org.apache.qpid.acl`, which Qpid's tools know. Class names are lower case, as on the wire. A
//! watermarked statistic X of those schemas is three here: X, XHigh, XLow.

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
    /// `org.apache.qpid.broker` or `org.apache.qpid.acl`.
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
