//! A process that writes to a store until it is killed, and says what was confirmed.
//!
//! Round n puts [`VICTIM_WINDOW`] messages with ids that follow each other, each in two queues, and
//! deletes the first of the round before. A round's number is printed once all of it was confirmed.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use philter_plugin_api::abi::host::Library;
use philter_plugin_api::testing::completion;
use philter_plugin_api::value::MapRef;
use philter_plugin_api::{
    Acquired, AppendOutcome, Context, Error, InstanceId, Operation, QueueRecord, Store,
};

use super::bench::SHARD;
use crate::limits::{VICTIM_ROUNDS_MAX, VICTIM_WINDOW};
use crate::recorder::Recorder;
use crate::subject::Options;

/// Writes to the store of `options.type_name` in `options.data_dir` itself, until this process is
/// killed or nobody reads what it prints.
///
/// # Errors
/// The library, the store or an append fails; nobody listens any more.
pub fn write_until_killed(
    library: &Path,
    options: &Options,
    output: &mut dyn Write,
) -> io::Result<()> {
    let data_dir = options.data_dir.as_deref().map(Path::to_string_lossy).unwrap_or_default();
    let type_name = options.type_name.as_deref().unwrap_or_default();
    let context = Context {
        instance: InstanceId(1),
        name: type_name,
        virtual_host: "",
        configuration: &options.configuration,
        data_dir: Some(&data_dir),
        arguments: MapRef::default(),
    };
    let library =
        Library::open(library, Arc::new(Recorder::default())).map_err(io::Error::other)?;
    let store = library.create_store(type_name, &context).map_err(io::Error::other)?;
    let (acquired, answer) = completion();
    store.acquire(SHARD, "victim", acquired);
    let acquired = answer.wait().map_err(io::Error::other)?;
    for round in (0..).take(VICTIM_ROUNDS_MAX) {
        write_round(store.as_ref(), acquired, round)?;
        writeln!(output, "{round}")?;
        output.flush()?;
    }
    Ok(())
}

/// One round, confirmed when this returns.
fn write_round(store: &dyn Store, acquired: Acquired, round: u64) -> io::Result<()> {
    let mut answers = Vec::new();
    for message in ids_of(round) {
        let (queues, body) = (entries_of(message), message.to_be_bytes());
        let settled = round.checked_sub(1).map(|before| before * VICTIM_WINDOW);
        let mut batch = vec![Operation::Put { message, header: b"", body: &body, queues: &queues }];
        batch.extend(settled.map(|first| Operation::Delete(QueueRecord { queue: 1, id: first })));
        let (done, answer) = completion();
        store.append(SHARD, acquired.epoch, &batch, done);
        answers.push(answer);
    }
    for answer in answers {
        match answer.wait().map_err(io::Error::other)? {
            AppendOutcome::Done(_) => {}
            other => return Err(io::Error::other(Error::internal(format!("{other:?}")))),
        }
    }
    Ok(())
}

/// The messages of a round.
pub(super) fn ids_of(round: u64) -> std::ops::Range<u64> {
    round * VICTIM_WINDOW..(round + 1) * VICTIM_WINDOW
}

/// The entries of a message.
pub(super) fn entries_of(message: u64) -> [QueueRecord; 2] {
    [1, 2].map(|queue| QueueRecord { queue, id: message })
}
