//! What a bench says in the end: the same figures as a table and as JSON.

use std::fmt::Write;

use serde::Serialize;

use super::figures::{Faults, Figures, Latency};
use super::statistics::{Spread, ratio};

/// Deliveries of a message from which on publishing and delivering are shown apart.
const COPIES_SHOWN: u64 = 2;

/// Everything that was measured.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Report {
    /// The version of philter.
    pub(crate) version: &'static str,
    /// One a broker, and one for the floor.
    pub(crate) subjects: Vec<Subject>,
    /// CPU time and rates as multiples.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) ratios: Vec<Ratio>,
}

/// What was measured, and what it came to.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Subject {
    /// Its address.
    pub(crate) name: String,
    /// What it calls itself.
    pub(crate) product: String,
    /// Figures of the fill, a round each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) fill: Vec<Figures>,
    /// Figures of the load, a round each.
    pub(crate) rounds: Vec<Figures>,
    /// Over the rounds.
    pub(crate) median: Median,
}

/// Figures over all rounds of a subject.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Median {
    pub(crate) sent_per_s: Option<Spread>,
    pub(crate) received_per_s: Option<Spread>,
    pub(crate) cpu_us_a_message: Option<Spread>,
    pub(crate) latency_p50_us: Option<Spread>,
    pub(crate) latency_p99_us: Option<Spread>,
    pub(crate) latency_p99_9_us: Option<Spread>,
}

/// The first subject's figure as a multiple of another's, by medians.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Ratio {
    pub(crate) of: String,
    pub(crate) to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) received_per_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cpu_us_a_message: Option<f64>,
}

impl Subject {
    /// The rounds of the load, or of the fill where there is nothing else.
    fn shown(&self) -> &[Figures] {
        if self.rounds.is_empty() { &self.fill } else { &self.rounds }
    }

    /// Works out the medians.
    pub(crate) fn sum_up(&mut self) {
        let shown = self.shown();
        let over =
            |figure: &dyn Fn(&Figures) -> Option<f64>| Spread::of(shown.iter().filter_map(figure));
        let latency = |at: fn(&Latency) -> f64| {
            over(&|figures: &Figures| figures.latency_us.as_ref().map(at))
        };
        self.median = Median {
            sent_per_s: over(&|figures| Some(figures.sent_per_s)),
            received_per_s: over(&|figures| Some(figures.received_per_s)),
            cpu_us_a_message: over(&|figures| figures.cpu.map(|cpu| cpu.us_a_message)),
            latency_p50_us: latency(|latency| latency.p50),
            latency_p99_us: latency(|latency| latency.p99),
            latency_p99_9_us: latency(|latency| latency.p99_9),
        };
    }

    /// Everything that went wrong with messages, over all rounds.
    pub(crate) fn faults(&self) -> Faults {
        let mut all = Faults::default();
        for figures in &self.rounds {
            all.lost += figures.faults.lost;
            all.duplicated += figures.faults.duplicated;
            all.disordered += figures.faults.disordered;
            all.foreign += figures.faults.foreign;
        }
        all
    }
}

impl Report {
    /// Works out medians and ratios.
    pub(crate) fn sum_up(&mut self) {
        self.subjects.iter_mut().for_each(Subject::sum_up);
        let Some((first, others)) = self.subjects.split_first() else { return };
        let of_medians = |left: Option<Spread>, right: Option<Spread>| {
            left.zip(right).and_then(|(left, right)| ratio(left.median, right.median))
        };
        self.ratios = others
            .iter()
            .map(|other| Ratio {
                of: first.name.clone(),
                to: other.name.clone(),
                received_per_s: of_medians(
                    first.median.received_per_s,
                    other.median.received_per_s,
                ),
                cpu_us_a_message: of_medians(
                    first.median.cpu_us_a_message,
                    other.median.cpu_us_a_message,
                ),
            })
            .collect();
    }

    /// The table.
    pub(crate) fn table(&self) -> String {
        let mut text = String::new();
        for subject in &self.subjects {
            add_subject(&mut text, subject);
        }
        for ratio in &self.ratios {
            add_line(&mut text, "", &format!("{} beside {}", ratio.of, ratio.to));
            let figures =
                [("received", ratio.received_per_s), ("CPU a message", ratio.cpu_us_a_message)];
            for (name, figure) in figures {
                if let Some(times) = figure {
                    add_line(&mut text, name, &format!("{times:.2} times"));
                }
            }
        }
        text
    }
}

