//! What `philter store dump` prints: one operation a line, as JSON.

use philter_plugin_api::{CommandOutput, QueueRecord};
use serde_json::{Map, Value, json};

use super::arguments::Selection;
use crate::disk::FileSystem;
use crate::engine::{self, Listed};
use crate::format::Op;
use crate::limits::DUMP_BYTES_MAX;

/// Prints the log. Exit code 1 where it is damaged; what stands before the damage is printed.
pub(super) fn dump(disk: &FileSystem, selection: Selection) -> CommandOutput {
    let mut output = String::new();
    let mut resume = None;
    let listed = engine::list(disk, &mut |listed| {
        if resume.is_some() || !is_selected(listed, selection) {
            return;
        }
        if output.len() >= DUMP_BYTES_MAX {
            resume = Some(listed.operation.position);
            return;
        }
        output.push_str(&Value::Object(record(listed, selection.has_bodies)).to_string());
        output.push('\n');
    });
    let mut errors = String::new();
    if let Some(position) = resume {
        errors = format!(
            "philter store: that is not all: go on with --from {position}, or choose a --queue\n"
        );
    }
    let exit_code = match listed {
        Ok(None) => 0,
        Ok(Some(cut)) => {
            errors.push_str(&format!(
                "philter store: {}: the log ends at byte {} before {} frames that were cut short\n",
                cut.path, cut.offset, cut.frames
            ));
            0
        }
        Err(error) => {
            errors.push_str(&format!("philter store: {error}\n"));
            1
        }
    };
    CommandOutput { output, errors, exit_code }
}

fn is_selected(listed: &Listed<'_>, selection: Selection) -> bool {
    if listed.operation.position < selection.from {
        return false;
    }
    let Some(wanted) = selection.queue else { return true };
    match &listed.operation.op {
        Op::Put(put) => put.queues.iter().any(|entry| entry.queue == wanted),
        Op::Delete { queue, .. } | Op::Purge { queue } => *queue == wanted,
        Op::Mark { record, .. } => record.queue == wanted,
        _ => false,
    }
}

fn record(listed: &Listed<'_>, has_bodies: bool) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut set = |name: &str, value: Value| drop(fields.insert(name.to_owned(), value));
    set("position", listed.operation.position.into());
    set("segment", listed.segment.into());
    set("offset", listed.offset.into());
    set("frame", listed.frame.sequence.into());
    set("live", listed.is_live.into());
    if listed.frame.epoch > 0 {
        set("shard", listed.frame.shard.into());
        set("epoch", listed.frame.epoch.into());
    }
    let (name, rest) = operation(&listed.operation.op, has_bodies);
    set("op", name.into());
    if let Value::Object(rest) = rest {
        fields.extend(rest);
    }
    fields
}

fn operation(op: &Op<'_>, has_bodies: bool) -> (&'static str, Value) {
    match op {
        Op::Put(put) => {
            let mut fields = json!({
                "message": put.message,
                "queues": put.queues.iter().map(entry).collect::<Vec<_>>(),
                "header_bytes": put.header.len(),
                "body_bytes": put.body.len(),
            });
            if let (true, Some(fields)) = (has_bodies, fields.as_object_mut()) {
                fields.extend([content("header", put.header), content("body", put.body)]);
            }
            ("put", fields)
        }
        Op::Delete { queue, first, count } => {
            ("delete", json!({"queue": queue, "id": first, "count": count}))
        }
        Op::Meta { key, value } => key_and_value("meta", key, value),
        Op::Mark { record, delivery_count } => (
            "mark",
            json!({"queue": record.queue, "id": record.id, "delivery_count": delivery_count}),
        ),
        Op::Purge { queue } => ("purge", json!({ "queue": queue })),
        Op::Acquire { node } => ("acquire", json!({ "node": node })),
        Op::StoreMeta { key, value } => key_and_value("store_meta", key, value),
        Op::StoreRemove { key } => ("store_remove", json!({ "key": key })),
        Op::Freed { segment } => ("freed", json!({ "freed_segment": segment })),
        Op::State(state) => {
            let ends = state.segments.iter().map(|end| json!([end.segment, end.end]));
            ("state", json!({ "segments": ends.collect::<Vec<_>>() }))
        }
        Op::Seal => ("seal", Value::Null),
    }
}

fn key_and_value(name: &'static str, key: &str, value: &[u8]) -> (&'static str, Value) {
    let fields = Map::from_iter([("key".to_owned(), key.into()), content("value", value)]);
    (name, Value::Object(fields))
}

fn entry(record: QueueRecord) -> Value {
    json!({"queue": record.queue, "id": record.id})
}

/// Bytes as text where they are one that can be read, else in base 16 under `NAME_hex`.
fn content(name: &str, bytes: &[u8]) -> (String, Value) {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains(|c: char| c.is_control() && !c.is_whitespace()) => {
            (name.to_owned(), text.into())
        }
        _ => {
            let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
            (format!("{name}_hex"), digits.collect::<String>().into())
        }
    }
}
