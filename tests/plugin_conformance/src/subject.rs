//! What is looked at: a type of a plugin, with what an instance of it is made from.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use philter_plugin_api::abi::host::FactoryInfo;
use philter_plugin_api::value::MapRef;
use philter_plugin_api::{Completion, Context, Error, ErrorKind, InstanceId, Kind};

use crate::limits::DEADLINE_MS_DEFAULT;
use crate::plugin::Plugin;
use crate::recorder::Recorder;
use crate::rule::{Checked, Stop, accepted_or_refused, demand, fails, refused, skips};
use crate::sample::Samples;

/// How a plugin is looked at.
#[derive(Clone, Debug)]
pub struct Options {
    /// The one type to look at; none: all.
    pub type_name: Option<String>,
    /// The configuration of every instance, a JSON object.
    pub configuration: String,
    /// The data directory of every instance; none: each has a new one of its own. Stores have a new
    /// one of their own in it.
    pub data_dir: Option<PathBuf>,
    /// The configuration of a store that is soon full, a JSON object; none: no store is filled up.
    pub full_configuration: Option<String>,
    /// The kit's program, which is started again to be killed while it writes to a store; none:
    /// that rule is skipped.
    pub program: Option<PathBuf>,
    /// A component's limits and what it is granted, as its table of the broker's configuration has
    /// them, a JSON object. Calls take as long as `deadline_ms` unless it says otherwise.
    pub settings: String,
    /// What the plugin is given to work on.
    pub samples: Samples,
    /// Milliseconds that a call may take.
    pub deadline_ms: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            type_name: None,
            configuration: "{}".to_owned(),
            data_dir: None,
            full_configuration: None,
            program: None,
            settings: "{}".to_owned(),
            samples: Samples::default(),
            deadline_ms: DEADLINE_MS_DEFAULT,
        }
    }
}

/// A type of a plugin.
pub(crate) struct Subject {
    pub(crate) plugin: Arc<Plugin>,
    /// Its file.
    pub(crate) path: PathBuf,
    pub(crate) factory: FactoryInfo,
    pub(crate) options: Arc<Options>,
    pub(crate) recorder: Arc<Recorder>,
    /// Where instances keep their files, unless the options say where.
    pub(crate) scratch: PathBuf,
    pub(crate) instances: AtomicU64,
}

/// What an instance is made from, owned.
pub(crate) struct Making {
    instance: InstanceId,
    name: String,
    configuration: String,
    data_dir: String,
}

impl Making {
    /// The context, borrowed.
    pub(crate) fn context(&self) -> Context<'_> {
        Context {
            instance: self.instance,
            name: &self.name,
            virtual_host: "",
            configuration: &self.configuration,
            data_dir: Some(&self.data_dir),
            arguments: MapRef::default(),
        }
    }

    /// The instance's number.
    pub(crate) fn instance(&self) -> InstanceId {
        self.instance
    }

    /// Where it keeps its files.
    pub(crate) fn data_dir(&self) -> &str {
        &self.data_dir
    }

    /// The same with another configuration.
    pub(crate) fn configured(mut self, configuration: &str) -> Self {
        configuration.clone_into(&mut self.configuration);
        self
    }
}

impl Subject {
    /// A new instance's number, name and data directory.
    ///
    /// # Errors
    /// The directory cannot be made, which stops the rule: the kit's machine is at fault.
    pub(crate) fn making(&self) -> Result<Making, Stop> {
        let number = self.number();
        let own = || self.scratch.join(format!("{}-{number}", self.factory.type_name));
        let data_dir = match &self.options.data_dir {
            Some(given) if self.factory.kind != Kind::Store => given.clone(),
            _ => own(),
        };
        if let Err(error) = std::fs::create_dir_all(&data_dir) {
            return fails(format!("the kit cannot make {}: {error}", data_dir.display()));
        }
        Ok(Making {
            instance: InstanceId(number),
            name: format!("conformance-{number}"),
            configuration: self.options.configuration.clone(),
            data_dir: data_dir.to_string_lossy().into_owned(),
        })
    }

    /// Another instance's number and name, over the same data directory.
    pub(crate) fn again(&self, making: &Making) -> Making {
        let number = self.number();
        Making {
            instance: InstanceId(number),
            name: format!("conformance-{number}"),
            configuration: making.configuration.clone(),
            data_dir: making.data_dir.clone(),
        }
    }

