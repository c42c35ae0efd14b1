//! Rounds in turns: the first broker, the one it is compared with, the floor, and again; then the
//! report.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::arguments::{BenchArguments, LoadArguments};
use super::engine::{Interrupt, Observer};
use super::error::BenchError;
use super::figures::Figures;
use super::floor::Floor;
use super::interrupt;
use super::plan::{BrokerPlan, Load};
use super::process::Process;
use super::protocol::{Protocol, Version};
use super::report::{Report, Subject, grouped};
use super::round;
use super::v0_9_1::V0_9_1;
use super::v0_10::V0_10;
use super::{DONE, FAILED};
use crate::cli::Terminal;

/// Measures the floor alone; the exit code.
///
/// # Errors
/// Why it came to no end.
pub(crate) fn floor(
    pairs: usize,
    read_bytes: Option<usize>,
    arguments: &LoadArguments,
    terminal: &mut Terminal<'_>,
) -> Result<i32, BenchError> {
    let load = arguments.load(None)?;
    let repeat = arguments.repeat()?;
    let mut series = Series::new(terminal)?;
    let floor = Floor::start(&load, read_bytes, Version::default())?;
    let mut subject = floor_subject();
    for number in 0..repeat {
        let figures = series.floor_round(&floor, pairs, &load, number)?;
        subject.rounds.push(figures);
    }
    drop(floor);
    series.finish(vec![subject], arguments.json().map(std::path::PathBuf::as_path))
}

/// Measures one broker or two; the exit code.
///
/// # Errors
/// Why it came to no end.
pub(crate) fn brokers(
    arguments: &BenchArguments,
    terminal: &mut Terminal<'_>,
) -> Result<i32, BenchError> {
    let plan = arguments.broker.plan(&arguments.load)?;
    let load = arguments.load.load(plan.exchange.as_deref())?;
    let rounds = arguments.broker.rounds(&arguments.load)?;
    let mut candidates = vec![Candidate::new(plan.clone())?];
    if let Some((target, pid)) = rounds.compare.clone() {
        candidates.push(Candidate::new(BrokerPlan { target, pid, ..plan.clone() })?);
    }
    let mut series = Series::new(terminal)?;
    series.announce(&candidates);
    let floor = rounds.with_floor.then(|| Floor::start(&load, None, plan.version)).transpose()?;
    let mut floor_subject = floor_subject();
    for number in 0..rounds.repeat {
        for candidate in &mut candidates {
            series.broker_round(candidate, &load, number)?;
        }
        if let Some(floor) = &floor {
            let pairs = plan.producers.max(1);
            let figures = series.floor_round(floor, pairs, &load, number)?;
            floor_subject.rounds.push(figures);
        }
    }
    let mut subjects: Vec<Subject> = candidates.into_iter().map(|c| c.subject).collect();
    subjects.extend(floor.map(|_| floor_subject));
    series.finish(subjects, arguments.load.json().map(std::path::PathBuf::as_path))
}

/// A broker under load.
struct Candidate {
    plan: BrokerPlan,
    process: Option<Process>,
    subject: Subject,
}

impl Candidate {
    fn new(plan: BrokerPlan) -> Result<Self, BenchError> {
        let process = plan.pid.map(Process::new).transpose()?;
        let subject = Subject { name: plan.target.to_string(), ..Subject::default() };
        Ok(Self { plan, process, subject })
    }
}

fn floor_subject() -> Subject {
    let (name, product) = ("floor".to_owned(), "a relay without a broker's work".to_owned());
    Subject { name, product, ..Subject::default() }
}

/// What all rounds share.
struct Series<'s, 't> {
    /// What the names of everything that is declared begin with.
    run: String,
    interrupt: Interrupt,
    terminal: &'s mut Terminal<'t>,
}

impl<'s, 't> Series<'s, 't> {
    fn new(terminal: &'s mut Terminal<'t>) -> Result<Self, BenchError> {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let number = since.subsec_nanos() ^ std::process::id().rotate_left(16);
        let run = format!("philter-bench-{number:08x}");
        Ok(Self { run, interrupt: interrupt::listen()?, terminal })
    }

