//! The command from its arguments to its exit code, on directories of the file system.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use philter_plugin_api::{Operation, QueueRecord, Shard, testing};

use super::*;
use crate::engine::{Journal, Kept, Options, SyncMode};
use crate::limits::SEGMENT_BYTES_MIN;

const SHARD: Shard = Shard(0);

/// A data directory with a journal in it.
struct Data {
    root: tempfile::TempDir,
}

fn options(seed: u64) -> Options {
    Options {
        segment_bytes: SEGMENT_BYTES_MIN,
        bytes_max: 0,
        free_bytes_min: 0,
        sync: SyncMode::Never,
        seed,
    }
}

/// A broker on a directory, as far as its journal goes.
struct Broker {
    journal: Journal<FileSystem, ()>,
    epoch: philter_plugin_api::Epoch,
}

impl Broker {
    fn start(directory: &Path) -> Self {
        let disk = FileSystem::open(directory).unwrap();
        let journal = Journal::open(disk, options(seed().unwrap()), &mut |_| {}).unwrap();
        journal.acquire(SHARD, "node", ()).unwrap();
        let epoch = match journal.commit().pop() {
            Some(((), Ok(Kept::Acquired(acquired)))) => acquired.epoch,
            other => panic!("{other:?}"),
        };
        Self { journal, epoch }
    }

    fn append(&self, batch: &[Operation<'_>]) {
        self.journal.append(SHARD, self.epoch, batch, ()).unwrap();
        assert!(self.journal.commit().iter().all(|((), answer)| answer.is_ok()));
    }

    fn put(&self, queue: u64, id: u64, body: &[u8]) {
        let queues = [QueueRecord { queue, id }];
        self.append(&[Operation::Put { message: id, header: b"header", body, queues: &queues }]);
    }

    fn delete(&self, queue: u64, id: u64) {
        self.append(&[Operation::Delete(QueueRecord { queue, id })]);
    }

    fn stop(self) {
        self.journal.sync().unwrap();
        self.journal.seal();
        self.journal.commit();
        self.journal.sync().unwrap();
    }

    fn keep_tidy(&self) {
        use crate::engine::Maintained;
        loop {
            match self.journal.maintain().unwrap() {
                Maintained::Stepped => {}
                Maintained::NeedsCommit => drop(self.journal.commit()),
                Maintained::Idle | Maintained::Waits => return,
            }
        }
    }

    /// The ids of a queue.
    fn ids(&self, queue: u64) -> Vec<u64> {
        let (from, until) =
            (philter_plugin_api::Position(0), philter_plugin_api::Position(u64::MAX));
        let mut ids = Vec::new();
        let replayed = self.journal.replay(SHARD, from, until, false, &mut |replayed| {
            if let philter_plugin_api::Record::Put { queues, .. } = replayed.record {
                ids.extend(queues.iter().filter(|e| e.queue == queue).map(|e| e.id));
            }
            true
        });
        replayed.unwrap();
        ids.sort_unstable();
        ids
    }
}

impl Data {
    fn new() -> Self {
        Self { root: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> String {
        self.root.path().join("data").to_str().unwrap().to_owned()
    }

    fn journal(&self) -> PathBuf {
        Path::new(&self.path()).join("journal")
    }

    fn broker(&self) -> Broker {
        Broker::start(&self.journal())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.journal().join(name)
    }

    /// Every file but the lock, whose text is for people alone.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let files = fs::read_dir(self.journal()).unwrap().map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap())
        });
        files.filter(|(name, _)| name != "lock").collect()
    }

    fn run(&self, arguments: &[&str]) -> CommandOutput {
        let data_dir = self.path();
        run_in(Some(&data_dir), arguments)
    }

    fn done(&self, arguments: &[&str]) -> String {
        let CommandOutput { output, errors, exit_code } = self.run(arguments);
        assert_eq!((exit_code, errors.as_str()), (0, ""), "{output}");
        output
    }

    fn fails(&self, exit_code: i32, words: &[&str], arguments: &[&str]) {
        let output = self.run(arguments);
        assert_eq!(output.exit_code, exit_code, "{output:?}");
        assert!(output.errors.starts_with("philter store: "), "{output:?}");
        for word in words {
            assert!(output.errors.contains(word), "{word} is not in {output:?}");
        }
    }
}

