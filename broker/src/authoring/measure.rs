//! `philter plugin bench`: what a call of a plugin costs, by the message, alone and in batches.
//!
//! A figure is the median of rounds; a round asks about the same messages over and over, long
//! enough that reading the clock means nothing.
//!
//! Invariant: a round that was counted had a round before it that was not.

mod report;
mod sample;

use std::hint::black_box;
use std::time::Duration;

use philter_plugin_api::MessageView;
use philter_plugin_api::testing::MockMessage;
use serde::Serialize;

use super::ready::{Prepared, Ready};
use super::recorded::Recorded;
use super::stopwatch::{Stopwatch, us};
use super::trial::{BATCH, names};
use super::{AuthoringError, Question, Subject};
use crate::bench::Spread;

/// How long is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// Rounds that count.
    pub(crate) rounds: usize,
    /// CPU time of a round, at least.
    pub(crate) round: Duration,
}

/// What came out.
#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    file: String,
    kind: &'static str,
    #[serde(rename = "type")]
    type_name: String,
    carrier: &'static str,
    reads: Vec<&'static str>,
    rounds: usize,
    rows: Vec<Row>,
}

/// One way to ask.
#[derive(Debug, Serialize)]
struct Row {
    /// The messages that it was asked about.
    messages: String,
    /// Messages of a call.
    batch: usize,
    /// Of these messages, how many matches there are, on average.
    matches_a_message: f64,
    cpu_us_a_message: Spread,
    calls_per_s: f64,
}

/// Measures with these messages, or with those that everybody measures with: without a body, and
/// with one of 1 KiB.
///
/// # Errors
/// What the question lacks, or a plugin that fails.
pub(crate) fn measure(
    subject: &Subject,
    question: &Question,
    messages: Option<&[Recorded]>,
    effort: Effort,
) -> Result<Figures, AuthoringError> {
    let watch = Stopwatch::new();
    let Prepared { ready, reads, .. } = Prepared::new(subject, question, &watch)?;
    let mut rows = Vec::new();
    for (name, messages) in loads(messages) {
        let views: Vec<&dyn MessageView> =
            messages.iter().map(|message| message as &dyn MessageView).collect();
        let batch = BATCH.min(views.len());
        for batch in if batch > 1 { vec![1, batch] } else { vec![1] } {
            let row = Load { ready: &ready, views: &views, batch, watch: &watch };
            rows.push(row.measure(name.clone(), effort)?);
        }
    }
    Ok(Figures {
        file: subject.file.display().to_string(),
        kind: subject.factory.kind.name(),
        type_name: subject.factory.type_name.clone(),
        carrier: subject.carrier.name(),
        reads: names(reads),
        rounds: effort.rounds,
        rows,
    })
}

/// Messages by what they are called.
fn loads(recorded: Option<&[Recorded]>) -> Vec<(String, Vec<MockMessage>)> {
    match recorded {
        Some(recorded) => {
            let messages = recorded.iter().map(|it| it.message.clone()).collect();
            vec![(format!("{} recorded", recorded.len()), messages)]
        }
        None => vec![
            ("no body".to_owned(), sample::messages(0)),
            ("body of 1 KiB".to_owned(), sample::messages(sample::BODY_BYTES)),
        ],
    }
}

/// One way to ask.
struct Load<'a> {
    ready: &'a Ready,
    views: &'a [&'a dyn MessageView],
    batch: usize,
    watch: &'a Stopwatch,
}

impl Load<'_> {
    fn measure(&self, messages: String, effort: Effort) -> Result<Row, AuthoringError> {
        let (passes, matches) = self.passes(effort.round)?;
        let asked = (passes * self.views.len()) as f64;
        let mut figures = Vec::with_capacity(effort.rounds);
        for _ in 0..effort.rounds.max(1) {
            figures.push(us(self.round(passes)?.0) / asked);
        }
        // There is at least one figure.
        let spread = Spread::of(figures).unwrap_or(Spread { median: 0.0, min: 0.0, max: 0.0 });
        let calls_per_s = 1e6 / (spread.median * self.batch as f64);
        Ok(Row {
            messages,
            batch: self.batch,
            matches_a_message: matches as f64 / self.views.len() as f64,
            cpu_us_a_message: spread,
            calls_per_s: if calls_per_s.is_finite() { calls_per_s } else { 0.0 },
        })
    }

    /// How often all messages are asked about for a round to be long enough, and the matches of
    /// one pass.
    fn passes(&self, round: Duration) -> Result<(usize, usize), AuthoringError> {
        let mut passes = 1;
        loop {
            let (cpu, matches) = self.round(passes)?;
            if cpu >= round {
                return Ok((passes, matches / passes));
            }
            // A plugin that waits, and takes no time of its own, ends this as well.
            let missing = round.as_secs_f64() / cpu.as_secs_f64().max(round.as_secs_f64() / 8.0);
            passes = (passes as f64 * missing * 1.1).ceil() as usize;
        }
    }

    /// CPU time of so many passes, and their matches.
    fn round(&self, passes: usize) -> Result<(Duration, usize), AuthoringError> {
        let (matches, cost) = self.watch.time(|| {
            let mut matches = 0;
            for _ in 0..passes {
                for batch in self.views.chunks(self.batch) {
                    matches += self.ready.count(black_box(batch))?;
                }
            }
            Ok(black_box(matches))
        });
        let failed = |error| AuthoringError::Plugin { call: "a message".to_owned(), error };
        matches.map(|matches| (cost.cpu, matches)).map_err(failed)
    }
}

#[cfg(test)]
mod tests;