    /// Says what to look for on a broker should the bench be killed.
    fn announce(&mut self, candidates: &[Candidate]) {
        for candidate in candidates {
            // Nobody may be there to see it.
            let _ = writeln!(
                self.terminal.errors,
                "{}: names begin with {}",
                candidate.subject.name, self.run
            );
        }
    }

    fn broker_round(
        &mut self,
        candidate: &mut Candidate,
        load: &Load,
        number: usize,
    ) -> Result<(), BenchError> {
        let run = self.run.clone();
        let target = candidate.plan.target.clone();
        let protocol: Box<dyn Protocol> = match candidate.plan.version {
            Version::V0_10 => Box::new(V0_10::new(target, &run)),
            Version::V0_9_1 => Box::new(V0_9_1::new(target, &run)),
        };
        let name = candidate.subject.name.clone();
        let mut show = progress(self.terminal, &name, number);
        let mut observer = Observer {
            process: candidate.process.as_ref(),
            interrupt: &self.interrupt,
            show: &mut show,
        };
        let round = round::run(&*protocol, &candidate.plan, load, &run, &mut observer)?;
        candidate.subject.product = round.product;
        candidate.subject.fill.extend(round.fill);
        candidate.subject.rounds.extend(round.load);
        Ok(())
    }

    fn floor_round(
        &mut self,
        floor: &Floor,
        pairs: usize,
        load: &Load,
        number: usize,
    ) -> Result<Figures, BenchError> {
        let mut show = progress(self.terminal, "floor", number);
        let mut observer = Observer { process: None, interrupt: &self.interrupt, show: &mut show };
        floor.round(pairs, load, &mut observer)
    }

    /// Says what came out.
    fn finish(self, subjects: Vec<Subject>, json: Option<&Path>) -> Result<i32, BenchError> {
        let version = env!("CARGO_PKG_VERSION");
        let mut report = Report { version, subjects, ratios: Vec::new() };
        report.sum_up();
        let is_for_output = json.is_some_and(|path| path == Path::new("-"));
        if let Some(path) = json {
            let failed = |source| BenchError::File { what: path.display().to_string(), source };
            let mut text = serde_json::to_string_pretty(&report)
                .map_err(|error| failed(std::io::Error::other(error)))?;
            text.push('\n');
            if is_for_output {
                self.terminal.say(&text);
            } else {
                std::fs::write(path, text).map_err(failed)?;
            }
        }
        if !is_for_output {
            self.terminal.say(&report.table());
        }
        let mut code = DONE;
        for subject in &report.subjects {
            if subject.rounds.iter().chain(&subject.fill).any(|figures| figures.stalled) {
                self.terminal.complain(format!("{}: it came to a standstill", subject.name));
                code = FAILED;
            }
            let faults = subject.faults();
            if !faults.is_none() {
                self.terminal.complain(format!("{}: {faults}", subject.name));
                code = FAILED;
            }
        }
        Ok(code)
    }
}

/// Tells how far a round is.
fn progress<'p>(
    terminal: &'p mut Terminal<'_>,
    name: &'p str,
    number: usize,
) -> impl FnMut(u64, u64, Duration) + 'p {
    let errors: &'p mut dyn Write = &mut *terminal.errors;
    let (mut sent_before, mut received_before, mut before) = (0, 0, Duration::ZERO);
    move |sent: u64, received: u64, now: Duration| {
        // The clock of what follows a fill begins anew.
        let since = now.checked_sub(before).unwrap_or(now);
        let seconds = since.as_secs_f64().max(1e-9);
        let per_s = |count: u64| grouped(count as f64 / seconds);
        // Nobody may be there to see it.
        let _ = writeln!(
            errors,
            "{name} round {}, {:3.0} s: sent {:>10}/s, received {:>10}/s, in flight {}",
            number + 1,
            now.as_secs_f64(),
            per_s(sent.saturating_sub(sent_before)),
            per_s(received.saturating_sub(received_before)),
            sent.saturating_sub(received),
        );
        (sent_before, received_before, before) = (sent, received, now);
    }
}
