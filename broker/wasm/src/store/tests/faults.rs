//! A disk that fails: nothing is confirmed after it, and the operator reads why.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use redb::StorageBackend;
use redb::backends::InMemoryBackend;

use super::super::WasmStore;
use super::super::database::Database;
use super::*;

/// A disk that stops to sync when it is told to.
#[derive(Debug)]
struct Planted {
    disk: InMemoryBackend,
    fails: Arc<AtomicBool>,
}

impl StorageBackend for Planted {
    fn len(&self) -> io::Result<u64> {
        self.disk.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.disk.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.disk.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        match self.fails.load(Ordering::Relaxed) {
            true => Err(io::Error::other("planted: the disk is gone")),
            false => self.disk.sync_data(),
        }
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.disk.write(offset, data)
    }
}

#[test]
fn after_a_sync_that_failed_nothing_is_answered_well() {
    let bench = Bench::new();
    let loaded = bench.open(&Text::store("log")).loaded();
    let fails = Arc::new(AtomicBool::new(false));
    let disk = Planted { disk: InMemoryBackend::new(), fails: Arc::clone(&fails) };
    let creation = crate::instance::Creation {
        name: "log".to_owned(),
        configuration: "{}".to_owned(),
        context: Vec::new(),
    };
    let database = Database::planted(disk);
    let store = WasmStore::over(&loaded, database, InstanceId(1), creation).unwrap();
    let epoch = acquire(&store).unwrap().epoch;
    let append = || now(|done| store.append(SHARD, epoch, &[Operation::Delete(entry(1))], done));
    assert_eq!(append(), Ok(AppendOutcome::Done(Position(1))));
    fails.store(true, Ordering::Relaxed);
    for _ in 0..2 {
        let error = append().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal);
        let wanted = "planted.redb: the store has stopped, and nothing is confirmed any more";
        assert!(error.text().starts_with(wanted), "{error}");
        assert!(error.text().contains("start the broker again"), "{error}");
    }
    fails.store(false, Ordering::Relaxed);
    assert!(append().is_err(), "a disk that came back is not trusted");
    assert!(store.read(SHARD, entry(1)).is_err());
    bench.wait_for("Error planted.redb: the store has stopped");
}
