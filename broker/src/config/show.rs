//! Every option with the value that the broker goes by, and where it was decided.

use std::path::Path;

use philter_protocol::preface::Preface;
use serde_json::{Value, json};

use super::given::Origin;
use super::memory::MemoryLimit;
use super::name::{Arity, Name};
use super::plugins::PluginDirectory;
use super::table::{self, Entry};
use super::{AuthMode, Config, DATA_DIRECTORY, PLUGIN_DIRECTORY, log, value};
use crate::plugin;

/// An option as the broker goes by it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shown<'a> {
    /// Its name; `pin.FILE`, `plugin.NAME` and `wasm.NAME.KEY` for what only a file has.
    pub(crate) name: String,
    /// A boolean, a number, a text, a list of texts, or null where there is none.
    pub(crate) value: Value,
    /// What explains the value.
    pub(crate) note: Option<String>,
    /// Where it was decided, in the order of the values; empty for a default.
    pub(crate) origins: Vec<&'a Origin>,
}

impl Config {
    /// Every option in the order in which people read them, then pins and plugins' tables. Of a
    /// table only its keys are shown: what stands behind them may be a secret.
    pub(crate) fn shown(&self) -> Vec<Shown<'_>> {
        let options = table::entries().map(|entry| self.option(entry));
        let pins = self.plugins.pins.iter().map(|(file, pin)| Shown {
            name: format!("pin.{file}"),
            value: json!(pin.digest.to_string()),
            note: None,
            origins: vec![&pin.origin],
        });
        let tables = self.plugins.tables.iter().map(|(name, table)| Shown {
            name: format!("plugin.{name}"),
            value: table.configuration.keys().map(String::as_str).collect(),
            note: None,
            origins: vec![&table.origin],
        });
        options.chain(pins).chain(tables).chain(self.shown_wasm()).collect()
    }

    /// What each component that has a table may take.
    fn shown_wasm(&self) -> impl Iterator<Item = Shown<'_>> {
        self.plugins.wasm.iter().flat_map(|(name, table)| {
            table.settings.shown().into_iter().map(move |(key, value)| Shown {
                name: format!("wasm.{name}.{key}"),
                value,
                note: None,
                origins: table.given.get(key).into_iter().collect(),
            })
        })
    }

    /// What was read, in words: how many options each layer has.
    pub(crate) fn sources(&self) -> String {
        let layers = &self.layers;
        let file = layers.chosen(&[Name::Config]).unwrap_or_default();
        let file = file.first().map(|given| given.value.as_str()).unwrap_or_default();
        let plugins = &self.plugins;
        let tables = plugins.pins.len() + plugins.tables.len() + plugins.wasm.len();
        let options = layers.command_line.iter().filter(|given| given.name != Name::Config);
        let counts = [
            (options.count(), "on the command line".to_owned()),
            (layers.environment.iter().count(), "in the environment".to_owned()),
            (layers.qpids_environment.iter().count(), "in the environment for Qpid".to_owned()),
            (layers.file.iter().count(), format!("in {file}")),
            (tables, "about plugins".to_owned()),
        ];
        let counts = counts.iter().filter(|(count, _)| *count > 0);
        let words: Vec<String> = counts.map(|(count, place)| format!("{count} {place}")).collect();
        if words.is_empty() { "all defaults".to_owned() } else { words.join(", ") }
    }

    /// Variables of the environment that Qpid's other programs may read, and that were not read
    /// here.
    pub(crate) fn left_alone(&self) -> &[String] {
        &self.left_alone
    }

    fn option(&self, entry: &'static Entry) -> Shown<'_> {
        let chosen = self.layers.chosen(group_of(&entry.name)).unwrap_or_default();
        let mut origins: Vec<&Origin> = chosen.into_iter().map(|given| &given.origin).collect();
        origins.dedup();
        let (name, value) = (entry.text.to_owned(), self.value(entry));
        Shown { name, value, note: self.note(entry.name), origins }
    }

    fn note(&self, name: Name) -> Option<String> {
        match (name, self.memory.0) {
            (Name::MemoryLimit, MemoryLimit::Percent(percent)) => {
                Some(format!("{percent} % of {}", self.memory.1))
            }
            (Name::LogToStderr | Name::LogToSyslog, _) if self.process.is_daemon => {
                Some("of a daemon".to_owned())
            }
            (Name::AuthProvider, _) if self.auth == AuthMode::Everyone => {
                Some("auth is no".to_owned())
            }
            _ => None,
        }
    }

    pub(super) fn value(&self, entry: &Entry) -> Value {
        let (log, process, management) = (&self.log, &self.process, &self.management);
        match entry.name {
            Name::AllowPlain => json!(self.allows_plain),
            Name::Auth => json!(self.auth == AuthMode::Required),
            Name::AuthProvider => json!(self.auth_providers),
            Name::Config | Name::LogEnable => self.as_given(entry),
            Name::SyslogFacility | Name::SyslogName => self.of_syslog(entry),
            Name::ConsumerTimeout => json!(self.consumer_timeout_ms),
            Name::ConnectionBacklog => json!(self.connection_backlog),
            Name::Daemon => json!(process.is_daemon),
            Name::DataDir => path(self.data_dir.as_deref()),
            Name::DefaultEventThresholdRatio => json!(self.queue_marks.alert_percent),
            Name::DefaultFlowResumeThreshold => json!(self.queue_marks.flow_resume_percent),
            Name::DefaultFlowStopThreshold => json!(self.queue_marks.flow_stop_percent),
            Name::DefaultMessageGroup => json!(&*self.queue_marks.group_id),
            Name::DefaultQueueLimit => json!(self.default_queue_limit_bytes),
            Name::DrainTimeout => json!(process.drain_ms),
            Name::DtxDefaultTimeout => json!(self.branch_timeouts.default_s),
            Name::DtxMaxTimeout => json!(self.branch_timeouts.max_s),
            Name::EnableTimestamp => json!(self.stamps_received),
            Name::Interface => texts(self.interfaces.iter().map(ToString::to_string)),
            Name::LoadModule => {
                texts(self.plugins.files.iter().map(|file| file.path.display().to_string()))
            }
            Name::LogFormat => json!(log.format.name()),
            Name::LogLevel => json!(log.filter),
            Name::LogToFile => path(log.file.as_deref()),
            Name::LogToStderr => json!(log.to_stderr),
            Name::LogToSyslog => json!(log.syslog.is_some()),
            Name::MaxConnections => json!(self.connections_max),
            Name::MaxNegotiateTime => json!(self.negotiate_time_ms),
            Name::MemoryLimit => json!(self.memory_limit_bytes),
            Name::MgmtEnable => json!(management.is_enabled),
            Name::MgmtPubInterval => json!(management.interval_s),
            Name::MgmtPublish => json!(management.is_published),
            Name::MgmtQmf1 => json!(management.has_qmf1),
            Name::MgmtQmf2 => json!(management.has_qmf2),
            Name::NoDataDir => json!(self.data_dir.is_none() && !self.is_homeless),
            Name::NoModuleDir => json!(self.plugins.directory == PluginDirectory::None),
            Name::PidDir => path(process.pid_dir.as_deref()),
            Name::Pidfile => path(process.pidfile.as_deref()),
            Name::PluginDir => path(plugin::directory(&self.plugins).as_deref()),
            Name::Port => json!(self.port),
            Name::Protocols => {
                let is_spoken = |preface: &Preface| self.protocols.contains(preface);
                let spoken = value::SPOKEN.iter().filter(|(_, preface)| is_spoken(preface));
                texts(spoken.map(|(name, _)| (*name).to_owned()))
            }
            Name::QueuePurgeInterval => json!(self.queue_purge_interval_s),
            Name::PagingThreshold => json!(self.paging_percent),
            Name::DefaultQueuePagingLimit => json!(self.paging.queue_bytes_max),
            Name::Realm => json!(self.realm),
            Name::Store => json!(self.store()),
            Name::VirtualHost => json!(self.virtual_hosts),
            Name::RequireEncryption => json!(false),
            Name::TcpNodelay => json!(self.tcp_nodelay),
            Name::Trace => json!(self.is_traced()),
            Name::Wait => json!(process.wait_s),
            Name::WorkerThreads => json!(self.worker_threads),
        }
    }

    fn of_syslog(&self, entry: &Entry) -> Value {
        match (&self.log.syslog, entry.name) {
            (Some(syslog), Name::SyslogFacility) => json!(syslog.facility.name()),
            (Some(syslog), _) => json!(syslog.name),
            (None, _) => self.as_given(entry),
        }
    }

    /// Everything is logged because `trace` says so.
    fn is_traced(&self) -> bool {
        let chosen = self.layers.chosen(&log::WHAT).unwrap_or_default();
        chosen.iter().any(|given| given.name == Name::Trace) && self.log.filter == "trace"
    }

    /// What was given for an option that the broker keeps under another name, or its default.
    fn as_given(&self, entry: &Entry) -> Value {
        let chosen = self.layers.chosen(group_of(&entry.name)).unwrap_or_default();
        let given = chosen.iter().filter(|given| given.name == entry.name);
        let values: Vec<&str> = given.map(|given| given.value.as_str()).collect();
        let default = Some(entry.default).filter(|default| !default.is_empty());
        let values = if values.is_empty() { default.into_iter().collect() } else { values };
        if entry.arity == Arity::Many { json!(values) } else { json!(values.first()) }
    }
}

/// The options that are decided together with this one.
fn group_of(name: &Name) -> &[Name] {
    let groups: [&[Name]; 3] = [&DATA_DIRECTORY, &PLUGIN_DIRECTORY, &log::WHAT];
    let group = groups.into_iter().find(|group| group.contains(name));
    group.unwrap_or(std::slice::from_ref(name))
}

fn path(path: Option<&Path>) -> Value {
    json!(path.map(|path| path.display().to_string()))
}

fn texts(texts: impl Iterator<Item = String>) -> Value {
    Value::Array(texts.map(Value::String).collect())
}
