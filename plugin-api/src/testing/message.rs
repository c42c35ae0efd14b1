//! A message made by hand.

use crate::message::{MessageView, Property};
use crate::value::{Value, ValueRef};

/// A message made by hand, with the methods of a builder. They hide those of [`MessageView`] that
/// have the same names: borrow it as a `&dyn MessageView` to read it.
#[derive(Clone, Debug, Default)]
pub struct MockMessage {
    routing_key: String,
    properties: Vec<(Property, Kept)>,
    headers: Vec<(String, Kept)>,
    chunks: Vec<Vec<u8>>,
}

/// A value that is lent as quickly as a broker's own.
#[derive(Clone, Debug)]
struct Kept {
    value: Value,
    encoded: Vec<u8>,
}

impl Kept {
    fn new(value: Value) -> Self {
        Self { encoded: value.encode(), value }
    }

    fn lent(&self) -> ValueRef<'_> {
        self.value.as_scalar().unwrap_or(ValueRef::Encoded(&self.encoded))
    }
}

impl MockMessage {
    /// A message with a routing key and nothing else.
    pub fn new(routing_key: impl Into<String>) -> Self {
        Self { routing_key: routing_key.into(), ..Self::default() }
    }

    /// Adds an application header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.headers.push((name.into(), Kept::new(value.into())));
        self
    }

    /// Adds a property.
    #[must_use]
    pub fn property(mut self, id: Property, value: impl Into<Value>) -> Self {
        self.properties.push((id, Kept::new(value.into())));
        self
    }

    /// Sets the body, in one piece.
    #[must_use]
    pub fn body(self, body: impl AsRef<[u8]>) -> Self {
        self.body_in_chunks([body])
    }

    /// Sets the body, in pieces as a large one arrives. Empty pieces are left out.
    #[must_use]
    pub fn body_in_chunks<C: AsRef<[u8]>>(mut self, chunks: impl IntoIterator<Item = C>) -> Self {
        let chunks = chunks.into_iter().map(|chunk| chunk.as_ref().to_vec());
        self.chunks = chunks.filter(|chunk| !chunk.is_empty()).collect();
        self
    }
}

impl MessageView for MockMessage {
    fn routing_key(&self) -> &str {
        &self.routing_key
    }

    fn property(&self, id: Property) -> Option<ValueRef<'_>> {
        let (_, kept) = self.properties.iter().find(|(other, _)| *other == id)?;
        Some(kept.lent())
    }

    fn header(&self, name: &str) -> Option<ValueRef<'_>> {
        let (_, kept) = self.headers.iter().find(|(other, _)| other == name)?;
        Some(kept.lent())
    }

    fn headers(&self, visit: &mut dyn FnMut(&str, ValueRef<'_>)) {
        self.headers.iter().for_each(|(name, kept)| visit(name, kept.lent()));
    }

    fn body_len(&self) -> u64 {
        self.chunks.iter().map(|chunk| chunk.len() as u64).sum()
    }

    fn body_chunk(&self, offset: u64) -> &[u8] {
        let mut start = 0;
        for chunk in &self.chunks {
            let inside = usize::try_from(offset - start).unwrap_or(usize::MAX);
            if let Some(rest) = chunk.get(inside..)
                && !rest.is_empty()
            {
                return rest;
            }
            start += chunk.len() as u64;
        }
        &[]
    }
}
