//! A journal that is not as the broker left it: the broker does not start, says which file and
//! where, says what to do, and leaves everything as it is.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use philter_protocol::v0_10::command::QueueDeclare;
use philter_tests::broker::{Broker, BrokerOptions};
use philter_tests::client::{Credit, Message, Subscription};
use tempfile::TempDir;

/// Small segments, so that there are many.
const CONFIGURATION: &str = "[plugin.journal]\nsegment_bytes = 16384\n";
const MESSAGES: usize = 60;
const BODY_BYTES: usize = 1_000;

/// Where the version stands in the first block of a segment.
const VERSION_AT: usize = 8;

/// A data directory with a journal of many segments, and the options to start a broker on it.
fn written() -> (TempDir, BrokerOptions) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("philter.toml");
    fs::write(&file, CONFIGURATION).unwrap();
    let options = BrokerOptions::default().data_dir(folder.path());
    let options = options.arguments(["--config", file.to_str().unwrap()]);
    let broker = options.clone().start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.run(QueueDeclare { queue: "q".into(), durable: true, ..Default::default() }).unwrap();
    for number in 0..MESSAGES {
        session.publish("", &Message::new("q", body(number)).durable()).unwrap();
    }
    client.close().unwrap();
    broker.stop().expect_success();
    (folder, options)
}

fn body(number: usize) -> Vec<u8> {
    let mut body = format!("message {number} ").into_bytes();
    body.resize(BODY_BYTES, b'.');
    body
}

fn journal(folder: &TempDir) -> PathBuf {
    folder.path().join("journal")
}

/// Every file of a folder.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.is_file())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect()
}

/// The file in the middle of the log, and where in it a message in its middle has its body.
fn middle(folder: &TempDir) -> (PathBuf, usize) {
    let needle = body(MESSAGES / 2);
    let files = files(&journal(folder));
    let found = files.into_iter().find_map(|(path, bytes)| {
        let at = bytes.windows(needle.len()).position(|window| window == needle);
        at.map(|at| (path, at))
    });
    found.expect("the message is on the disk")
}

fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

/// A fault, and what is said of it beside the file.
struct Fault {
    name: &'static str,
    make: fn(file: &Path, body_at: usize),
    words: &'static [&'static str],
}

const FAULTS: [Fault; 6] = [
    Fault {
        name: "a flipped bit in a message",
        make: |file, body_at| change(file, |bytes| bytes[body_at + 500] ^= 4),
        words: &["at byte", "damaged", "backup", "philter store check"],
    },
    Fault {
        name: "a truncated segment",
        make: |file, _| change(file, |bytes| bytes.truncate(bytes.len() / 2)),
        words: &["truncated", "backup", "philter store check"],
    },
    Fault {
        name: "a segment that is gone",
        make: |file, _| fs::remove_file(file).unwrap(),
        words: &["missing", "backup", "philter store check"],
    },
    Fault {
        name: "a file that is no segment in the place of one",
        make: |file, _| fs::write(file, "something else").unwrap(),
        words: &["journal", "backup"],
    },
    Fault {
        name: "a damaged first block",
        make: |file, _| change(file, |bytes| bytes[VERSION_AT + 10] ^= 1),
        words: &["first block", "damaged", "backup", "philter store check"],
    },
    Fault {
        name: "a segment of a newer version",
        make: |file, _| change(file, |bytes| bytes[VERSION_AT] = 77),
        words: &["format 77", "format 1", "version of the broker"],
    },
];

#[test]
fn what_is_damaged_stops_the_start_by_file_and_place_and_nothing_is_touched() {
    let (folder, options) = written();
    let whole = files(&journal(&folder));
    assert!(whole.len() > 4, "{:?}", whole.keys());
    let (file, body_at) = middle(&folder);
    for Fault { name, make, words } in FAULTS {
        make(&file, body_at);
        let before = files(&journal(&folder));
        let ended = options.clone().try_start().expect_err(name);
        assert!(!ended.status.success(), "{name}");
        let said = ended.stderr.join("\n");
        for word in words.iter().chain(&[file.to_str().unwrap()]) {
            assert!(said.contains(word), "{name}: no \"{word}\" in: {said}");
        }
        let after = files(&journal(&folder));
        let is_lock = |path: &&PathBuf| path.ends_with("lock");
        for path in before.keys().chain(after.keys()).filter(|path| !is_lock(path)) {
            assert!(before.get(path) == after.get(path), "{name}: {} was touched", path.display());
        }
        fs::write(&file, &whole[&file]).unwrap();
    }
    assert_eq!(bodies(&options.start()), (0..MESSAGES).map(body).collect::<Vec<_>>());
}

#[test]
fn a_segment_of_another_journal_is_told_apart() {
    let (folder, options) = written();
    let (other, _) = written();
    // The numbers of segments that two journals have may differ; the first one is what tells.
    let (own, others) = (files(&journal(&folder)), files(&journal(&other)));
    let mut segments = own.keys().filter(|path| path.extension() == Some("segment".as_ref()));
    let the_others = |file: &Path| journal(&other).join(file.file_name().unwrap());
    segments.next().expect("a first segment");
    let file = segments.find(|file| others.contains_key(&the_others(file))).unwrap();
    fs::copy(the_others(file), file).unwrap();
    let said = options.try_start().unwrap_err().stderr.join("\n");
    for word in ["another journal", file.to_str().unwrap()] {
        assert!(said.contains(word), "no \"{word}\" in: {said}");
    }
}

#[test]
fn a_stray_file_is_named_and_left_alone() {
    let (folder, options) = written();
    let stray = journal(&folder).join("notes.txt");
    fs::write(&stray, "mine").unwrap();
    let broker = options.start();
    broker.wait_for_log(stray.to_str().unwrap());
    assert_eq!(bodies(&broker).len(), MESSAGES);
    broker.stop().expect_success();
    assert_eq!(fs::read(&stray).unwrap(), b"mine");
}

#[test]
fn a_directory_that_cannot_be_written_is_named() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("journal"), "a file where the folder would be").unwrap();
    // Not even root makes a file in /proc.
    for (data_dir, named) in
        [(folder.path(), folder.path()), (Path::new("/proc"), Path::new("/proc"))]
    {
        let ended = BrokerOptions::default().data_dir(data_dir).try_start().unwrap_err();
        assert!(!ended.status.success(), "{}", ended.report());
        let said = ended.stderr.join("\n");
        assert!(said.contains(named.to_str().unwrap()), "{said}");
    }
}

fn bodies(broker: &Broker) -> Vec<Vec<u8>> {
    let mut client = broker.client();
    let mut session = client.attach("reads").unwrap();
    session.subscribe(Subscription::browse("q"), Credit::UNLIMITED).unwrap();
    let found = session.drain("q").unwrap();
    found.into_iter().map(|delivery| delivery.body.unwrap_or_default()).collect()
}
