//! A process that writes to a store until it is killed, and says what was confirmed.
//!
//! Round n puts [`VICTIM_WINDOW`] messages with ids that follow each other, each in two queues, and
//! with each of them deletes the first message of the round before. It sets the key [`KEY`] of the
//! shard and that of the store to n. A round's number is printed once all of it was confirmed; the
//! epoch is printed before the first.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use philter_plugin_api::testing::completion;
use philter_plugin_api::value::MapRef;
use philter_plugin_api::{
    AppendOutcome, Completion, Context, Epoch, InstanceId, MetaRevision, Operation, QueueRecord,
    Store,
};

use super::bench::{SHARD, append_nth};
use crate::limits::{VICTIM_ROUNDS_MAX, VICTIM_WINDOW};
use crate::plugin::Plugin;
use crate::recorder::Recorder;
use crate::subject::Options;

/// The key that has the number of the last round, as text.
pub(super) const KEY: &str = "round";

/// Writes to the store of `options.type_name` in `options.data_dir` itself, until this process is
/// killed or nobody reads what it prints.
///
/// # Errors
/// The plugin, the store or an append fails; nobody listens any more.
pub fn write_until_killed(
    path: &Path,
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
    let (settings, compiled) = (options.component_settings(), tempfile::tempdir()?);
    let settings = settings.map_err(io::Error::other)?;
    let plugin = Plugin::open(path, settings, compiled.path(), Arc::new(Recorder::default()))
        .map_err(|stop| io::Error::other(format!("{stop:?}")))?;
    let store = plugin.create_store(type_name, &context).map_err(io::Error::other)?;
    let epoch = answer(|done| store.acquire(SHARD, "victim", done))?.epoch;
    writeln!(output, "{}", epoch.0)?;
    let mut revision = MetaRevision(0);
    for round in (0..).take(VICTIM_ROUNDS_MAX) {
        write_messages(store.as_ref(), epoch, round)?;
        let value = round.to_string();
        let set = |done| store.meta_compare_and_set(KEY, revision, value.as_bytes(), done);
        revision = answer(set)?.ok_or_else(|| io::Error::other("a key is not set"))?;
        writeln!(output, "{round}")?;
        output.flush()?;
    }
    Ok(())
}

/// The messages of a round, confirmed when this returns.
fn write_messages(store: &dyn Store, epoch: Epoch, round: u64) -> io::Result<()> {
    let (mut answers, value) = (Vec::new(), round.to_string());
    for message in ids_of(round) {
        let (queues, body) = (entries_of(message), message.to_be_bytes());
        let mut batch = vec![
            Operation::Put { message, header: b"", body: &body, queues: &queues },
            Operation::Meta { key: KEY, value: value.as_bytes() },
        ];
        let settled = round.checked_sub(1).map(|before| ids_of(before).start);
        batch.extend(settled.map(|id| Operation::Delete(QueueRecord { queue: 1, id })));
        let (done, answer) = completion();
        append_nth(message, store, epoch, &batch, done);
        answers.push(answer);
    }
    for answer in answers {
        match answer.wait().map_err(io::Error::other)? {
            AppendOutcome::Done(_) => {}
            other => return Err(io::Error::other(format!("append is answered by {other:?}"))),
        }
    }
    Ok(())
}

fn answer<T: Send + 'static>(call: impl FnOnce(Completion<T>)) -> io::Result<T> {
    let (done, answer) = completion();
    call(done);
    answer.wait().map_err(io::Error::other)
}

/// The messages of a round.
pub(super) fn ids_of(round: u64) -> std::ops::Range<u64> {
    round * VICTIM_WINDOW..(round + 1) * VICTIM_WINDOW
}

/// The entries of a message.
pub(super) fn entries_of(message: u64) -> [QueueRecord; 2] {
    [1, 2].map(|queue| QueueRecord { queue, id: message })
}
