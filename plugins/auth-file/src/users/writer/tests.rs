//! Writing the file, and the directory that reads it while it is written.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::thread;

use super::*;
use crate::credential::Credential;
use crate::name::UserName;
use crate::users::Directory;

fn name(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

fn credential(seed: u8) -> Credential {
    Credential::mock(&[seed; 32], "seed", 4096)
}

fn add(path: &Path, user: &str, seed: u8) {
    let edit = UsersWriter::lock(path)
        .unwrap()
        .edit(|text| {
            assert!(text.add(name(user), credential(seed)));
            Edit::Changed
        })
        .unwrap();
    assert_eq!(edit, Edit::Changed);
}

#[test]
fn makes_directory_and_file_for_the_owner_alone() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("data/users");
    add(&path, "bob", 1);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    assert!(!beside(&path, ".new").exists());
}

#[test]
fn what_a_crashed_writer_left_is_overwritten() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("users");
    add(&path, "bob", 1);
    fs::write(beside(&path, ".new"), "half a fi").unwrap();
    add(&path, "eve", 2);
    let users = Directory::open(path, 4096).unwrap().users().unwrap();
    assert_eq!(users.len(), 2);
}

#[test]
fn a_link_stays_a_link() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("users");
    let link = root.path().join("link");
    add(&path, "bob", 1);
    std::os::unix::fs::symlink(&path, &link).unwrap();
    add(&link, "eve", 2);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(Directory::open(path, 4096).unwrap().users().unwrap().len(), 2);
}

#[test]
fn writers_take_turns() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("users");
    thread::scope(|scope| {
        for writer in 0..4_u8 {
            let path = &path;
            scope.spawn(move || {
                for turn in 0..5_u8 {
                    add(path, &format!("user-{writer}-{turn}"), writer);
                }
            });
        }
    });
    assert_eq!(Directory::open(path, 4096).unwrap().users().unwrap().len(), 20);
}

#[test]
fn a_directory_sees_each_change_of_the_file() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("users");
    let directory = Directory::open(path.clone(), 4096).unwrap();
    let is_known = |user: &str| directory.users().unwrap().find(&name(user)).is_known;
    assert!(!is_known("bob"));
    add(&path, "bob", 1);
    assert!(is_known("bob"));
    fs::remove_file(&path).unwrap();
    assert!(!is_known("bob"));
}

#[test]
fn a_file_that_breaks_lets_nobody_in_until_it_is_mended() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("users");
    add(&path, "bob", 1);
    let directory = Directory::open(path.clone(), 4096).unwrap();
    let good = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{good}user bob\n")).unwrap();
    let error = directory.users().err().unwrap();
    assert!(error.to_string().contains("users, line 4: "), "{error}");
    let again = directory.users().err().unwrap();
    assert!(Arc::ptr_eq(&error, &again), "an unchanged file is not read again");
    fs::write(&path, good).unwrap();
    assert!(directory.users().unwrap().find(&name("bob")).is_known);
}

#[test]
fn a_file_that_others_may_read_is_refused_by_name() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("users");
    add(&path, "bob", 1);
    let directory = Directory::open(path.clone(), 4096).unwrap();
    for mode in [0o640, 0o604, 0o620] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let error = directory.users().err().unwrap().to_string();
        assert!(error.contains(&format!("{mode:04o}")), "{error}");
        assert!(error.contains("chmod 600"), "{error}");
        assert!(Directory::open(path.clone(), 4096).is_err());
    }
}

#[test]
fn a_directory_is_no_users_file() {
    let root = tempfile::tempdir().unwrap();
    let error = Directory::open(root.path().to_owned(), 4096).err().unwrap();
    assert!(matches!(error, UsersError::NotAFile { .. }), "{error}");
}

/// Gives a file to somebody; false where only root could.
fn give_to(path: &Path, uid: u32) -> bool {
    std::os::unix::fs::chown(path, Some(uid), None).is_ok()
}

#[test]
fn a_file_of_somebody_else_is_refused_by_name() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("users");
    add(&path, "bob", 1);
    if give_to(&path, 4711) {
        let error = Directory::open(path, 4096).err().unwrap().to_string();
        assert!(error.contains("the number 4711"), "{error}");
    }
}

#[test]
fn a_file_keeps_its_owner_when_root_changes_it() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path().join("users");
    if give_to(root.path(), 4711) {
        add(&path, "bob", 1);
        add(&path, "eve", 2);
        assert_eq!(fs::metadata(&path).unwrap().uid(), 4711);
        assert_eq!(Directory::open(path, 4096).unwrap().users().unwrap().len(), 2);
    }
}
