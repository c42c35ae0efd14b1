//! An object's identifier in version 1: 16 bytes made from its name.
//!
//! The first eight hold flags (4 bits), a boot sequence (12; 0 says that the id outlives restarts),
//! the broker's bank (20) and the agent's (28). The other eight hold a number. Here the number is
//! taken from a digest of the name, so no table of numbers has to be kept or bounded, and an id
//! means the same object after a restart. The way back is a walk over the objects, which a console
//! asks for once for an object that somebody looks at.

use std::fmt;

use philter_protocol::reader::{Fault, Reader};
use sha2::{Digest, Sha256};

use crate::object::{Directory, ObjectName};
use crate::schema::Class;

/// The bank of the only broker that a console sees.
const BROKER_BANK: u64 = 1;
const BROKER_BANK_SHIFT: u32 = 28;
const BROKER_BANK_MASK: u64 = 0xf_ffff;
const AGENT_BANK_MASK: u64 = 0xfff_ffff;
/// Consoles read the number as a signed one.
const NUMBER_MASK: u64 = i64::MAX.cast_unsigned();
/// `flags-sequence-brokerBank-agentBank-number`.
const TEXT_FIELDS: usize = 5;

/// Which object a console means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ObjectId {
    /// The banks: whose object it is.
    banks: u64,
    number: u64,
}

impl ObjectId {
    /// The id of the broker's object of this name.
    pub(super) fn of(name: &ObjectName) -> Self {
        let digest = Sha256::digest(name.0.as_bytes());
        let number = digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte));
        Self::with_number(number & NUMBER_MASK)
    }

    /// The id of the broker's object of this number.
    pub(super) fn with_number(number: u64) -> Self {
        Self { banks: BROKER_BANK << BROKER_BANK_SHIFT, number }
    }

    /// Where no object is meant.
    pub(super) fn none() -> Self {
        Self { banks: 0, number: 0 }
    }

    /// Reads 16 bytes.
    ///
    /// # Errors
    /// Fewer are left.
    pub(super) fn decode(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        Ok(Self { banks: reader.u64()?, number: reader.u64()? })
    }

    /// Writes 16 bytes.
    pub(super) fn encode(self, into: &mut Vec<u8>) {
        into.extend_from_slice(&self.banks.to_be_bytes());
        into.extend_from_slice(&self.number.to_be_bytes());
    }

    /// Reads the text form, `flags-sequence-brokerBank-agentBank-number`, decimal. A console may
    /// have lost the sequence, so nobody compares it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.splitn(TEXT_FIELDS + 1, '-').collect();
        let [_flags, _sequence, broker, agent, number] = fields.as_slice() else { return None };
        let broker = broker.parse().ok().filter(|broker: &u64| *broker <= BROKER_BANK_MASK)?;
        let agent = agent.parse().ok().filter(|agent: &u64| *agent <= AGENT_BANK_MASK)?;
        Some(Self { banks: broker << BROKER_BANK_SHIFT | agent, number: number.parse().ok()? })
    }

    /// Whether it is the id of this name.
    pub(super) fn is_of(self, name: &ObjectName) -> bool {
        self.is_ours() && Self::of(name).number == self.number
    }

    /// The name of the object that is meant, looked for among those of `classes`.
    pub(super) fn find(
        self,
        classes: impl IntoIterator<Item = &'static Class>,
        directory: &dyn Directory,
    ) -> Option<ObjectName> {
        if !self.is_ours() {
            return None;
        }
        classes.into_iter().find_map(|class| {
            let mut found = None;
            directory.visit(class, &mut |object| {
                if self.is_of(&object.name) {
                    found = Some(object.name);
                }
                found.is_none()
            });
            found
        })
    }

    /// Ids of remote agents' objects have another agent's bank.
    fn is_ours(self) -> bool {
        let broker = self.banks >> BROKER_BANK_SHIFT & BROKER_BANK_MASK;
        broker == BROKER_BANK && self.banks & AGENT_BANK_MASK == 0
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let broker = self.banks >> BROKER_BANK_SHIFT & BROKER_BANK_MASK;
        write!(f, "0-0-{broker}-{}-{}", self.banks & AGENT_BANK_MASK, self.number)
    }
}

#[cfg(test)]
impl ObjectId {
    /// The number.
    pub(super) fn number(self) -> u64 {
        self.number
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name() -> ObjectName {
        ObjectName("org.apache.qpid.broker:queue:q".to_owned())
    }

    #[test]
    fn an_id_is_made_from_the_name() {
        let mut bytes = Vec::new();
        ObjectId::of(&name()).encode(&mut bytes);
        assert_eq!(bytes[..8], [0, 0, 0, 0, 0x10, 0, 0, 0]);
        assert_eq!(bytes.len(), 16);
        let back = ObjectId::decode(&mut Reader::new(&bytes)).unwrap();
        assert_eq!(back, ObjectId::of(&name()));
        assert!(back.is_of(&name()));
    }

    #[test]
    fn the_text_form_is_that_of_consoles() {
        let id = ObjectId::of(&name());
        let text = format!("0-0-1-0-{}", id.number());
        assert_eq!(ObjectId::parse(&text), Some(id));
        assert_eq!(ObjectId::parse(&format!("0-7-1-0-{}", id.number())), Some(id));
        for bad in ["", "1", "0-0-1-0", "0-0-1-0-x", "0-0-1-0-1-2", "0-0-1-name-5"] {
            assert_eq!(ObjectId::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn another_agents_object_is_none_of_ours() {
        let number = ObjectId::of(&name()).number();
        assert!(!ObjectId::parse(&format!("0-0-1-7-{number}")).unwrap().is_of(&name()));
        assert!(!ObjectId::parse(&format!("0-0-2-0-{number}")).unwrap().is_of(&name()));
        assert!(!ObjectId::none().is_of(&name()));
    }

    proptest! {
        #[test]
        fn any_text_is_an_id_or_none(text in ".{0,60}") {
            let _ = ObjectId::parse(&text);
        }

        #[test]
        fn every_name_is_its_ids(text in ".{0,60}") {
            let name = ObjectName(text);
            prop_assert!(ObjectId::of(&name).is_of(&name));
            prop_assert!(ObjectId::of(&name).number() <= i64::MAX.cast_unsigned());
        }
    }
}