fn add_subject(text: &mut String, subject: &Subject) {
    let count = subject.shown().len();
    let rounds = if count == 1 { String::new() } else { format!(", median of {count}") };
    add_line(text, "", &format!("{} ({}){rounds}", subject.name, subject.product));
    if let (Some(fill), false) = (subject.fill.last(), subject.rounds.is_empty()) {
        add_line(text, "filled", &format!("{} messages/s", grouped(fill.sent_per_s)));
    }
    let median = subject.median;
    for (name, spread) in [("sent", median.sent_per_s), ("received", median.received_per_s)] {
        if let Some(spread) = spread.filter(|spread| spread.max > 0.0) {
            let figure = format!("{:>11} messages/s{}", grouped(spread.median), range(spread, 0));
            add_line(text, name, &figure);
        }
    }
    let Some(last) = subject.shown().last() else { return };
    if let (Some(cpu), Some(spread)) = (last.cpu, median.cpu_us_a_message) {
        let figure = format!("{:>11.3} us a message{}", spread.median, range(spread, 3));
        add_line(text, "CPU", &figure);
        if last.received > last.sent.saturating_mul(COPIES_SHOWN) && last.sent > 0 {
            let (publish, delivery) = (cpu.us_a_publish, cpu.us_a_delivery);
            let figure = format!("{publish:>11.3} us a publish, {delivery:.3} us a delivery");
            add_line(text, "", &figure);
        }
        add_line(text, "", &format!("{:>11.2} cores", cpu.cores));
    }
    add_last(text, last);
}

/// What is shown of the last round alone.
fn add_last(text: &mut String, last: &Figures) {
    let mib = |bytes: u64| bytes as f64 / (1024.0 * 1024.0);
    if let Some(resident) = last.resident_bytes {
        let filled = resident.filled.map(|bytes| format!(", filled {:.1}", mib(bytes)));
        let figure = format!(
            "before {:.1}{}, peak {:.1}, after {:.1} MiB",
            mib(resident.before),
            filled.unwrap_or_default(),
            mib(resident.peak),
            mib(resident.after),
        );
        add_line(text, "memory", &figure);
    }
    if let Some(latency) = last.latency_us {
        let figure = format!(
            "p50 {:.0}, p90 {:.0}, p99 {:.0}, p99.9 {:.0}, max {:.0} us",
            latency.p50, latency.p90, latency.p99, latency.p99_9, latency.max,
        );
        add_line(text, "latency", &figure);
    }
    for (name, flush) in [("a write", last.write), ("a read", last.read)] {
        if flush.bytes > 0.0 {
            let figure = format!("{:.0} bytes, {:.1} messages", flush.bytes, flush.messages);
            add_line(text, name, &figure);
        }
    }
    if last.unconfirmed > 0 {
        add_line(text, "unconfirmed", &format!("{} messages", last.unconfirmed));
    }
}

/// Between which figures a median stands.
fn range(spread: Spread, digits: usize) -> String {
    if spread.min == spread.max {
        return String::new();
    }
    let figure = |figure: f64| match digits {
        0 => grouped(figure),
        digits => format!("{figure:.digits$}"),
    };
    format!(" ({} to {})", figure(spread.min), figure(spread.max))
}

fn add_line(text: &mut String, name: &str, figure: &str) {
    // Writing to a text can't fail.
    let _ = match name {
        "" if !figure.starts_with(' ') => writeln!(text, "{figure}"),
        name => writeln!(text, "  {name:<13} {figure}"),
    };
}

/// A whole number with its thousands apart.
pub(crate) fn grouped(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(
            [0.0, 999.4, 1_000.0, 1_234_567.0].map(grouped),
            ["0", "999", "1,000", "1,234,567"]
        );
    }

    #[test]
    fn ratios_are_of_the_first_to_each_other() {
        let subject = |rate: f64| Subject {
            rounds: vec![Figures { received_per_s: rate, ..Figures::default() }],
            ..Subject::default()
        };
        let subjects = vec![subject(300.0), subject(100.0), subject(0.0)];
        let mut report = Report { subjects, ..Report::default() };
        report.sum_up();
        let times: Vec<Option<f64>> = report.ratios.iter().map(|r| r.received_per_s).collect();
        assert_eq!(times, [Some(3.0), None]);
        assert!(report.table().contains("3.00 times"), "{}", report.table());
    }
}
