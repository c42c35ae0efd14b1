//! Which files may become part of this process. A native plugin is trusted code, so nobody but the
//! broker's own user or root may have had a hand in it.
//!
//! Invariants:
//! - what is judged is the file that a link leads to, and it is that path that is loaded;
//! - a file is known by the name that it was found by, be it that of a link: so it is pinned, and
//!   so it is found again;
//! - the bytes of a component that are judged are those that are compiled.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::digest::Digest;
use super::named::file_name;
use super::search::is_component_name;

/// Bytes of a component's file.
const CODE_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// A file that may be loaded.
#[derive(Debug)]
pub(crate) struct Admitted {
    /// How it was named, absolute.
    pub(crate) named: PathBuf,
    /// Where that leads, without links.
    pub(crate) path: PathBuf,
    /// What stands in a component; a library is read by the system, by its path.
    pub(crate) code: Option<Code>,
}

/// What stands in a component.
#[derive(Debug)]
pub(crate) struct Code {
    /// All of it.
    pub(crate) bytes: Vec<u8>,
    /// Its digest.
    pub(crate) digest: Digest,
}

/// Why a file may not be loaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Inadmissible {
    /// It can't be read.
    #[error("readable file: found '{found}'")]
    Unreadable {
        /// What the system says.
        found: String,
    },
    /// A folder, a device, a pipe.
    #[error("file type: found {found}, wanted a regular file")]
    NotRegular {
        /// What it is.
        found: &'static str,
    },
    /// Somebody else can replace its content.
    #[error("owner: found uid {found_uid}, wanted {wanted_uid} (the broker's user) or 0")]
    ForeignOwner {
        /// Whose it is.
        found_uid: u32,
        /// Whose it should be.
        wanted_uid: u32,
    },
    /// Somebody else can change its content.
    #[error("mode: found {:o}, wanted no write access for group and others", found_mode & 0o7777)]
    WritableByOthers {
        /// Its mode.
        found_mode: u32,
    },
    /// Somebody else can put another file in its place.
    #[error(
        "mode of {}: found {:o}, wanted no write access for others, or the sticky bit",
        folder.display(), found_mode & 0o7777
    )]
    FolderWritable {
        /// The folder.
        folder: PathBuf,
        /// Its mode.
        found_mode: u32,
    },
    /// It is longer than any component is.
    #[error("length: found more than {max_bytes} bytes, which is the most for a component")]
    TooLong {
        /// The most.
        max_bytes: u64,
    },
    /// It is not the file that the operator pinned.
    #[error("SHA-256: found {found}, wanted {wanted}")]
    WrongDigest {
        /// Its digest.
        found: Digest,
        /// The pinned one.
        wanted: Digest,
    },
}

/// Judges a file by everything that can be known without loading it.
///
/// # Errors
/// All that is wrong with it, at least one.
pub(crate) fn admit(named: &Path, pin: Option<Digest>) -> Result<Admitted, Vec<Inadmissible>> {
    let named = std::path::absolute(named).map_err(|error| vec![unreadable(&error)])?;
    let path = named.canonicalize().map_err(|error| vec![unreadable(&error)])?;
    let metadata = path.metadata().map_err(|error| vec![unreadable(&error)])?;
    if !metadata.is_file() {
        return Err(vec![Inadmissible::NotRegular { found: type_name(&metadata) }]);
    }
    let mut wrong = Vec::new();
    wrong.extend(judge(&Access::of(&metadata), &User::effective()));
    wrong.extend(path.parent().and_then(judge_folder));
    match read(&path, is_component_name(&file_name(&named)), pin) {
        Ok(code) if wrong.is_empty() => return Ok(Admitted { named, path, code }),
        Ok(_) => {}
        Err(error) => wrong.push(error),
    }
    Err(wrong)
}

