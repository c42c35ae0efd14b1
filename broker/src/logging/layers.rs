//! The log's outputs as layers of one subscriber: each has its form, all share the filter.

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;

use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::{DefaultFields, Format};
use tracing_subscriber::registry::LookupSpan;

use super::LogError;
use super::backlog::Backlog;
use super::clock::Clock;
use super::file::LogFile;
use super::syslog::{self, Syslog};
use crate::config::{LogFormat, LogSettings};

type Boxed<S> = Box<dyn Layer<S> + Send + Sync>;

/// Where lines go.
pub(super) struct Outputs<S> {
    /// One layer an output.
    pub(super) layers: Vec<Boxed<S>>,
    /// Where lines wait for those who write them.
    pub(super) backlogs: Vec<Arc<Backlog>>,
}

/// The outputs that the settings ask for.
///
/// # Errors
/// The file can't be opened, or there is no thread that could write.
pub(super) fn outputs<S>(settings: &LogSettings) -> Result<Outputs<S>, LogError>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let mut outputs = Outputs { layers: Vec::new(), backlogs: Vec::new() };
    let format = settings.format;
    if settings.to_stderr {
        let backlog = Backlog::start("log-stderr", io::stderr()).map_err(LogError::Thread)?;
        outputs.add(&backlog, format, io::stderr().is_terminal());
    }
    if let Some(path) = &settings.file {
        let failed = |source| LogError::File { path: path.clone(), source };
        let file = LogFile::open(path).map_err(failed)?;
        let backlog = Backlog::start("log-file", file).map_err(LogError::Thread)?;
        outputs.add(&backlog, format, false);
    }
    if let Some(syslog) = &settings.syslog {
        let path = Path::new(syslog::SOCKET);
        let syslog = Syslog::new(path, &syslog.name, syslog.facility.code());
        if let Err(error) = syslog.look() {
            // The log itself may have no other place. Who started the broker reads this one.
            let _ = writeln!(
                io::stderr(),
                "philter: the system's log, {}: {error}; lines are lost until it is there",
                path.display()
            );
        }
        outputs.layers.push(match format {
            // The system's log has a time of its own.
            LogFormat::Human => Box::new(base(syslog).without_time().with_ansi(false)),
            LogFormat::Json => json(syslog),
        });
    }
    Ok(outputs)
}

impl<S> Outputs<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn add(&mut self, backlog: &Arc<Backlog>, format: LogFormat, has_colours: bool) {
        let writer = Arc::clone(backlog);
        self.layers.push(match format {
            LogFormat::Human => Box::new(base(writer).with_timer(Clock).with_ansi(has_colours)),
            LogFormat::Json => json(writer),
        });
        self.backlogs.push(Arc::clone(backlog));
    }
}

/// What all outputs share.
fn base<S, W>(writer: W) -> tracing_subscriber::fmt::Layer<S, DefaultFields, Format, W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    // Whoever read the log may have gone. Saying so on the same closed stream would panic.
    tracing_subscriber::fmt::layer().with_writer(writer).log_internal_errors(false)
}

/// An object a line: `timestamp`, `level`, `target`, `message`, and what else was said.
fn json<S, W>(writer: W) -> Boxed<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let objects = base(writer).with_timer(Clock).json().flatten_event(true);
    Box::new(objects.with_current_span(false).with_span_list(false))
}
