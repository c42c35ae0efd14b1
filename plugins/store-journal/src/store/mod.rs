//! The store as the broker sees it: the engine on a directory, a thread that writes, and one that
//! keeps the disk tidy.

mod bell;
mod commits;
mod durability;
mod ticket;
mod upkeep;
mod watches;
mod writer;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use philter_plugin_api::{
    Acquired, AppendOutcome, Capabilities, CommandOutput, Completion, Context, Epoch, Error,
    Factory, Level, MetaEntry, MetaRevision, Offers, Operation, Position, QueueRecord, Replayed,
    Result, Shard, Store, StoredEntry, log,
};

use self::bell::Bell;
use self::commits::Commits;
use self::ticket::Ticket;
use self::upkeep::Upkeep;
use self::watches::Watches;
use self::writer::Writer;
use crate::configuration::{Configuration, SCHEMA};
use crate::disk::{FileSystem, LockError};
use crate::engine::{Journal, Notice, Refusal};
use crate::error::JournalError;
use crate::limits::{BATCH_OPERATIONS_MAX, BODY_BYTES_MAX};

/// The engine as the store drives it.
type Engine = Journal<FileSystem, Ticket>;

/// How often a long recovery or replay says how far it is.
const PROGRESS: Duration = Duration::from_secs(2);

/// A store in a journal on one disk.
#[derive(Debug)]
pub struct JournalStore {
    engine: Arc<Engine>,
    watches: Arc<Watches>,
    directory: String,
    configuration: Configuration,
    // In this order: upkeep ends before the writer that it waits for.
    upkeep: Upkeep,
    writer: Writer,
    commits: Arc<Commits>,
}

impl Factory for JournalStore {
    const TYPE_NAME: &'static str = "journal";
    const CONFIGURATION_SCHEMA: &'static str = SCHEMA;
    const SUBCOMMAND: Option<&'static str> = Some("store");

    fn command(
        context: &Context<'_>,
        arguments: &[&str],
        _input: &mut dyn std::io::Read,
    ) -> Result<CommandOutput> {
        Ok(crate::command::run(context, arguments))
    }

    fn create(context: &Context<'_>) -> Result<Self> {
        let configuration = Configuration::parse(context.configuration)?;
        let data_dir = context.data_dir.ok_or(JournalError::NoDirectory)?;
        let directory = Path::new(data_dir).join("journal");
        let disk = FileSystem::open(&directory).map_err(refused)?;
        let disk = disk.with_direct_writes(configuration.writes_directly());
        let seed = getrandom::u64().map_err(|error| {
            Error::internal(format!("the system has no random numbers: {error}"))
        })?;
        let mut progress = Progress::new();
        let options = configuration.options(seed);
        let engine = Journal::open(disk, options, &mut |notice| progress.notice(&notice))?;
        let engine = Arc::new(engine);
        let directory = directory.display().to_string();
        progress.opened(&directory, &engine.inspect());
        let bell = Bell::default();
        let watches = Arc::new(Watches::new(context.instance));
        let commits = Commits::new(Arc::clone(&engine), Arc::clone(&watches), bell.clone());
        let commits = Arc::new(commits);
        let writer = Writer::start(Arc::clone(&commits))?;
        let upkeep = Upkeep::start(Arc::clone(&engine), bell, writer.bell(), options.sync)?;
        Ok(Self { engine, watches, directory, configuration, upkeep, writer, commits })
    }
}

impl JournalStore {
    /// Tells that a batch is refused; whether it was taken into the next commit instead.
    fn refuse_unless_taken(&self, appended: Result<(), (Ticket, Refusal)>) -> bool {
        match appended {
            Ok(()) => true,
            Err((ticket, refusal)) => {
                ticket.refuse(refusal.clone());
                if refusal == Refusal::Full {
                    // Perhaps there is something to free.
                    self.upkeep.ring();
                }
                false
            }
        }
    }
}

