//! What the map under it sees, and what is noticed.

use std::sync::{Arc, Mutex};

use philter_plugin_api::ErrorKind;
use philter_plugin_api::key_value::MemoryMap;
use zeroize::Zeroizing;

use super::*;

/// A map that several have.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<MemoryMap>>);

impl KeyValue for Shared {
    fn get(&mut self, keys: &Asked) -> Result<Values> {
        self.0.lock().unwrap().get(keys)
    }

    fn scan(&mut self, from: &[u8], until: &[u8], pairs_max: u32, bytes_max: u32) -> Result<Pairs> {
        self.0.lock().unwrap().scan(from, until, pairs_max, bytes_max)
    }

    fn write(&mut self, changes: Changes) -> Result<()> {
        self.0.lock().unwrap().write(changes)
    }

    fn is_durable(&self) -> bool {
        false
    }
}

impl Shared {
    fn value(&self, key: &[u8]) -> Vec<u8> {
        let map = self.0.lock().unwrap();
        map.iter().find(|(found, _)| *found == key).unwrap().1.to_vec()
    }

    fn put(&mut self, key: &[u8], value: &[u8]) {
        let mut changes = Changes::new();
        changes.put(key, value);
        self.write(changes).unwrap();
    }
}

fn secret(byte: u8) -> Secret {
    Secret::Key(Zeroizing::new([byte; 32]))
}

fn passphrase(text: &str) -> Secret {
    Secret::Passphrase(Zeroizing::new(text.to_owned()))
}

fn get(map: &mut impl KeyValue, key: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut keys = Asked::new();
    keys.push(key);
    Ok(map.get(&keys)?.iter().next().flatten().map(<[u8]>::to_vec))
}

fn filled(under: &Shared) -> Sealed<Shared> {
    let mut map = Sealed::open(under.clone(), &secret(7)).unwrap();
    let mut changes = Changes::new();
    changes.put(b"r1", b"the plain text");
    changes.put(b"r2", b"");
    changes.put(b"r3", b"the plain text");
    changes.remove(b"r4");
    map.write(changes).unwrap();
    map
}

#[test]
fn what_is_written_is_read_and_nowhere_in_clear() {
    let under = Shared::default();
    let mut map = filled(&under);
    assert_eq!(get(&mut map, b"r1"), Ok(Some(b"the plain text".to_vec())));
    assert_eq!(get(&mut map, b"r4"), Ok(None));
    let pairs = map.scan(b"r1", b"r3", 9, 999).unwrap();
    let wanted: [(&[u8], &[u8]); 2] = [(b"r1", b"the plain text"), (b"r2", b"")];
    assert!(pairs.iter().eq(wanted));
    let kept = under.0.lock().unwrap();
    let is_clear = |value: &[u8]| value.windows(5).any(|window| window == b"plain");
    assert!(!kept.iter().any(|(_, value)| is_clear(value)));
    drop(kept);
    assert_ne!(under.value(b"r1"), under.value(b"r3"), "equal values look different");
    assert_eq!(under.value(b"r2").len(), SEAL_BYTES);
}

#[test]
fn another_key_is_refused_before_anything_is_read() {
    let under = Shared::default();
    drop(filled(&under));
    let error = Sealed::open(under.clone(), &secret(8)).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.text().contains("not the one that this store was made with"), "{error}");
    let mut map = Sealed::open(under, &secret(7)).unwrap();
    assert_eq!(get(&mut map, b"r1"), Ok(Some(b"the plain text".to_vec())));
}

#[test]
fn a_passphrase_goes_with_the_salt_of_its_store() {
    let (one, other) = (Shared::default(), Shared::default());
    let words = passphrase("correct horse battery");
    for under in [&one, &other] {
        let mut map = Sealed::open(under.clone(), &words).unwrap();
        let mut changes = Changes::new();
        changes.put(b"k", b"v");
        map.write(changes).unwrap();
    }
    assert_ne!(one.value(SALT), other.value(SALT));
    let mut again = Sealed::open(one.clone(), &words).unwrap();
    assert_eq!(get(&mut again, b"k"), Ok(Some(b"v".to_vec())));
    assert!(Sealed::open(one, &passphrase("correct horse batterz")).is_err());
}

#[test]
fn tampering_is_noticed() {
    let mut under = Shared::default();
    let mut map = filled(&under);
    let (first, third) = (under.value(b"r1"), under.value(b"r3"));
    for at in [0, NONCE_BYTES, first.len() - 1] {
        let mut bent = first.clone();
        bent[at] ^= 1;
        under.put(b"r1", &bent);
        let error = get(&mut map, b"r1").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal);
        assert!(error.text().starts_with("a record in the store is not what"), "{error}");
    }
    under.put(b"r1", &third);
    assert!(get(&mut map, b"r1").is_err(), "another key's value is no value of this one");
    under.put(b"r1", &first[..30]);
    assert!(map.scan(b"", b"", 9, 999).is_err());
    under.put(b"r1", &first);
    assert!(get(&mut map, b"r1").is_ok());
}

#[test]
fn what_is_somebody_elses_is_left_alone() {
    let mut under = Shared::default();
    under.put(b"h", b"a store in clear");
    let error = Sealed::open(under, &secret(1)).err().unwrap();
    assert!(error.text().contains("not encrypted"), "{error}");
}

#[test]
fn names_have_stand_ins_that_go_with_the_key() {
    let [one, other] = [1, 2].map(|byte| Sealed::open(Shared::default(), &secret(byte)).unwrap());
    assert_eq!(one.stand_in("orders"), one.stand_in("orders"));
    assert_ne!(one.stand_in("orders"), one.stand_in("order"));
    assert_ne!(one.stand_in("orders"), other.stand_in("orders"));
}