fn run_in(data_dir: Option<&str>, arguments: &[&str]) -> CommandOutput {
    run(&Context { data_dir, ..testing::context("journal") }, arguments)
}

/// Three segments, half of them dead, as a broker leaves them that was stopped.
fn filled() -> Data {
    let data = killed();
    data.broker().stop();
    data
}

/// The same of a broker that was killed.
fn killed() -> Data {
    let data = Data::new();
    let broker = data.broker();
    for id in 1..=30 {
        broker.put(1, id, &[id as u8; 1000]);
    }
    for id in (1..=30).step_by(2) {
        broker.delete(1, id);
    }
    broker.put(2, 100, b"the last one");
    data
}

#[test]
fn a_sound_journal_is_checked_without_a_trace() {
    let data = filled();
    let before = data.files();
    let said = data.done(&["check"]);
    assert_eq!(data.files(), before);
    let line = format!("{}: ", data.file("0000000001.segment").display());
    assert!(said.starts_with(&line), "{said}");
    assert!(said.contains(" live records, ") && said.contains(" dead bytes\n"), "{said}");
    assert!(said.ends_with("the journal is sound: 16 messages\n"), "{said}");
    assert_eq!(data.done(&["check", &data.path()]), said);
    assert_eq!(data.done(&["check", data.journal().to_str().unwrap()]), said);
}

#[test]
fn every_fault_is_named_and_the_exit_code_says_so() {
    let data = filled();
    for (name, byte) in [("0000000001.segment", 5000), ("0000000002.segment", 9000)] {
        let mut content = fs::read(data.file(name)).unwrap();
        content[byte] ^= 1;
        content[byte + 3000] ^= 1;
        fs::write(data.file(name), content).unwrap();
    }
    fs::write(data.file("notes.txt"), "x").unwrap();
    let CommandOutput { output, exit_code, .. } = data.run(&["check"]);
    assert_eq!(exit_code, 1);
    assert_eq!(output.matches("\ndamaged: ").count(), 4, "{output}");
    assert!(output.contains("notes.txt: none of the journal's files\n"), "{output}");
    assert!(output.contains("0000000001.segment: frame 3 at byte 4"), "{output}");
    assert!(!output.contains("cut short and"), "{output}");
    assert!(output.ends_with("the journal has 4 faults\n"), "{output}");
}

#[test]
fn a_frame_that_was_cut_short_is_no_fault() {
    let data = killed();
    let mut last = data.files().into_iter().next_back().unwrap();
    let end = last.1.iter().rposition(|byte| *byte != 0).unwrap();
    last.1[end] ^= 1;
    fs::write(data.file(&last.0), last.1).unwrap();
    let said = data.done(&["check"]);
    assert!(said.contains("before 1 frames that were cut short and never confirmed"), "{said}");
    assert!(said.ends_with("the journal is sound: 15 messages\n"), "{said}");
    let dump = data.run(&["dump"]);
    assert_eq!(dump.exit_code, 0);
    assert!(dump.errors.contains("the log ends at byte"), "{dump:?}");
}

