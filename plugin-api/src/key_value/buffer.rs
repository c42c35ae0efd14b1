//! Keys, values and changes, each as one buffer, which is how they cross to a component's host.
//!
//! The layouts stand in `wit/store/philter-store.wit`.

use crate::flat::{Cursor, Malformed};

/// In the place of a value's length: there is none.
const NONE: u32 = u32::MAX;

/// Bytes before the first pair of a scan.
const HEAD_BYTES: usize = 8;

/// Keys that are asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys(Vec<u8>);

/// Values, in the order of the keys that were asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(Vec<u8>);

/// Keys with their values, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pairs {
    bytes: Vec<u8>,
    count: u32,
    has_more: bool,
}

/// What is put and removed, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes(Vec<u8>);

impl Keys {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One more.
    pub fn push(&mut self, key: &[u8]) {
        add(&mut self.0, key);
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One after another.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut cursor = Cursor::new(&self.0);
        std::iter::from_fn(move || next(&mut cursor).ok()?)
    }

    /// The buffer.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Takes a buffer.
    ///
    /// # Errors
    /// It is none of keys.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, Malformed> {
        let mut cursor = Cursor::new(&bytes);
        while !cursor.is_at_end() {
            let count = cursor.u32()?;
            cursor.counted(count)?;
        }
        Ok(Self(bytes))
    }
}

impl Values {
    /// None yet, with room for this many bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// One more, or that there is none.
    pub fn push(&mut self, value: Option<&[u8]>) {
        match value {
            Some(value) => add(&mut self.0, value),
            None => self.0.extend(NONE.to_le_bytes()),
        }
    }

    /// One after another.
    pub fn iter(&self) -> impl Iterator<Item = Option<&[u8]>> {
        let mut cursor = Cursor::new(&self.0);
        std::iter::from_fn(move || (!cursor.is_at_end()).then(|| value(&mut cursor).ok())?)
    }

    /// The buffer.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// Takes a buffer.
    ///
    /// # Errors
    /// It is none of values.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, Malformed> {
        let mut cursor = Cursor::new(&bytes);
        while !cursor.is_at_end() {
            value(&mut cursor)?;
        }
        Ok(Self(bytes))
    }
}

impl Pairs {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One more.
    pub fn push(&mut self, key: &[u8], value: &[u8]) {
        self.bytes.extend(length(key).to_le_bytes());
        self.bytes.extend(length(value).to_le_bytes());
        self.bytes.extend(key);
        self.bytes.extend(value);
        self.count = self.count.saturating_add(1);
    }

    /// How many bytes they are.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        usize::try_from(self.count).unwrap_or(usize::MAX)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether the map has more behind them.
    pub fn has_more(&self) -> bool {
        self.has_more
    }

    /// Says that the map has more behind them.
    pub fn set_more(&mut self) {
        self.has_more = true;
    }

    /// One after another.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let mut cursor = Cursor::new(self.bytes.get(HEAD_BYTES..).unwrap_or_default());
        std::iter::from_fn(move || (!cursor.is_at_end()).then(|| pair(&mut cursor).ok())?)
    }

    /// The buffer.
    pub fn into_bytes(mut self) -> Vec<u8> {
        let head = [self.count, u32::from(self.has_more)];
        if let Some(place) = self.bytes.get_mut(..HEAD_BYTES) {
            let (words, _) = place.as_chunks_mut::<4>();
            words.iter_mut().zip(head).for_each(|(word, value)| *word = value.to_le_bytes());
        }
        self.bytes
    }

    /// Takes a buffer.
    ///
    /// # Errors
    /// It is none of pairs.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, Malformed> {
        let mut cursor = Cursor::new(&bytes);
        let [count, more] = [cursor.u32()?, cursor.u32()?];
        for _ in 0..count {
            pair(&mut cursor)?;
        }
        cursor.end()?;
        Ok(Self { bytes, count, has_more: more == 1 })
    }
}

impl Default for Pairs {
    fn default() -> Self {
        Self { bytes: vec![0; HEAD_BYTES], count: 0, has_more: false }
    }
}

impl Changes {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// None yet, with room for this many bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// A key and its new value.
    pub fn put(&mut self, key: &[u8], value: &[u8]) {
        self.put_parts(key, &[value]);
    }

    /// A key and its new value, which is these parts one behind the other.
    pub fn put_parts(&mut self, key: &[u8], parts: &[&[u8]]) {
        let bytes = parts.iter().map(|part| part.len()).sum::<usize>();
        self.0.extend(length(key).to_le_bytes());
        self.0.extend(u32::try_from(bytes).unwrap_or(NONE).to_le_bytes());
        self.0.extend(key);
        parts.iter().for_each(|part| self.0.extend(*part));
    }

