//! JSON as maps, arrays and atomic values (XPath Functions 3.1, section 17.5.1).

use std::rc::Rc;

use super::options::Duplicates;
use super::reader::Sink;
use crate::atomic::{Atomic, quoted};
use crate::error::Result;
use crate::functions::Call;
use crate::value::{Array, Item, Map, Sequence};

/// Bytes of an entry or a member, about.
const ENTRY_BYTES: usize = 128;

/// Builds values.
pub(super) struct ValueSink<'c, 'a> {
    call: &'c Call<'c, 'a>,
    duplicates: Duplicates,
    open: Vec<Open<'a>>,
    result: Sequence<'a>,
}

enum Open<'a> {
    /// With the key of the value that comes next.
    Map(Map<'a>, Option<Atomic>),
    Array(Vec<Sequence<'a>>),
}

impl<'c, 'a> ValueSink<'c, 'a> {
    pub(super) fn new(call: &'c Call<'c, 'a>, duplicates: Duplicates) -> Self {
        Self { call, duplicates, open: Vec::new(), result: Sequence::Empty }
    }

    pub(super) fn finish(self) -> Sequence<'a> {
        self.result
    }

    fn value(&mut self, value: Sequence<'a>) -> Result<()> {
        let meter = self.call.meter();
        meter.build(ENTRY_BYTES)?;
        match self.open.last_mut() {
            None => self.result = value,
            Some(Open::Array(members)) => {
                meter.items(members.len() + 1)?;
                members.push(value);
            }
            Some(Open::Map(map, key)) => {
                meter.items(map.len() + 1)?;
                if let Some(key) = key.take() {
                    map.insert(key, value);
                }
            }
        }
        Ok(())
    }
}

impl Sink for ValueSink<'_, '_> {
    fn start_object(&mut self) -> Result<()> {
        self.open.push(Open::Map(Map::default(), None));
        Ok(())
    }

    fn start_array(&mut self) -> Result<()> {
        self.open.push(Open::Array(Vec::new()));
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        let item = match self.open.pop() {
            Some(Open::Map(map, _)) => Item::Map(Rc::new(map)),
            Some(Open::Array(members)) => {
                Item::Array(Rc::new(members.into_iter().collect::<Array<'_>>()))
            }
            None => return Ok(()),
        };
        self.call.meter().value_depth(item.depth())?;
        self.value(item.into())
    }

    fn key(&mut self, key: &str, _: bool) -> Result<bool> {
        self.call.meter().build(key.len())?;
        let Some(Open::Map(map, next)) = self.open.last_mut() else { return Ok(true) };
        let key = Atomic::string(key);
        if map.get(&key).is_some() {
            match self.duplicates {
                Duplicates::Reject => {
                    let text = format!("an object has the key {} twice", quoted(&key.to_text()));
                    return Err(self.call.error("FOJS0003", text));
                }
                Duplicates::UseFirst => return Ok(false),
                Duplicates::UseLast | Duplicates::Retain => {}
            }
        }
        *next = Some(key);
        Ok(true)
    }

    fn string(&mut self, text: &str, _: bool) -> Result<()> {
        self.call.meter().build(text.len())?;
        self.value(Item::string(text).into())
    }

    fn number(&mut self, text: &str) -> Result<()> {
        // What is a number for JSON is one for this; too large ones become infinite.
        let number = text.parse().unwrap_or(f64::NAN);
        self.value(Item::Atomic(Atomic::Double(number)).into())
    }

    fn boolean(&mut self, value: bool) -> Result<()> {
        self.value(Item::boolean(value).into())
    }

    fn null(&mut self) -> Result<()> {
        self.value(Sequence::Empty)
    }
}
