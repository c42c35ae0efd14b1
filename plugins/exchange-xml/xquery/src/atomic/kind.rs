//! The atomic types that every query knows (data model, section 2.7.2), and how they derive from
//! each other.

/// A built-in atomic type, or `xs:anyAtomicType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each is the type of XML Schema with the same name")]
pub enum AtomicType {
    AnyAtomic,
    UntypedAtomic,
    String,
    NormalizedString,
    Token,
    Language,
    Nmtoken,
    Name,
    NcName,
    Id,
    Idref,
    Entity,
    AnyUri,
    Boolean,
    Decimal,
    Integer,
    NonPositiveInteger,
    NegativeInteger,
    Long,
    Int,
    Short,
    Byte,
    NonNegativeInteger,
    UnsignedLong,
    UnsignedInt,
    UnsignedShort,
    UnsignedByte,
    PositiveInteger,
    Float,
    Double,
    Duration,
    YearMonthDuration,
    DayTimeDuration,
    DateTime,
    DateTimeStamp,
    Date,
    Time,
    GYearMonth,
    GYear,
    GMonthDay,
    GDay,
    GMonth,
    HexBinary,
    Base64Binary,
    QName,
    Notation,
}

/// Local name, type, and what it derives from.
const TABLE: [(&str, AtomicType, AtomicType); 46] = {
    use AtomicType as T;
    [
        ("anyAtomicType", T::AnyAtomic, T::AnyAtomic),
        ("untypedAtomic", T::UntypedAtomic, T::AnyAtomic),
        ("string", T::String, T::AnyAtomic),
        ("normalizedString", T::NormalizedString, T::String),
        ("token", T::Token, T::NormalizedString),
        ("language", T::Language, T::Token),
        ("NMTOKEN", T::Nmtoken, T::Token),
        ("Name", T::Name, T::Token),
        ("NCName", T::NcName, T::Name),
        ("ID", T::Id, T::NcName),
        ("IDREF", T::Idref, T::NcName),
        ("ENTITY", T::Entity, T::NcName),
        ("anyURI", T::AnyUri, T::AnyAtomic),
        ("boolean", T::Boolean, T::AnyAtomic),
        ("decimal", T::Decimal, T::AnyAtomic),
        ("integer", T::Integer, T::Decimal),
        ("nonPositiveInteger", T::NonPositiveInteger, T::Integer),
        ("negativeInteger", T::NegativeInteger, T::NonPositiveInteger),
        ("long", T::Long, T::Integer),
        ("int", T::Int, T::Long),
        ("short", T::Short, T::Int),
        ("byte", T::Byte, T::Short),
        ("nonNegativeInteger", T::NonNegativeInteger, T::Integer),
        ("unsignedLong", T::UnsignedLong, T::NonNegativeInteger),
        ("unsignedInt", T::UnsignedInt, T::UnsignedLong),
        ("unsignedShort", T::UnsignedShort, T::UnsignedInt),
        ("unsignedByte", T::UnsignedByte, T::UnsignedShort),
        ("positiveInteger", T::PositiveInteger, T::NonNegativeInteger),
        ("float", T::Float, T::AnyAtomic),
        ("double", T::Double, T::AnyAtomic),
        ("duration", T::Duration, T::AnyAtomic),
        ("yearMonthDuration", T::YearMonthDuration, T::Duration),
        ("dayTimeDuration", T::DayTimeDuration, T::Duration),
        ("dateTime", T::DateTime, T::AnyAtomic),
        ("dateTimeStamp", T::DateTimeStamp, T::DateTime),
        ("date", T::Date, T::AnyAtomic),
        ("time", T::Time, T::AnyAtomic),
        ("gYearMonth", T::GYearMonth, T::AnyAtomic),
        ("gYear", T::GYear, T::AnyAtomic),
        ("gMonthDay", T::GMonthDay, T::AnyAtomic),
        ("gDay", T::GDay, T::AnyAtomic),
        ("gMonth", T::GMonth, T::AnyAtomic),
        ("hexBinary", T::HexBinary, T::AnyAtomic),
        ("base64Binary", T::Base64Binary, T::AnyAtomic),
        ("QName", T::QName, T::AnyAtomic),
        ("NOTATION", T::Notation, T::AnyAtomic),
    ]
};

impl AtomicType {
    /// The type with this local name in the namespace of XML Schema.
    #[must_use]
    pub fn named(local: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.0 == local).map(|row| row.1)
    }

    /// The local name, in the namespace of XML Schema.
    #[must_use]
    pub fn local_name(self) -> &'static str {
        TABLE.get(self as usize).map_or("anyAtomicType", |row| row.0)
    }

    /// What it derives from; `xs:anyAtomicType` from itself.
    #[must_use]
    pub fn base(self) -> Self {
        TABLE.get(self as usize).map_or(Self::AnyAtomic, |row| row.2)
    }

    /// Whether a value of this type is one of `other` as well.
    #[must_use]
    pub fn derives_from(self, other: Self) -> bool {
        let mut kind = self;
        while kind != other {
            if kind == Self::AnyAtomic {
                return false;
            }
            kind = kind.base();
        }
        true
    }

    /// The primitive type it derives from, with `xs:integer` and the two kinds of durations kept
    /// apart: the types that operators know.
    #[must_use]
    pub fn primitive(self) -> Self {
        let mut kind = self;
        loop {
            let base = kind.base();
            let is_kept =
                matches!(kind, Self::Integer | Self::YearMonthDuration | Self::DayTimeDuration);
            if is_kept || base == Self::AnyAtomic {
                return kind;
            }
            kind = base;
        }
    }

    /// Whether it is `xs:decimal`, `xs:float`, `xs:double` or derived from one.
    #[must_use]
    pub fn is_numeric(self) -> bool {
        matches!(self.primitive(), Self::Integer | Self::Decimal | Self::Float | Self::Double)
    }
}

impl std::fmt::Display for AtomicType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "xs:{}", self.local_name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_types() {
        for (index, row) in TABLE.iter().enumerate() {
            assert_eq!(row.1 as usize, index, "{}", row.0);
            assert_eq!(AtomicType::named(row.0), Some(row.1));
        }
    }
}