    /// A key that goes, if it is there.
    pub fn remove(&mut self, key: &[u8]) {
        self.0.extend(length(key).to_le_bytes());
        self.0.extend(NONE.to_le_bytes());
        self.0.extend(key);
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many bytes they are.
    pub fn bytes(&self) -> usize {
        self.0.len()
    }

    /// One after another: a key, and its new value or none.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        let mut cursor = Cursor::new(&self.0);
        std::iter::from_fn(move || (!cursor.is_at_end()).then(|| change(&mut cursor).ok())?)
    }

    /// The buffer.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Takes a buffer.
    ///
    /// # Errors
    /// It is none of changes.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, Malformed> {
        let mut cursor = Cursor::new(&bytes);
        while !cursor.is_at_end() {
            change(&mut cursor)?;
        }
        Ok(Self(bytes))
    }
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(NONE)
}

fn add(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend(length(bytes).to_le_bytes());
    out.extend(bytes);
}

fn next<'a>(cursor: &mut Cursor<'a>) -> Result<Option<&'a [u8]>, Malformed> {
    if cursor.is_at_end() {
        return Ok(None);
    }
    let count = cursor.u32()?;
    cursor.counted(count).map(Some)
}

fn value<'a>(cursor: &mut Cursor<'a>) -> Result<Option<&'a [u8]>, Malformed> {
    match cursor.u32()? {
        NONE => Ok(None),
        count => cursor.counted(count).map(Some),
    }
}

fn pair<'a>(cursor: &mut Cursor<'a>) -> Result<(&'a [u8], &'a [u8]), Malformed> {
    let [key, value] = [cursor.u32()?, cursor.u32()?];
    Ok((cursor.counted(key)?, cursor.counted(value)?))
}

fn change<'a>(cursor: &mut Cursor<'a>) -> Result<(&'a [u8], Option<&'a [u8]>), Malformed> {
    let [key, value] = [cursor.u32()?, cursor.u32()?];
    let key = cursor.counted(key)?;
    let value = if value == NONE { None } else { Some(cursor.counted(value)?) };
    Ok((key, value))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_pushed_is_read_again() {
        let mut keys = Keys::new();
        let all: [&[u8]; 3] = [b"a", b"", b"key"];
        all.iter().for_each(|key| keys.push(key));
        let keys = Keys::parse(keys.as_bytes().to_vec()).unwrap();
        assert!(keys.iter().eq(all));
        let mut values = Values::default();
        let all: [Option<&[u8]>; 3] = [Some(b"v"), None, Some(b"")];
        all.iter().for_each(|value| values.push(*value));
        assert_eq!(values.0, b"\x01\0\0\0v\xff\xff\xff\xff\0\0\0\0");
        let values = Values::parse(values.into_bytes()).unwrap();
        assert!(values.iter().eq(all));
        let mut pairs = Pairs::new();
        pairs.push(b"k", b"v");
        pairs.push(b"l", b"");
        pairs.set_more();
        let pairs = Pairs::parse(pairs.into_bytes()).unwrap();
        assert!(pairs.has_more() && pairs.len() == 2);
        let all: [(&[u8], &[u8]); 2] = [(b"k", b"v"), (b"l", b"")];
        assert!(pairs.iter().eq(all));
    }

    #[test]
    fn changes_keep_their_order() {
        let mut changes = Changes::new();
        changes.put(b"k", b"v");
        changes.remove(b"k");
        changes.put_parts(b"", &[b"a", b"", b"b"]);
        let first = b"\x01\0\0\0\x01\0\0\0kv\x01\0\0\0\xff\xff\xff\xffk";
        assert!(changes.as_bytes().starts_with(first));
        let changes = Changes::parse(changes.as_bytes().to_vec()).unwrap();
        let all: [(&[u8], Option<&[u8]>); 3] =
            [(b"k", Some(b"v")), (b"k", None), (b"", Some(b"ab"))];
        assert!(changes.iter().eq(all));
    }

    #[test]
    fn what_is_cut_off_is_refused() {
        for buffer in [&b"\x01\0\0"[..], b"\x02\0\0\0a", b"\x01\0\0\0\x01\0\0\0k"] {
            let buffer = buffer.to_vec();
            assert!(Keys::parse(buffer.clone()).is_err() || buffer.len() > 8);
            assert!(Changes::parse(buffer.clone()).is_err());
            assert!(Pairs::parse(buffer).is_err());
        }
        assert!(Values::parse(b"\x02\0\0\0a".to_vec()).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange_to_read(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = Keys::parse(bytes.clone()).map(|keys| keys.iter().count());
            let _ = Values::parse(bytes.clone()).map(|values| values.iter().count());
            let _ = Pairs::parse(bytes.clone()).map(|pairs| pairs.iter().count());
            let _ = Changes::parse(bytes).map(|changes| changes.iter().count());
        }
    }
}
