//! A message that notes what is read of it.

use std::sync::atomic::{AtomicU32, Ordering};

use philter_plugin_api::value::ValueRef;
use philter_plugin_api::{MessageView, Property, Reads};

use crate::overwrite::{LentBytes, LentText};
use crate::sample::SampleMessage;

/// A message whose every read is noted, and whose buffers can be overwritten.
#[derive(Debug)]
pub(crate) struct Probe {
    key: LentText,
    properties: Vec<(Property, LentBytes)>,
    headers: Vec<(LentText, LentBytes)>,
    body: LentBytes,
    reads: AtomicU32,
}

impl Probe {
    /// A message like the sample.
    pub(crate) fn new(sample: &SampleMessage) -> Self {
        let properties = sample.properties.iter();
        let headers = sample.headers.iter();
        Self {
            key: LentText::new(&sample.key),
            properties: properties.map(|(id, value)| (*id, encoded(value))).collect(),
            headers: headers.map(|(name, value)| (LentText::new(name), encoded(value))).collect(),
            body: LentBytes::new(&sample.body),
            reads: AtomicU32::new(0),
        }
    }

    /// What was read of it so far.
    pub(crate) fn reads(&self) -> Reads {
        Reads::from_bits(self.reads.load(Ordering::Relaxed))
    }

    /// Overwrites every buffer; the message is then a different one of the same size.
    pub(crate) fn overwrite(&mut self) {
        self.key.overwrite();
        self.body.overwrite();
        self.properties.iter_mut().for_each(|(_, value)| value.overwrite());
        for (name, value) in &mut self.headers {
            name.overwrite();
            value.overwrite();
        }
    }

    fn note(&self, reads: Reads) {
        self.reads.fetch_or(reads.bits(), Ordering::Relaxed);
    }
}

fn encoded(value: &philter_plugin_api::Value) -> LentBytes {
    LentBytes::new(&value.encode())
}

impl MessageView for Probe {
    fn routing_key(&self) -> &str {
        self.note(Reads::KEY);
        self.key.as_str()
    }

    fn property(&self, id: Property) -> Option<ValueRef<'_>> {
        self.note(Reads::PROPERTIES);
        let (_, value) = self.properties.iter().find(|(other, _)| *other == id)?;
        ValueRef::parse(value.as_slice()).ok()
    }

    fn header(&self, name: &str) -> Option<ValueRef<'_>> {
        self.note(Reads::HEADERS);
        let (_, value) = self.headers.iter().find(|(other, _)| other.as_str() == name)?;
        ValueRef::parse(value.as_slice()).ok()
    }

    fn headers(&self, visit: &mut dyn FnMut(&str, ValueRef<'_>)) {
        self.note(Reads::HEADERS);
        for (name, value) in &self.headers {
            if let Ok(value) = ValueRef::parse(value.as_slice()) {
                visit(name.as_str(), value);
            }
        }
    }

    fn body_len(&self) -> u64 {
        self.note(Reads::BODY);
        self.body.as_slice().len() as u64
    }

    fn body_chunk(&self, offset: u64) -> &[u8] {
        self.note(Reads::BODY);
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        self.body.as_slice().get(offset..).unwrap_or_default()
    }
}

/// The messages as the traits take them.
pub(crate) fn views(probes: &[Probe]) -> Vec<&dyn MessageView> {
    probes.iter().map(|probe| probe as &dyn MessageView).collect()
}

/// A message for each sample.
pub(crate) fn probes(samples: &[SampleMessage]) -> Vec<Probe> {
    samples.iter().map(Probe::new).collect()
}

#[cfg(test)]
mod tests {
    use philter_plugin_api::Value;

    use super::*;

    #[test]
    fn notes_what_is_read() {
        let sample = SampleMessage::new("k").header("a", Value::Long(1)).body("xyz");
        let probe = Probe::new(&sample);
        assert_eq!(probe.reads(), Reads::default());
        assert_eq!(probe.header("a"), Some(ValueRef::Long(1)));
        assert_eq!(probe.reads(), Reads::HEADERS);
        assert_eq!(probe.body().as_ref(), b"xyz");
        assert_eq!(probe.reads(), Reads::HEADERS | Reads::BODY);
    }
}
