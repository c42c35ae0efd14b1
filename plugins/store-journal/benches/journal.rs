//! What the journal costs on the disk of the target folder: appends by the size of their groups,
//! one in flight beside a bare fdatasync, deletes, and a recovery with its replay.
//!
//! As a test each runs once and small.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a benchmark fails by panicking")]
#![allow(clippy::print_stdout, reason = "a recovery is measured once and printed")]

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput};
use philter_plugin_api::{
    Completion, Context, Epoch, Factory, Operation, Position, QueueRecord, Replayed, Shard, Store,
    testing,
};
use philter_store_journal::JournalStore;
use philter_store_journal::disk::FileSystem;
use philter_store_journal::engine::{Journal, Kept, Maintained, Options, SyncMode};
use philter_store_journal::limits::SEGMENT_BYTES_DEFAULT;
use tempfile::TempDir;

const SHARD: Shard = Shard(0);
const BODY: [u8; 1024] = [7; 1024];

/// Messages of a recovery: a gigabyte.
const RECOVERED: u64 = 1_000_000;

/// The same as a test.
const RECOVERED_AS_TEST: u64 = 1_000;

type Engine = Journal<FileSystem, ()>;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let is_test = !std::env::args().any(|argument| argument == "--bench");
    encode(&mut criterion);
    bare_sync(&mut criterion);
    append(&mut criterion);
    in_flight(&mut criterion);
    settle(&mut criterion);
    recover(if is_test { RECOVERED_AS_TEST } else { RECOVERED });
    criterion.final_summary();
}

/// A folder on the disk that the build is on: the system's own for such files may be memory.
fn folder() -> TempDir {
    TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

fn open(folder: &Path, sync: SyncMode) -> Engine {
    let options = Options {
        segment_bytes: SEGMENT_BYTES_DEFAULT,
        bytes_max: 0,
        free_bytes_min: 0,
        sync,
        seed: 1,
    };
    // As the store does.
    let is_direct = sync == SyncMode::Always;
    let disk = FileSystem::open(folder).unwrap().with_direct_writes(is_direct);
    Journal::open(disk, options, &mut |_| {}).unwrap()
}

fn acquire(engine: &Engine) -> Epoch {
    engine.acquire(SHARD, "bench", ()).unwrap();
    match engine.commit().as_slice() {
        [((), Ok(Kept::Acquired(acquired)))] => acquired.epoch,
        other => panic!("{other:?}"),
    }
}

/// Puts and settles, so that a long run does not fill the disk.
struct Load {
    engine: Engine,
    epoch: Epoch,
    next: u64,
    settled: u64,
    _folder: TempDir,
}

impl Load {
    fn new(sync: SyncMode) -> Self {
        let folder = folder();
        let engine = open(folder.path(), sync);
        let epoch = acquire(&engine);
        Self { engine, epoch, next: 0, settled: 0, _folder: folder }
    }

    fn put(&mut self, count: u64) {
        let ids: Vec<[QueueRecord; 1]> =
            (self.next..self.next + count).map(|id| [QueueRecord { queue: 1, id }]).collect();
        let puts = ids.iter().map(|queues| Operation::Put {
            message: queues[0].id,
            header: b"header of some length, forty bytes of it",
            body: &BODY,
            queues,
        });
        let batch: Vec<Operation<'_>> = puts.collect();
        self.engine.append(SHARD, self.epoch, &batch, ()).unwrap();
        self.next += count;
    }

    fn settle(&mut self, count: u64) {
        let ids = self.settled..(self.settled + count).min(self.next);
        self.settled = ids.end;
        let deletes = ids.map(|id| Operation::Delete(QueueRecord { queue: 1, id }));
        let batch: Vec<Operation<'_>> = deletes.collect();
        self.engine.append(SHARD, self.epoch, &batch, ()).unwrap();
    }

    fn commit(&self) {
        assert!(self.engine.commit().iter().all(|(_, result)| result.is_ok()));
    }

    /// What the upkeep does beside, not measured.
    fn tidy(&mut self) {
        while self.settled < self.next {
            self.settle(10_000);
        }
        self.commit();
        while self.engine.maintain().unwrap() != Maintained::Idle {
            self.commit();
        }
    }
}

/// Without the disk: what an append costs its caller.
fn encode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("append, of a batch of 100, no write");
    group.throughput(Throughput::Elements(100));
    group.bench_function("1 KiB", |bencher| {
        bencher.iter_custom(|rounds| {
            let mut load = Load::new(SyncMode::Never);
            let mut spent = Duration::ZERO;
            for round in 0..rounds {
                let begin = Instant::now();
                load.put(100);
                spent += begin.elapsed();
                if round % 50 == 49 {
                    load.tidy();
                }
            }
            spent
        });
    });
}

