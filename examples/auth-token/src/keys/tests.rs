//! Files of keys, good and bad, and when they are read again.

use std::cell::{Cell, RefCell};

use super::*;

thread_local! {
    static FILE: RefCell<String> = const { RefCell::new(String::new()) };
    static READ: Cell<u32> = const { Cell::new(0) };
}

fn read(_: &str) -> Result<Vec<u8>> {
    READ.set(READ.get() + 1);
    Ok(FILE.with_borrow(|file| file.clone().into_bytes()))
}

fn secret(id: &str) -> String {
    format!(r#"{{"kty": "oct", "kid": "{id}", "k": "{}"}}"#, "A".repeat(43))
}

fn put(keys: &str) {
    FILE.with_borrow_mut(|file| *file = format!(r#"{{"keys": [{keys}]}}"#));
}

fn open() -> Result<Keys> {
    Keys::open("keys", read, 0)
}

fn refused(keys: &str) -> String {
    put(keys);
    open().err().map(|error| error.text().to_owned()).unwrap_or_default()
}

#[test]
fn a_file_without_a_good_key_is_refused_and_quotes_nothing() {
    let none = "the file of keys is no JWKS: it has no key for EdDSA, ES256 or HS256";
    assert_eq!(refused(""), none);
    assert_eq!(refused(r#"{"kty": "RSA", "n": "AQAB", "e": "AQAB"}"#), none);
    assert_eq!(refused(r#"{"kty": "oct", "use": "enc", "k": "AAAA"}"#), none);
    let short = refused(r#"{"kty": "oct", "k": "c2VjcmV0"}"#);
    assert_eq!(short, "the file of keys is no JWKS: key 1: k is no secret of 32 bytes or more");
    let wrong = refused(r#"{"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}"#);
    assert!(wrong.ends_with("key 1: x is no public key of Ed25519"), "{wrong}");
    let wrong = refused(r#"{"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"}"#);
    assert!(wrong.ends_with("key 1: x and y are no point of P-256"), "{wrong}");
    let secret = refused(r#"{"kty": 1, "k": "c2VjcmV0"}"#);
    assert_eq!(secret, "the file of keys is no JWKS: key 1 is no JWK");
    FILE.with_borrow_mut(|file| *file = "no JSON c2VjcmV0".to_owned());
    let text = open().err().unwrap().text().to_owned();
    assert_eq!(text, "the file of keys is no JWKS: line 1, column 2");
}

#[test]
fn an_unknown_key_has_the_file_read_again_once_in_a_while() {
    put(&secret("a"));
    let mut keys = open().unwrap();
    READ.set(0);
    let mut ask = |id, now_ms| keys.signed(Algorithm::Hs256, Some(id), b"t", b"", now_ms);
    assert!(!ask("a", 10_000) && READ.get() == 0);
    for now_ms in [READ_EVERY_MS, READ_EVERY_MS + 1, 2 * READ_EVERY_MS - 1] {
        assert!(!ask("b", now_ms));
    }
    assert_eq!(READ.get(), 1);
    // What is read later is taken only where it is good.
    FILE.with_borrow_mut(String::clear);
    assert!(!ask("b", 2 * READ_EVERY_MS));
    assert_eq!(READ.get(), 2);
    put(&secret("b"));
    ask("b", 3 * READ_EVERY_MS);
    assert_eq!(keys.keys.len(), 1);
    assert_eq!(keys.keys[0].id.as_deref(), Some("b"));
}