/// Reads a component once, and judges what stands in it; of a library only what is pinned.
fn read(
    path: &Path,
    is_component: bool,
    pin: Option<Digest>,
) -> Result<Option<Code>, Inadmissible> {
    let file = File::open(path).map_err(|error| unreadable(&error))?;
    let (code, found) = if is_component {
        let metadata = file.metadata().map_err(|error| unreadable(&error))?;
        if metadata.len() > CODE_BYTES_MAX {
            return Err(Inadmissible::TooLong { max_bytes: CODE_BYTES_MAX });
        }
        let mut bytes = Vec::new();
        // One that grows meanwhile is cut, and is no component.
        let read = file.take(CODE_BYTES_MAX).read_to_end(&mut bytes);
        read.map_err(|error| unreadable(&error))?;
        let digest = Digest::of(&bytes);
        (Some(Code { bytes, digest }), Some(digest))
    } else {
        let found = pin.map(|_| Digest::of_file(file)).transpose();
        (None, found.map_err(|error| unreadable(&error))?)
    };
    match (pin, found) {
        (Some(wanted), Some(found)) if found != wanted => {
            Err(Inadmissible::WrongDigest { found, wanted })
        }
        _ => Ok(code),
    }
}

fn unreadable(error: &io::Error) -> Inadmissible {
    Inadmissible::Unreadable { found: error.to_string() }
}

const GROUP_WRITE: u32 = 0o020;
const OTHERS_WRITE: u32 = 0o002;
const STICKY: u32 = 0o1000;

/// Who may change a file.
#[derive(Clone, Copy, Debug)]
struct Access {
    uid: u32,
    gid: u32,
    mode: u32,
}

impl Access {
    fn of(metadata: &Metadata) -> Self {
        Self { uid: metadata.uid(), gid: metadata.gid(), mode: metadata.mode() }
    }
}

/// As whom the broker runs.
#[derive(Clone, Copy, Debug)]
struct User {
    uid: u32,
    gid: u32,
}

impl User {
    fn effective() -> Self {
        let uid = rustix::process::geteuid().as_raw();
        Self { uid, gid: rustix::process::getegid().as_raw() }
    }

    /// Whether a group is the user's own: systems that give each user a group of the same number
    /// also let compilers leave files that this group may write.
    fn has_private_group(&self, gid: u32) -> bool {
        gid == self.gid && gid == self.uid
    }
}

fn judge(access: &Access, user: &User) -> Vec<Inadmissible> {
    let mut wrong = Vec::new();
    if access.uid != 0 && access.uid != user.uid {
        let (found_uid, wanted_uid) = (access.uid, user.uid);
        wrong.push(Inadmissible::ForeignOwner { found_uid, wanted_uid });
    }
    let by_group = access.mode & GROUP_WRITE != 0 && !user.has_private_group(access.gid);
    if by_group || access.mode & OTHERS_WRITE != 0 {
        wrong.push(Inadmissible::WritableByOthers { found_mode: access.mode });
    }
    wrong
}

fn judge_folder(folder: &Path) -> Option<Inadmissible> {
    let found_mode = folder.metadata().ok()?.mode();
    let is_open = found_mode & OTHERS_WRITE != 0 && found_mode & STICKY == 0;
    is_open.then(|| Inadmissible::FolderWritable { folder: folder.to_owned(), found_mode })
}

fn type_name(metadata: &Metadata) -> &'static str {
    if metadata.is_dir() { "a folder" } else { "a special file" }
}

#[cfg(test)]
mod tests {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    const ME: User = User { uid: 1000, gid: 1000 };

