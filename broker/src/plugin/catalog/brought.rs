//! Exchange types that a test brings, in place of libraries and components.

use std::io::Read;

use philter_plugin_api::{Auth, CommandOutput, Context, Error, Exchange, Filter, Result, Store};

use super::*;
use crate::config::WasmSettings;
use crate::plugin::description::Version;
use crate::plugin::sandbox::{Breaker, Figures};

/// Makes an exchange, whatever its type and arguments.
type Make = Box<dyn Fn() -> Box<dyn Exchange> + Send + Sync>;

struct Brought {
    description: Description,
    make: Make,
    sandbox: Option<Box<dyn Sandbox>>,
}

/// A component that is nothing but its file, whose text is its version. One that begins with `-` is
/// not taken.
pub(crate) struct Text {
    settings: WasmSettings,
    /// The version, and how often it was read again.
    read: Mutex<(String, u64)>,
}

impl Text {
    /// Reads the file.
    pub(crate) fn open(path: &Path) -> Self {
        let read = Mutex::new((std::fs::read_to_string(path).unwrap(), 0));
        Self { settings: WasmSettings::default(), read }
    }
}

impl Sandbox for Text {
    fn settings(&self) -> &WasmSettings {
        &self.settings
    }

    fn figures(&self) -> Figures {
        let reloads = self.read.lock().1;
        let last_error = Some("it fell over".to_owned());
        Figures {
            calls: 7,
            call_ns: 9,
            reloads,
            breaker: Breaker::Open,
            last_error,
            ..Figures::default()
        }
    }

    fn version(&self) -> String {
        self.read.lock().0.clone()
    }

    fn reload(&self, code: &[u8]) -> std::result::Result<(), String> {
        let text = String::from_utf8(code.to_vec()).unwrap();
        if text.starts_with('-') {
            return Err("it begins with a dash".to_owned());
        }
        let mut read = self.read.lock();
        *read = (text, read.1 + 1);
        Ok(())
    }
}

impl Catalog {
    /// One with these exchange types, all of which are made so.
    pub(crate) fn brought(
        types: &[&str],
        make: impl Fn() -> Box<dyn Exchange> + Send + Sync + 'static,
    ) -> Self {
        let mut catalog = Self {
            directory: None,
            unreadable_directory: None,
            plugins: Vec::new(),
            refused: Vec::new(),
            instances: Arc::new(Instances { data_dir: None, next: AtomicU64::new(1) }),
            pins: Mutex::default(),
            swaps: Arc::default(),
        };
        catalog.bring(types, Path::new("brought"), Brought::new(types, Box::new(make), None));
        catalog
    }

    /// Adds a component with these exchange types, which makes no exchanges.
    pub(crate) fn bring_text(&mut self, types: &[&str], path: &Path) {
        let none = || -> Box<dyn Exchange> { panic!("no exchange is made of a text") };
        let sandbox = Some(Box::new(Text::open(path)) as Box<dyn Sandbox>);
        self.bring(types, path, Brought::new(types, Box::new(none), sandbox));
    }

    fn bring(&mut self, types: &[&str], path: &Path, carrier: Brought) {
        let (path, digest) = (path.to_owned(), Mutex::new(digest_of(path)));
        let configurations = types.iter().map(|_| "{}".to_owned()).collect();
        let carrier = Arc::new(carrier);
        let resolved = path.clone();
        let plugin = Plugin { path, resolved, carrier, configurations, digest };
        self.plugins.push(Arc::new(plugin));
    }
}

impl Brought {
    fn new(types: &[&str], make: Make, sandbox: Option<Box<dyn Sandbox>>) -> Self {
        let version = Version { major: 1, minor: 0 };
        let factory = |name: &&str| FactoryDescription {
            kind: Kind::Exchange,
            kind_version: version,
            is_draft: false,
            type_name: (*name).to_owned(),
            may_block: false,
            subcommand: None,
            entries: vec![],
            configuration_schema: "{}".to_owned(),
        };
        let description = Description {
            name: "brought".to_owned(),
            version: "1.0.0".to_owned(),
            licence: "MIT".to_owned(),
            abi: version,
            factories: types.iter().map(factory).collect(),
            refused: vec![],
        };
        Self { description, make, sandbox }
    }
}

impl Carrier for Brought {
    fn description(&self) -> &Description {
        &self.description
    }

    fn create_exchange(&self, _: &str, _: &Context<'_>) -> Result<Box<dyn Exchange>> {
        Ok((self.make)())
    }

    fn create_filter(&self, name: &str, _: &Context<'_>) -> Result<Box<dyn Filter>> {
        Err(Error::unsupported(name))
    }

    fn create_auth(&self, name: &str, _: &Context<'_>) -> Result<Box<dyn Auth>> {
        Err(Error::unsupported(name))
    }

    fn create_store(&self, name: &str, _: &Context<'_>) -> Result<Box<dyn Store>> {
        Err(Error::unsupported(name))
    }

    fn command(
        &self,
        subcommand: &str,
        _: &Context<'_>,
        _: &[&str],
        _: &mut dyn Read,
    ) -> Result<CommandOutput> {
        Err(Error::unsupported(subcommand))
    }

    fn sandbox(&self) -> Option<&dyn Sandbox> {
        self.sandbox.as_deref()
    }
}
