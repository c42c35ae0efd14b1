//! Keeps compiled code between starts: an interpreter takes twenty seconds to compile.
//!
//! Invariant: nothing is run that the broker did not write. The folder and its files are the
//! broker's own user's alone, and a file begins with the SHA-256 of the code in it, which is
//! checked: a disk that flipped a bit costs a compilation.

use std::fs::{DirBuilder, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::error::EngineError;

/// What a file begins with, before the digest.
const MAGIC: &[u8; 8] = b"PHWASM1\n";

/// Bytes of the digest.
const DIGEST_BYTES: usize = 32;

/// The SHA-256 of something.
pub(crate) type Sha256Digest = [u8; DIGEST_BYTES];

/// Files that are kept, the newest ones; one of an interpreter has 50 MB.
const FILES_MAX: usize = 32;

/// A folder of compiled components.
pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// Takes a folder, which is made where it is not there.
    pub(crate) fn open(folder: PathBuf) -> Result<Self, EngineError> {
        let failed = |reason: String| EngineError::CacheFolder { folder: folder.clone(), reason };
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&folder);
        made.map_err(|error| failed(error.to_string()))?;
        let metadata = folder.metadata().map_err(|error| failed(error.to_string()))?;
        if !is_ours(&metadata) {
            let mode = metadata.mode() & 0o7777;
            let uid = metadata.uid();
            return Err(failed(format!(
                "found owner {uid} and mode {mode:o}, wanted the broker's user and 700"
            )));
        }
        Ok(Self { folder })
    }

    /// The compiled code of a file with this SHA-256, if it was kept by this version on such a
    /// machine.
    pub(crate) fn find(&self, engine: &Engine, digest: &Sha256Digest) -> Option<Component> {
        let code = read(&self.path(engine, digest)).ok()??;
        deserialize(engine, &code)
    }

    /// Keeps compiled code. What cannot be kept is compiled again next time.
    pub(crate) fn keep(&self, engine: &Engine, digest: &Sha256Digest, component: &Component) {
        let path = self.path(engine, digest);
        // A full disk is the operator's to hear of elsewhere.
        let _ = component.serialize().map(|code| write(&self.folder, &path, &code));
        self.prune();
    }

    fn path(&self, engine: &Engine, digest: &Sha256Digest) -> PathBuf {
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        self.folder.join(format!("{digest}-{:016x}", hasher.finish()))
    }

    fn prune(&self) {
        let entries = self.folder.read_dir().into_iter().flatten().flatten();
        let mut files: Vec<_> = entries
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        files.sort_unstable_by(|one, other| other.cmp(one));
        for (_, path) in files.into_iter().skip(FILES_MAX) {
            // One that stays takes room and nothing else.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Turns code back into a component; none where it is for another engine.
#[allow(unsafe_code, reason = "compiled code is machine code; what is run was written by us")]
fn deserialize(engine: &Engine, code: &[u8]) -> Option<Component> {
    // SAFETY: the bytes are what `Component::serialize` gave: the file is our user's alone, in a
    // folder that is as well, and its digest was checked.
    unsafe { Component::deserialize(engine, code) }.ok()
}

/// The code in a file; none where the file is not one of ours.
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let no_link = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    let mut file = OpenOptions::new().read(true).custom_flags(no_link).open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || !is_ours(&metadata) {
        return Ok(None);
    }
    let mut content = Vec::new();
    file.read_to_end(&mut content)?;
    let Some((digest, code)) =
        content.strip_prefix(MAGIC).and_then(|rest| rest.split_at_checked(DIGEST_BYTES))
    else {
        return Ok(None);
    };
    Ok((*digest == *Sha256::digest(code)).then(|| code.to_vec()))
}

fn write(folder: &Path, path: &Path, code: &[u8]) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(MAGIC)?;
    file.write_all(&Sha256::digest(code))?;
    file.write_all(code)?;
    file.persist(path)?;
    Ok(())
}

/// Whether nobody but the broker's user may change it.
fn is_ours(metadata: &std::fs::Metadata) -> bool {
    metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o077 == 0
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const DIGEST: Sha256Digest = [7; DIGEST_BYTES];

    fn component(engine: &Engine) -> Component {
        Component::new(engine, wat::parse_str("(component)").unwrap()).unwrap()
    }

    fn kept() -> (tempfile::TempDir, Cache, Engine, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path().join("wasm")).unwrap();
        let engine = Engine::default();
        assert!(cache.find(&engine, &DIGEST).is_none());
        cache.keep(&engine, &DIGEST, &component(&engine));
        let path = cache.path(&engine, &DIGEST);
        (folder, cache, engine, path)
    }

    #[test]
    fn what_was_kept_is_found() {
        let (_folder, cache, engine, _) = kept();
        assert!(cache.find(&engine, &DIGEST).is_some());
        assert!(cache.find(&engine, &[8; DIGEST_BYTES]).is_none());
    }

    #[test]
    fn a_flipped_bit_anywhere_is_seen() {
        let (_folder, cache, engine, path) = kept();
        let good = std::fs::read(&path).unwrap();
        for at in [0, 8, 40, good.len() / 2, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            std::fs::write(&path, &bad).unwrap();
            assert!(cache.find(&engine, &DIGEST).is_none(), "byte {at}");
        }
        std::fs::write(&path, &good).unwrap();
        assert!(cache.find(&engine, &DIGEST).is_some());
    }

    #[test]
    fn a_file_that_others_may_write_is_not_run() {
        let (_folder, cache, engine, path) = kept();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o620)).unwrap();
        assert!(cache.find(&engine, &DIGEST).is_none());
    }

    #[test]
    fn a_folder_that_others_may_write_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let open = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(folder.path(), open).unwrap();
        let error = Cache::open(folder.path().to_owned()).err().unwrap().to_string();
        assert!(error.contains("mode 777, wanted the broker's user and 700"), "{error}");
    }

    #[test]
    fn the_newest_files_are_kept() {
        let (_folder, cache, engine, path) = kept();
        let old = std::time::SystemTime::UNIX_EPOCH;
        for number in 0..FILES_MAX + 5 {
            let file = std::fs::File::create(cache.folder.join(number.to_string())).unwrap();
            file.set_modified(old).unwrap();
        }
        cache.keep(&engine, &DIGEST, &component(&engine));
        assert_eq!(cache.folder.read_dir().unwrap().count(), FILES_MAX);
        assert!(path.exists());
    }
}
