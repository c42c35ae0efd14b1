//! Shorthand by which the tables of this folder are written.

use super::{Access, Argument, Direction, Property, Statistic, Type};

pub(super) const fn property(
    name: &'static str,
    value_type: Type,
    access: Access,
    description: &'static str,
) -> Property {
    Property {
        name,
        value_type,
        access,
        is_index: false,
        is_optional: false,
        unit: "",
        references: "",
        is_parent: false,
        description,
    }
}

impl Property {
    /// It is part of the object's key.
    pub(super) const fn index(self) -> Self {
        Self { is_index: true, ..self }
    }

    /// It may be absent.
    pub(super) const fn optional(self) -> Self {
        Self { is_optional: true, ..self }
    }

    /// Its unit.
    pub(super) const fn unit(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }

    /// It refers to an object of `class`.
    pub(super) const fn references(self, class: &'static str) -> Self {
        Self { references: class, ..self }
    }

    /// It refers to the owner, an object of `class`.
    pub(super) const fn parent(self, class: &'static str) -> Self {
        Self { references: class, is_parent: true, ..self }
    }
}

pub(super) const fn statistic(
    name: &'static str,
    value_type: Type,
    description: &'static str,
) -> Statistic {
    Statistic { name, value_type, unit: "", description }
}

impl Statistic {
    /// Its unit.
    pub(super) const fn unit(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }
}

pub(super) const fn input(
    name: &'static str,
    value_type: Type,
    description: &'static str,
) -> Argument {
    Argument { name, value_type, direction: Direction::In, description }
}

pub(super) const fn output(
    name: &'static str,
    value_type: Type,
    description: &'static str,
) -> Argument {
    Argument { name, value_type, direction: Direction::Out, description }
}

pub(super) const fn both(
    name: &'static str,
    value_type: Type,
    description: &'static str,
) -> Argument {
    Argument { name, value_type, direction: Direction::InOut, description }
}
