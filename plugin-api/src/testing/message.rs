//! A message made by hand.

use crate::message::{MessageView, Property};
use crate::value::{Value, ValueRef};

/// A message made by hand, with the methods of a builder. They hide those of [`MessageView`] that
/// have the same names: borrow it as a `&dyn MessageView` to read it.
#[derive(Clone, Debug, Default)]
pub struct MockMessage {
    routing_key: String,
    properties: Vec<(Property, Vec<u8>)>,
    headers: Vec<(String, Vec<u8>)>,
    chunks: Vec<Vec<u8>>,
}

impl MockMessage {
    /// A message with a routing key and nothing else.
    pub fn new(routing_key: impl Into<String>) -> Self {
        Self { routing_key: routing_key.into(), ..Self::default() }
    }

    /// Adds an application header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.headers.push((name.into(), value.into().encode()));
        self
    }

    /// Adds a property.
    #[must_use]
    pub fn property(mut self, id: Property, value: impl Into<Value>) -> Self {
        self.properties.push((id, value.into().encode()));
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
        let (_, encoded) = self.properties.iter().find(|(other, _)| *other == id)?;
        ValueRef::parse(encoded).ok()
    }

    fn header(&self, name: &str) -> Option<ValueRef<'_>> {
        let (_, encoded) = self.headers.iter().find(|(other, _)| other == name)?;
        ValueRef::parse(encoded).ok()
    }

    fn headers(&self, visit: &mut dyn FnMut(&str, ValueRef<'_>)) {
        for (name, encoded) in &self.headers {
            if let Ok(value) = ValueRef::parse(encoded) {
                visit(name, value);
            }
        }
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