#[test]
fn a_dump_has_a_line_for_each_operation() {
    let data = filled();
    let before = data.files();
    let lines = |arguments: &[&str]| -> Vec<serde_json::Value> {
        data.done(arguments).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let all = lines(&["dump"]);
    let of = |op: &str| all.iter().filter(|line| line["op"] == op).count();
    assert_eq!((of("put"), of("delete"), of("acquire")), (31, 15, 2));
    let live = all.iter().filter(|line| line["live"] == true);
    assert_eq!(live.count(), 16);
    let last = lines(&["dump", "--queue", "2", "--bodies"]);
    assert_eq!(last.len(), 1);
    assert_eq!((&last[0]["body"], &last[0]["header"]), (&"the last one".into(), &"header".into()));
    assert_eq!(last[0]["queues"], serde_json::json!([{"queue": 2, "id": 100}]));
    let position = last[0]["position"].to_string();
    assert_eq!(lines(&["dump", "--from", &position])[0], last_of(&all, "put"));
    assert_eq!(data.files(), before);
}

fn last_of(lines: &[serde_json::Value], op: &str) -> serde_json::Value {
    lines.iter().rfind(|line| line["op"] == op).unwrap().clone()
}

#[test]
fn a_damaged_journal_is_dumped_up_to_the_damage() {
    let data = filled();
    let name = "0000000002.segment";
    let mut content = fs::read(data.file(name)).unwrap();
    content[9000] ^= 1;
    fs::write(data.file(name), content).unwrap();
    let CommandOutput { output, errors, exit_code } = data.run(&["dump"]);
    assert_eq!(exit_code, 1);
    assert!(output.lines().count() > 10 && errors.contains("is damaged"), "{errors}");
}

#[test]
fn a_directory_in_use_is_neither_checked_nor_dumped_nor_compacted() {
    let data = filled();
    let _broker = data.broker();
    let process = std::process::id().to_string();
    for verb in ["check", "dump", "compact"] {
        data.fails(1, &["in use by process ", &process, "philter store backup"], &[verb]);
    }
}

#[test]
fn compact_gives_room_back_and_keeps_what_is_live() {
    let data = filled();
    let before: usize = data.files().values().map(Vec::len).sum();
    let said = data.done(&["compact"]);
    assert!(said.contains(&format!("{before} bytes before, ")), "{said}");
    assert!(said.ends_with("; 16 messages\n"), "{said}");
    assert!(data.done(&["check"]).ends_with("sound: 16 messages\n"));
    let broker = data.broker();
    assert_eq!(broker.ids(1), (2..=30).step_by(2).collect::<Vec<u64>>());
    assert_eq!(broker.ids(2), [100]);
}

#[test]
fn a_backup_opens_as_a_journal() {
    let data = filled();
    let before = data.files();
    let target = data.root.path().join("copy").to_str().unwrap().to_owned();
    let said = data.done(&["backup", &target]);
    assert!(said.contains("16 messages in "), "{said}");
    assert_eq!(data.files(), before);
    assert!(data.done(&["check", &target]).ends_with("sound: 16 messages\n"));
    let broker = Broker::start(&Path::new(&target).join("journal"));
    assert_eq!(broker.ids(1).len(), 15);
    data.fails(1, &["exists already"], &["backup", &target]);
}

#[test]
fn a_backup_beside_a_running_writer_has_all_that_was_confirmed_before() {
    let data = Data::new();
    let broker = data.broker();
    for id in 1..=40 {
        broker.put(9, id, &[7; 300]);
    }
    let ends = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Most of it is deleted again, so that segments are freed and used again.
            let mut id = 1000;
            while !ends.load(Ordering::SeqCst) {
                id += 1;
                broker.put(1, id, &[id as u8; 2000]);
                broker.delete(1, id - 3);
                broker.keep_tidy();
            }
        });
        for round in 0..10 {
            let target = data.root.path().join(format!("copy-{round}"));
            let said = data.done(&["backup", target.to_str().unwrap()]);
            assert!(said.starts_with("copied "), "{said}");
            data.done(&["check", target.to_str().unwrap()]);
            let copy = Broker::start(&target.join("journal"));
            assert_eq!(copy.ids(9), (1..=40).collect::<Vec<u64>>(), "round {round}");
            let ids = copy.ids(1);
            assert!(ids.len() <= 4, "{ids:?}");
            assert!(ids.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{ids:?}");
        }
        ends.store(true, Ordering::SeqCst);
    });
}

#[test]
fn a_damaged_journal_is_not_backed_up_in_silence() {
    let data = filled();
    let name = "0000000001.segment";
    let mut content = fs::read(data.file(name)).unwrap();
    content[5000] ^= 1;
    fs::write(data.file(name), content).unwrap();
    let target = data.root.path().join("copy").to_str().unwrap().to_owned();
    data.fails(1, &["as damaged as the journal", "frame 3 at byte"], &["backup", &target]);
}

#[test]
fn says_what_is_missing() {
    let data = Data::new();
    data.fails(1, &["no journal in ", &data.path()], &["check"]);
    data.fails(1, &["no journal in "], &["backup", "elsewhere"]);
    assert!(!Path::new(&data.path()).exists(), "a failure makes nothing");
    let output = run_in(None, &["check"]);
    assert!(output.exit_code == 1 && output.errors.contains("--data-dir"), "{output:?}");
    data.fails(2, &["usage: "], &[]);
    assert!(data.done(&["--help"]).starts_with("usage: "));
}