    fn number(&self) -> u64 {
        self.instances.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Removes the data directories behind a rule, once its instances are gone. Where one does not
    /// go the directories stay for it.
    pub(crate) fn sweep(&self) {
        if self.recorder.waits_for_all_ends(self.deadline()) {
            let entries = std::fs::read_dir(&self.scratch).into_iter().flatten().flatten();
            // What cannot be removed now goes with the folder around it.
            entries.for_each(|entry| drop(std::fs::remove_dir_all(entry.path())));
        }
    }

    /// A rule of every kind: `create` refuses configurations that are no JSON object.
    pub(crate) fn refuses_bad_json(
        &self,
        create: impl Fn(&Context<'_>) -> Result<(), Error>,
    ) -> Checked {
        self.plugin.only_a_library("a component is not asked: its host refuses them")?;
        if self.factory.configuration_schema.is_empty() {
            return skips("it takes no configuration");
        }
        for bad in ["{", "[]", "1", "no JSON"] {
            let made = create(&self.making()?.configured(bad).context());
            refused(&format!("create with the configuration '{bad}'"), made)?;
        }
        Ok("four of them".to_owned())
    }

    /// A rule of every kind: an optional entry that is not described is unsupported.
    pub(crate) fn keeps_to_description<T>(
        &self,
        entry: &str,
        answer: Result<T, Error>,
    ) -> Result<(), Stop> {
        let is_described = self.factory.optional_entries.contains(&entry);
        let is_there = !answer.is_err_and(|error| error.kind() == ErrorKind::Unsupported);
        demand(is_described || !is_there, || {
            format!("the entry '{entry}' is there and not described")
        })?;
        demand(is_there || !is_described || !self.plugin.is_component(), || {
            format!("the entry '{entry}' is described and not there")
        })
    }

    /// A rule of every kind of component: its subcommand answers, whatever it is told.
    pub(crate) fn runs_its_subcommand(&self) -> Checked {
        self.plugin.only_a_component("what the command of a library does is not known")?;
        let Some(subcommand) = &self.factory.subcommand else { return skips("it has none") };
        for arguments in [&[][..], &["--help"], &["no such thing"]] {
            let making = self.making()?;
            let output = self.plugin.command(subcommand, &making.context(), arguments);
            accepted_or_refused(&format!("{subcommand} {}", arguments.join(" ")), output)?;
        }
        Ok(format!("'{subcommand}', three times"))
    }

    /// Waits for the answer of a call, up to the deadline.
    pub(crate) fn answer<T: Send + 'static>(
        &self,
        call: &str,
        begin: impl FnOnce(Completion<T>),
    ) -> Result<Result<T, Error>, Stop> {
        let (done, answer) = self.begin();
        begin(done);
        self.wait(call, &answer)
    }

    /// A completion, and where its answer arrives.
    pub(crate) fn begin<T: Send + 'static>(&self) -> (Completion<T>, Answer<T>) {
        let (sender, answer) = mpsc::channel();
        let done = Completion::new(move |result| {
            // Whoever gave up waiting does not want the answer.
            let _ = sender.send(result);
        });
        (done, answer)
    }

    /// Waits for an answer, up to the deadline.
    pub(crate) fn wait<T>(&self, call: &str, answer: &Answer<T>) -> Result<Result<T, Error>, Stop> {
        answer.recv_timeout(self.deadline()).or_else(|error| match error {
            RecvTimeoutError::Timeout => {
                let deadline_ms = self.options.deadline_ms;
                fails(format!(
                    "{call} was not completed within {deadline_ms} ms: its token is lost"
                ))
            }
            RecvTimeoutError::Disconnected => fails(format!("{call} went away without an answer")),
        })
    }

    /// Ends an instance, up to the deadline.
    pub(crate) fn end<T: Send + 'static>(&self, instance: T) -> Result<(), Stop> {
        let (sender, ended) = mpsc::channel();
        std::thread::spawn(move || {
            drop(instance);
            let _ = sender.send(());
        });
        ended.recv_timeout(self.deadline()).or_else(|_| {
            fails(format!("destroy did not return within {} ms", self.options.deadline_ms))
        })
    }

    /// How long a call may take.
    pub(crate) fn deadline(&self) -> Duration {
        Duration::from_millis(self.options.deadline_ms)
    }
}

/// Where the answer of a call arrives.
pub(crate) type Answer<T> = mpsc::Receiver<Result<T, Error>>;