    fn texts(wrong: &[Inadmissible]) -> Vec<String> {
        wrong.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn own_files_and_roots_files_are_admitted() {
        assert_eq!(judge(&Access { uid: 1000, gid: 5, mode: 0o755 }, &ME), []);
        assert_eq!(judge(&Access { uid: 0, gid: 0, mode: 0o644 }, &ME), []);
    }

    #[test]
    fn a_foreign_owner_is_named_with_the_wanted_one() {
        let wrong = judge(&Access { uid: 7, gid: 7, mode: 0o755 }, &ME);
        assert_eq!(texts(&wrong), ["owner: found uid 7, wanted 1000 (the broker's user) or 0"]);
    }

    #[test]
    fn group_write_is_for_the_users_private_group_alone() {
        assert_eq!(judge(&Access { uid: 1000, gid: 1000, mode: 0o775 }, &ME), []);
        let shared = judge(&Access { uid: 1000, gid: 100, mode: 0o100775 }, &ME);
        let wanted = "mode: found 775, wanted no write access for group and others";
        assert_eq!(texts(&shared), [wanted]);
        let in_users = User { uid: 1000, gid: 100 };
        assert_eq!(judge(&Access { uid: 1000, gid: 100, mode: 0o775 }, &in_users).len(), 1);
    }

    #[test]
    fn a_file_that_all_may_write_is_refused_with_everything_else_that_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.so");
        std::fs::write(&path, "").unwrap();
        set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
        set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
        let pin = Digest::parse(&"00".repeat(32));
        let wrong = texts(&admit(&path, pin).unwrap_err());
        assert_eq!(wrong.len(), 3, "{wrong:?}");
        assert!(wrong[0].starts_with("mode: found 666"), "{wrong:?}");
        assert!(wrong[1].contains(": found 777, wanted no write access for others"), "{wrong:?}");
        assert!(wrong[2].starts_with("SHA-256: found e3b0c442"), "{wrong:?}");
        set_permissions(folder.path(), Permissions::from_mode(0o1777)).unwrap();
        set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        let pin = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert!(admit(&path, Digest::parse(pin)).is_ok());
    }

    #[test]
    fn a_link_is_judged_by_where_it_leads() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("x.so.1"), folder.path().join("x.so"));
        std::fs::write(&file, "").unwrap();
        set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        symlink(&file, &link).unwrap();
        let admitted = admit(&link, None).unwrap();
        assert_eq!(admitted.path, file.canonicalize().unwrap());
        assert_eq!(admitted.named, link);
        std::fs::remove_file(&file).unwrap();
        let wrong = texts(&admit(&link, None).unwrap_err());
        assert!(wrong[0].starts_with("readable file: found 'No such file"), "{wrong:?}");
    }

    #[test]
    fn a_component_is_read_by_its_own_name_and_compared_with_its_pin() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("release-1"), folder.path().join("x.wasm"));
        std::fs::write(&file, "abc").unwrap();
        symlink(&file, &link).unwrap();
        let code = admit(&link, None).unwrap().code.unwrap();
        assert_eq!((code.bytes.as_slice(), code.digest), (&b"abc"[..], Digest::of(b"abc")));
        assert!(admit(&link, Some(code.digest)).is_ok());
        let wrong = texts(&admit(&link, Some(Digest::of(b"other"))).unwrap_err());
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        assert!(wrong[0].starts_with("SHA-256: found ba7816bf"), "{wrong:?}");
        assert!(admit(&file, None).unwrap().code.is_none());
    }

    #[test]
    fn a_component_has_an_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.wasm");
        // A file of holes: nothing is written.
        File::create(&path).unwrap().set_len(CODE_BYTES_MAX + 1).unwrap();
        let wrong = texts(&admit(&path, None).unwrap_err());
        assert!(wrong[0].starts_with("length: found more than 134217728 bytes"), "{wrong:?}");
    }

    #[cfg(feature = "wasm")]
    #[test]
    fn the_host_takes_files_as_long() {
        assert_eq!(CODE_BYTES_MAX, philter_wasm::limits::FILE_BYTES_MAX);
    }

    #[test]
    fn a_folder_is_no_plugin() {
        let folder = tempfile::tempdir().unwrap();
        let wrong = texts(&admit(folder.path(), None).unwrap_err());
        assert_eq!(wrong, ["file type: found a folder, wanted a regular file"]);
    }
}