fn bare_sync(criterion: &mut Criterion) {
    let folder = folder();
    let file = File::create(folder.path().join("file")).unwrap();
    file.write_all_at(&vec![0; 16 << 20], 0).unwrap();
    file.sync_all().unwrap();
    let mut place = 0;
    criterion.bench_function("write of 1 KiB and fdatasync, bare", |bencher| {
        bencher.iter(|| {
            place = (place + 1024) % (16 << 20);
            file.write_all_at(&BODY, place).unwrap();
            file.sync_data().unwrap();
        });
    });
}

fn append(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("append and commit, 1 KiB");
    for count in [1_u64, 10, 100, 1000, 10_000] {
        group.throughput(Throughput::Elements(count));
        let id = BenchmarkId::from_parameter(count);
        group.bench_with_input(id, &count, |bencher, &count| {
            bencher.iter_custom(|rounds| committed(rounds, count));
        });
    }
}

fn committed(rounds: u64, count: u64) -> Duration {
    let mut load = Load::new(SyncMode::Always);
    let mut spent = Duration::ZERO;
    for _ in 0..rounds {
        let begin = Instant::now();
        // As connections do it: a hundred messages a turn.
        for _ in 0..count.div_ceil(100) {
            load.put(count.min(100));
        }
        load.commit();
        spent += begin.elapsed();
        if load.next - load.settled > 30_000 {
            load.tidy();
        }
    }
    spent
}

/// Through the store's threads: so many appends on their way, each of one message.
fn in_flight(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("store, 1 KiB a call, on their way");
    for count in [1_u64, 100, 1000] {
        group.throughput(Throughput::Elements(count));
        let id = BenchmarkId::from_parameter(count);
        group.bench_with_input(id, &count, |bencher, &count| {
            bencher.iter_custom(|rounds| sent(rounds, count));
        });
    }
}

fn sent(rounds: u64, count: u64) -> Duration {
    let folder = folder();
    let context = Context { data_dir: folder.path().to_str(), ..testing::context("journal") };
    let store = JournalStore::create(&context).unwrap();
    let (send, receive) = mpsc::channel();
    store.acquire(SHARD, "bench", Completion::new(move |acquired| send.send(acquired).unwrap()));
    let epoch = receive.recv().unwrap().unwrap().epoch;
    let (send, receive) = mpsc::channel();
    let begin = Instant::now();
    for id in 0..rounds * count {
        let (queues, send) = ([QueueRecord { queue: 1, id }], send.clone());
        let put = Operation::Put { message: id, header: b"header", body: &BODY, queues: &queues };
        // The one before the oldest on its way is settled with it.
        let settled = Operation::Delete(QueueRecord { queue: 1, id: id.wrapping_sub(count + 1) });
        let done = Completion::new(move |done| drop(send.send(done)));
        store.append(SHARD, epoch, &[settled, put], done);
        if id + 1 >= count {
            receive.recv().unwrap().unwrap();
        }
    }
    begin.elapsed()
}

fn settle(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("delete, of a batch of 100, no write");
    group.throughput(Throughput::Elements(100));
    group.bench_function("in a row", |bencher| {
        bencher.iter_custom(|rounds| {
            let mut load = Load::new(SyncMode::Never);
            let mut spent = Duration::ZERO;
            for _ in 0..rounds {
                if load.settled == load.next {
                    load.tidy();
                    (0..100).for_each(|_| load.put(100));
                    load.commit();
                }
                let begin = Instant::now();
                load.settle(100);
                spent += begin.elapsed();
            }
            spent
        });
    });
}

/// Opens a journal of so many messages, and replays it; the files are in the system's memory.
fn recover(count: u64) {
    let mut load = Load::new(SyncMode::Never);
    while load.next < count {
        load.put(100);
        load.commit();
    }
    load.engine.sync().unwrap();
    let Load { engine, _folder: folder, .. } = load;
    drop(engine);
    let begin = Instant::now();
    let engine = open(folder.path(), SyncMode::Always);
    let opened = begin.elapsed();
    let (mut messages, mut bytes) = (0_u64, 0_usize);
    let mut visit = |replayed: Replayed| {
        messages += 1;
        if let philter_plugin_api::Record::Put { body: Some(body), .. } = replayed.record {
            bytes += body.len();
        }
        true
    };
    engine.replay(SHARD, Position(0), Position(u64::MAX), true, &mut visit).unwrap();
    let all = begin.elapsed();
    println!(
        "recovery of {messages} messages, {bytes} bytes: open {opened:?}, with replay {all:?}"
    );
}
