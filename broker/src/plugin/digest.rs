//! The SHA-256 of a plugin's file, as an operator pins it.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};

use sha2::Digest as _;

const BYTES: usize = 32;

/// A SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digest([u8; BYTES]);

impl Digest {
    /// Reads 64 hexadecimal digits; anything else is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut digest = [0; BYTES];
        let pairs = text.as_bytes().chunks(2);
        if text.len() != BYTES * 2 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        for (byte, pair) in digest.iter_mut().zip(pairs) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(digest))
    }

    /// That of these bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// Reads a file to its end.
    ///
    /// # Errors
    /// The file can't be read.
    pub(crate) fn of_file(mut file: File) -> io::Result<Self> {
        const CHUNK_BYTES: usize = 64 * 1024;
        let mut hash = sha2::Sha256::new();
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            let length = file.read(&mut chunk)?;
            if length == 0 {
                return Ok(Self(hash.finalize().into()));
            }
            hash.update(chunk.get(..length).unwrap_or_default());
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_nothing_else() {
        let text = "0123456789abcdef".repeat(4);
        assert_eq!(Digest::parse(&text).unwrap().to_string(), text);
        assert_eq!(Digest::parse(&text.to_uppercase()).unwrap().to_string(), text);
        for wrong in ["", "12", &text.replace('0', "g"), &text.replace("01", "é")] {
            assert_eq!(Digest::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_empty_files_digest_is_the_standards() {
        let file = tempfile::tempfile().unwrap();
        let wanted = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::of_file(file).unwrap().to_string(), wanted);
        assert_eq!(Digest::of(b"").to_string(), wanted);
    }
}
