//! Figures as a table.

use std::fmt::{self, Write};

use super::{Figures, Row};
use crate::bench::grouped;

impl Figures {
    /// The table.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) -> fmt::Result {
        let reads = if self.reads.is_empty() { "nothing".into() } else { self.reads.join(", ") };
        let Self { kind, type_name, carrier, file, rounds, .. } = self;
        writeln!(text, "{kind} '{type_name}' ({carrier}): {file}; reads {reads}")?;
        writeln!(text, "thread CPU time, medians of {rounds} rounds (least to most)\n")?;
        let widest = self.rows.iter().map(|row| row.messages.chars().count()).max().unwrap_or(0);
        let width = widest.max("messages".len());
        writeln!(
            text,
            "{:width$}  {:>5}  {:>12}  {:>21}  {:>12}  {:>9}",
            "messages", "batch", "us a message", "(least to most)", "calls/s", "matches"
        )?;
        self.rows.iter().try_for_each(|row| write_row(text, row, width))
    }
}

fn write_row(text: &mut String, row: &Row, width: usize) -> fmt::Result {
    let Row { messages, batch, matches_a_message, cpu_us_a_message, calls_per_s } = row;
    let range = format!("({:.3} to {:.3})", cpu_us_a_message.min, cpu_us_a_message.max);
    let (median, calls) = (cpu_us_a_message.median, grouped(*calls_per_s));
    writeln!(
        text,
        "{messages:width$}  {batch:>5}  {median:>12.3}  {range:>21}  {calls:>12}  \
         {matches_a_message:>9.2}"
    )
}
