//! Data directories that were left behind, or are none.

use philter_tests::broker::{BrokerOptions, add_user};
use rustix::process::Signal;
use tempfile::TempDir;

#[test]
fn a_killed_broker_leaves_a_directory_that_the_next_one_takes() {
    let folder = TempDir::new().unwrap();
    add_user(folder.path(), "alice", "secret");
    let broker = BrokerOptions::default().data_dir(folder.path()).start();
    broker.signal(Signal::KILL);
    assert!(!broker.wait().status.success());
    let broker = BrokerOptions::default().data_dir(folder.path()).start();
    broker.client_as("alice", "secret").unwrap().close().unwrap();
}

#[test]
fn a_file_in_its_place_is_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("not-a-folder");
    std::fs::write(&file, "x").unwrap();
    let ended = BrokerOptions::default().data_dir(&file).try_start().unwrap_err();
    assert!(!ended.status.success());
    assert!(ended.report().contains("not-a-folder"), "{}", ended.report());
}

#[test]
fn a_damaged_file_of_users_lets_nobody_in_by_password_and_is_named() {
    let folder = TempDir::new().unwrap();
    add_user(folder.path(), "alice", "secret");
    let files = std::fs::read_dir(folder.path()).unwrap().flatten();
    let users = files
        .map(|entry| entry.path())
        .find(|path| std::fs::read_to_string(path).is_ok_and(|text| text.contains("alice")));
    let users = users.expect("a file of users");
    std::fs::write(&users, "alice:SCRAM-SHA-256:garbage\n\0\n").unwrap();
    let name = users.file_name().unwrap().to_str().unwrap().to_owned();
    match BrokerOptions::default().data_dir(folder.path()).try_start() {
        Err(ended) => assert!(ended.report().contains(&name), "{}", ended.report()),
        Ok(broker) => {
            broker.client_as("alice", "secret").unwrap_err();
            broker.wait_for_log(&name);
        }
    }
}
