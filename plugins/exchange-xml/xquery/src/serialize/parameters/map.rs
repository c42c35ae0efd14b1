//! Parameters as a map (XPath Functions 3.1, section 14.7.3, by the option parameter
//! conventions of section 1.5).

use super::{Kind, Parameters, error, parameter};
use crate::atomic::{Atomic, AtomicType, lexical};
use crate::error::{Error, Result};
use crate::evaluate::atomize;
use crate::meter::Meter;
use crate::name::QName;
use crate::value::{Item, Map, Sequence};

impl Parameters {
    /// Reads a map. Keys that are no parameter's name are ignored.
    ///
    /// # Errors
    ///
    /// `XPTY0004` for a value of the wrong type, `SEPM0016` and its kin for a wrong one of the
    /// right type.
    pub(crate) fn of_map(map: &Map<'_>, meter: &Meter<'_>) -> Result<Self> {
        let mut parameters = Self::default();
        for (key, value) in map.iter() {
            meter.step()?;
            let Atomic::String(..) = key else { continue };
            if let Some((name, kind)) = parameter(&key.to_text())
                && !value.is_empty()
            {
                parameters.take(name, kind, value, meter)?;
            }
        }
        parameters.check_version()?;
        Ok(parameters)
    }

    fn take(
        &mut self,
        name: &'static str,
        kind: Kind,
        value: &Sequence<'_>,
        meter: &Meter<'_>,
    ) -> Result<()> {
        if kind == Kind::CharacterMap {
            return match value.only() {
                Some(Item::Map(map)) => self.take_character_map(map, meter),
                _ => Err(wrong(name, "a map of strings")),
            };
        }
        let atoms = atomize(meter, value)?;
        if kind == Kind::Names {
            let names = atoms.iter().map(|item| match item {
                Item::Atomic(Atomic::QName(name)) => Ok(QName::clone(name)),
                _ => Err(wrong(name, "names of type xs:QName")),
            });
            self.set_names(name, names.collect::<Result<_>>()?);
            return Ok(());
        }
        let Some(Item::Atomic(value)) = atoms.only() else {
            return Err(wrong(name, "one value"));
        };
        match kind {
            Kind::Boolean => self.set_boolean(name, boolean(name, value)?),
            Kind::Standalone => self.standalone = Some(boolean(name, value)?),
            Kind::Number => self.html_version = Some(number(name, value)?),
            _ => {
                let text = string(name, value)?;
                self.set(name, &text, &|_| None)?;
            }
        }
        Ok(())
    }

    fn take_character_map(&mut self, map: &Map<'_>, meter: &Meter<'_>) -> Result<()> {
        for (key, value) in map.iter() {
            meter.step()?;
            let atoms = atomize(meter, value)?;
            let Some(Item::Atomic(value)) = atoms.only() else {
                return Err(wrong("use-character-maps", "a string for each character"));
            };
            let character = string("use-character-maps", key)?;
            let text = string("use-character-maps", value)?;
            meter.build(text.len())?;
            self.map_character(&character, &text)?;
        }
        Ok(())
    }
}

fn wrong(name: &str, expected: &str) -> Error {
    error("XPTY0004", format!("the parameter {name} takes {expected}"))
}

fn boolean(name: &str, value: &Atomic) -> Result<bool> {
    match value {
        Atomic::Boolean(truth) => Ok(*truth),
        Atomic::Untyped(text) => match lexical::parse(text, AtomicType::Boolean)? {
            Atomic::Boolean(truth) => Ok(truth),
            _ => Err(wrong(name, "xs:boolean")),
        },
        _ => Err(wrong(name, &format!("xs:boolean, and not {}", value.type_of()))),
    }
}

fn number(name: &str, value: &Atomic) -> Result<rust_decimal::Decimal> {
    let is_decimal = matches!(value, Atomic::Integer(..) | Atomic::Decimal(_) | Atomic::Untyped(_));
    let number = value.to_text().trim().parse().ok().filter(|_| is_decimal);
    number.ok_or_else(|| wrong(name, &format!("xs:decimal, and not {}", value.type_of())))
}

fn string(name: &str, value: &Atomic) -> Result<String> {
    match value {
        Atomic::String(..) | Atomic::Untyped(_) | Atomic::AnyUri(_) => {
            Ok(value.to_text().into_owned())
        }
        // A method of a vendor's.
        Atomic::QName(qname) if parameter(name).is_some_and(|row| row.1 == Kind::Method) => {
            Ok(qname.braced())
        }
        _ => Err(wrong(name, &format!("xs:string, and not {}", value.type_of()))),
    }
}
