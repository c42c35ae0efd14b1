//! What `philter store check` says.

use std::fmt::Write;

use philter_plugin_api::CommandOutput;

use crate::engine::{Report, SegmentReport};

/// The report for people: a line for each file, the faults, and a sentence over all. Exit code 1
/// where there is a fault.
pub(super) fn render(report: &Report) -> CommandOutput {
    let mut output = String::new();
    for segment in &report.segments {
        let _ = writeln!(output, "{}", line(segment));
    }
    for spare in &report.spares {
        let _ = writeln!(output, "{spare}: kept to be used again");
    }
    for unknown in &report.unknown {
        let _ = writeln!(output, "{unknown}: none of the journal's files");
    }
    for fault in &report.faults {
        let _ = writeln!(output, "damaged: {fault}");
    }
    let _ = match report.faults.len() {
        0 => writeln!(output, "the journal is sound: {} messages", report.messages),
        1 => writeln!(output, "the journal has 1 fault"),
        faults => writeln!(output, "the journal has {faults} faults"),
    };
    let exit_code = i32::from(!report.faults.is_empty());
    CommandOutput { output, errors: String::new(), exit_code }
}

fn line(segment: &SegmentReport) -> String {
    let SegmentReport { path, frames, bytes, live, torn, .. } = segment;
    let mut line = format!("{path}: {frames} frames, {bytes} bytes");
    if let Some(live) = live {
        let dead = bytes.saturating_sub(live.bytes);
        let _ = write!(line, "; {} live records, {dead} dead bytes", live.records);
    }
    if let Some(torn) = torn {
        let _ = write!(
            line,
            "; ends at byte {} before {} frames that were cut short and never confirmed",
            torn.offset, torn.frames
        );
    }
    line
}
