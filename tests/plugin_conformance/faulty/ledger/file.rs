//! The file of a ledger: lines of JSON, each a batch, an epoch or a key.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use philter_plugin_api::{Error, QueueRecord, Record, Result};
use serde_json::{Value as Json, json};

/// What a line says.
pub(crate) enum Line {
    /// Records of a shard.
    Batch(u32, Vec<Record>),
    /// A shard's epoch.
    Epoch(u32, u64),
    /// A key's revision, and its value if it is not removed.
    Key(String, u64, Option<Vec<u8>>),
}

/// The end of the file.
pub(crate) struct Lines {
    file: File,
    /// What is written at the end of the instance; none where each line is written at once.
    late: Option<Vec<u8>>,
}

impl Lines {
    pub(crate) fn open(folder: &Path, is_late: bool) -> Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(folder.join("ledger"));
        Ok(Self { file: file.map_err(internal)?, late: is_late.then(Vec::new) })
    }

    pub(crate) fn write(&mut self, line: &Line) -> Result<()> {
        let text = format!("{}\n", to_json(line));
        match &mut self.late {
            Some(late) => late.extend(text.into_bytes()),
            None => self.file.write_all(text.as_bytes()).map_err(internal)?,
        }
        Ok(())
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        let late = self.late.take().unwrap_or_default();
        // That is the fault: nobody hears of it.
        let _ = self.file.write_all(&late);
    }
}

/// Has the folder to itself, until the file is closed.
pub(crate) fn lock(folder: &Path) -> Result<File> {
    let file = File::create(folder.join("lock")).map_err(internal)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) => Err(Error::invalid("another ledger has this directory")),
    }
}

/// Hands over every whole line of the file.
pub(crate) fn read(folder: &Path, mut take: impl FnMut(Line)) -> Result<()> {
    let Ok(file) = File::open(folder.join("ledger")) else { return Ok(()) };
    for line in BufReader::new(file).split(b'\n') {
        let json = serde_json::from_slice(&line.map_err(internal)?);
        // A line that was cut off is the last, and was confirmed to nobody.
        let Ok(json) = json else { return Ok(()) };
        let line = from_json(&json).ok_or_else(|| Error::internal("a line says nothing"))?;
        take(line);
    }
    Ok(())
}

fn internal(error: impl std::fmt::Display) -> Error {
    Error::internal(error.to_string())
}

fn to_json(line: &Line) -> Json {
    match line {
        Line::Batch(shard, records) => {
            json!({"shard": shard, "batch": records.iter().map(record_json).collect::<Vec<_>>()})
        }
        Line::Epoch(shard, epoch) => json!({"shard": shard, "epoch": epoch}),
        Line::Key(key, revision, value) => {
            json!({"key": key, "revision": revision, "value": value})
        }
    }
}

fn record_json(record: &Record) -> Json {
    let pair = |of: &QueueRecord| json!([of.queue, of.id]);
    match record {
        Record::Put { message, header, body, queues } => {
            let queues: Vec<_> = queues.iter().map(pair).collect();
            json!({"put": message, "header": header, "body": body, "queues": queues})
        }
        Record::Delete(of) => json!({"delete": pair(of)}),
        Record::Meta { key, value } => json!({"meta": key, "value": value}),
        Record::Mark { record, delivery_count } => {
            json!({"mark": pair(record), "count": delivery_count})
        }
    }
}

fn from_json(json: &Json) -> Option<Line> {
    if let Some(key) = json.get("key") {
        let (key, revision) = (key.as_str()?.to_owned(), json.get("revision")?.as_u64()?);
        return Some(Line::Key(key, revision, bytes(json.get("value")?)));
    }
    let shard = u32::try_from(json.get("shard")?.as_u64()?).ok()?;
    if let Some(epoch) = json.get("epoch") {
        return Some(Line::Epoch(shard, epoch.as_u64()?));
    }
    let records = json.get("batch")?.as_array()?.iter().map(record_of);
    Some(Line::Batch(shard, records.collect::<Option<_>>()?))
}

fn record_of(json: &Json) -> Option<Record> {
    if let Some(message) = json.get("put") {
        let queues = json.get("queues")?.as_array()?.iter().map(entry);
        return Some(Record::Put {
            message: message.as_u64()?,
            header: bytes(json.get("header")?)?,
            body: bytes(json.get("body")?),
            queues: queues.collect::<Option<_>>()?,
        });
    }
    if let Some(of) = json.get("delete") {
        return Some(Record::Delete(entry(of)?));
    }
    if let Some(key) = json.get("meta") {
        return Some(Record::Meta {
            key: key.as_str()?.to_owned(),
            value: bytes(json.get("value")?)?,
        });
    }
    let delivery_count = u32::try_from(json.get("count")?.as_u64()?).ok()?;
    Some(Record::Mark { record: entry(json.get("mark")?)?, delivery_count })
}

fn entry(json: &Json) -> Option<QueueRecord> {
    Some(QueueRecord { queue: json.get(0)?.as_u64()?, id: json.get(1)?.as_u64()? })
}

fn bytes(json: &Json) -> Option<Vec<u8>> {
    let byte = |json: &Json| json.as_u64().and_then(|number| u8::try_from(number).ok());
    json.as_array()?.iter().map(byte).collect()
}