impl Store for JournalStore {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            batch_operations_max: BATCH_OPERATIONS_MAX as u64,
            batch_bytes_max: self.engine.batch_bytes_max(),
            body_bytes_max: self.engine.batch_bytes_max().min(BODY_BYTES_MAX),
            is_atomic_over_shard: true,
            is_durable_on_ack: true,
        }
    }

    fn offers(&self) -> Offers {
        let of_keys = Offers::META_LIST.and(Offers::META_WATCH).and(Offers::META_REMOVE);
        of_keys.and(Offers::APPEND_HERE).and(Offers::APPEND_LAZILY).and(Offers::ENTRIES)
    }

    fn acquire(&self, shard: Shard, node: &str, done: Completion<Acquired>) {
        let ticket = Ticket::Acquire { done, shard };
        match self.engine.acquire(shard, node, ticket) {
            Ok(()) => self.writer.ring(),
            Err((ticket, error)) => ticket.refuse(error.into()),
        }
    }

    fn append(
        &self,
        shard: Shard,
        epoch: Epoch,
        batch: &[Operation<'_>],
        done: Completion<AppendOutcome>,
    ) {
        if self.refuse_unless_taken(self.engine.append(shard, epoch, batch, Ticket::Append(done))) {
            self.writer.ring();
        }
    }

    fn append_here(
        &self,
        shard: Shard,
        epoch: Epoch,
        batch: &[Operation<'_>],
        done: Completion<AppendOutcome>,
    ) {
        let appended = self.engine.append(shard, epoch, batch, Ticket::Append(done));
        if self.refuse_unless_taken(appended) && !self.commits.run_here() {
            self.writer.ring();
        }
    }

    fn append_lazily(
        &self,
        shard: Shard,
        epoch: Epoch,
        batch: &[Operation<'_>],
        done: Completion<AppendOutcome>,
    ) {
        let appended = self.engine.append_lazily(shard, epoch, batch, Ticket::Append(done));
        if self.refuse_unless_taken(appended) && !self.commits.is_looked_after() {
            self.writer.ring();
        }
    }

    fn replay(
        &self,
        shard: Shard,
        from: Position,
        until: Position,
        with_bodies: bool,
        visit: &mut dyn FnMut(Replayed) -> bool,
    ) -> Result<()> {
        let mut progress = Progress::new();
        let mut count = 0_u64;
        self.engine.replay(shard, from, until, with_bodies, &mut |replayed| {
            count += 1;
            if count.is_multiple_of(1024) && progress.is_due() {
                log(Level::Info, &format!("replaying the journal: {count} records so far"));
            }
            visit(replayed)
        })?;
        Ok(())
    }

    fn read(&self, shard: Shard, record: QueueRecord) -> Result<Option<Vec<u8>>> {
        Ok(self.engine.read(shard, record)?)
    }

    fn purge(&self, shard: Shard, epoch: Epoch, queue: u64, done: Completion<AppendOutcome>) {
        match self.engine.purge(shard, epoch, queue, Ticket::Append(done)) {
            Ok(()) => self.writer.ring(),
            Err((ticket, refusal)) => ticket.refuse(refusal),
        }
    }

    fn statistics(&self, shard: Shard) -> Result<String> {
        Ok(self.engine.statistics(shard)?.to_string())
    }

    fn meta_get(&self, key: &str) -> Result<Option<(MetaRevision, Vec<u8>)>> {
        Ok(self.engine.meta_get(key)?)
    }

    fn meta_compare_and_set(
        &self,
        key: &str,
        expected: MetaRevision,
        value: &[u8],
        done: Completion<Option<MetaRevision>>,
    ) {
        let ticket = Ticket::Set { done, key: key.to_owned() };
        match self.engine.meta_compare_and_set(key, expected, value, ticket) {
            Ok(None) => self.writer.ring(),
            Ok(Some(ticket)) => ticket.unchanged(),
            Err((ticket, error)) => ticket.refuse(error.into()),
        }
    }

    fn meta_list(&self, prefix: &str, visit: &mut dyn FnMut(MetaEntry) -> bool) -> Result<()> {
        Ok(self.engine.meta_list(prefix, visit)?)
    }

    fn meta_watch(&self, prefix: &str) -> Result<()> {
        Ok(self.watches.add(prefix)?)
    }

    fn meta_remove(&self, key: &str, expected: MetaRevision, done: Completion<bool>) {
        let ticket = Ticket::Remove { done, key: key.to_owned() };
        match self.engine.meta_remove(key, expected, ticket) {
            Ok(None) => self.writer.ring(),
            Ok(Some(ticket)) => ticket.unchanged(),
            Err((ticket, error)) => ticket.refuse(error.into()),
        }
    }

    fn entries(
        &self,
        shard: Shard,
        queue: u64,
        ids: Range<u64>,
        visit: &mut dyn FnMut(StoredEntry<'_>) -> bool,
    ) -> Result<()> {
        Ok(self.engine.entries(shard, queue, ids, visit)?)
    }

    fn inspect(&self) -> Result<String> {
        let mut state = self.engine.inspect();
        if let Some(fields) = state.as_object_mut() {
            let sync = self.configuration.options(0).sync;
            fields.insert("directory".to_owned(), self.directory.clone().into());
            fields.insert("sync".to_owned(), durability::name(sync).into());
            fields.insert("durability".to_owned(), durability::sentence(sync).into());
        }
        Ok(state.to_string())
    }
}

impl Drop for JournalStore {
    fn drop(&mut self) {
        self.upkeep.end();
        self.writer.end();
        // A seal vouches for what is durable, so all else is made so first, in every mode.
        let sealed = self.engine.sync().and_then(|_| {
            self.engine.seal();
            drop(self.engine.commit());
            self.engine.sync()
        });
        if let Err(error) = sealed {
            log(Level::Error, &error.to_string());
        }
    }
}

fn refused(error: LockError) -> Error {
    JournalError::Directory(error.to_string()).into()
}

/// Lines about what takes long.
struct Progress {
    last: Instant,
}

impl Progress {
    fn new() -> Self {
        Self { last: Instant::now() }
    }

    fn is_due(&mut self) -> bool {
        let is_due = self.last.elapsed() >= PROGRESS;
        if is_due {
            self.last = Instant::now();
        }
        is_due
    }

    fn notice(&mut self, notice: &Notice) {
        match notice {
            Notice::Unknown { path } => {
                let text = format!("{path}: this file is none of the journal's; it is left alone");
                log(Level::Warn, &text);
            }
            Notice::Progress { segments, of, messages } => {
                if self.is_due() {
                    let text = format!(
                        "recovering the journal: {segments} of {of} segments, {messages} messages"
                    );
                    log(Level::Info, &text);
                }
            }
            Notice::Cut(cut) => {
                let (path, offset, bytes) = (&cut.path, cut.offset, cut.bytes);
                let frames = cut.frames;
                let text = format!(
                    "{path}: the log was cut at byte {offset}: {bytes} bytes, {frames} frames \
                     begun, were written when the broker or the machine stopped and were never \
                     confirmed"
                );
                log(Level::Warn, &text);
            }
        }
    }

    fn opened(&self, directory: &str, state: &serde_json::Value) {
        let text = format!(
            "the journal in {directory} is open: {} messages in {} segments",
            state["messages"], state["segments"]
        );
        log(Level::Info, &text);
    }
}

#[cfg(test)]
mod tests;
