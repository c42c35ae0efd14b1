//! Exchange types that a test brings, in place of libraries.

use std::io::Read;

use philter_plugin_api::{Auth, CommandOutput, Context, Error, Exchange, Filter, Result, Store};

use super::*;
use crate::plugin::description::Version;

/// Makes an exchange, whatever its type and arguments.
type Make = Box<dyn Fn() -> Box<dyn Exchange> + Send + Sync>;

struct Brought {
    description: Description,
    make: Make,
}

impl Catalog {
    /// One with these exchange types, all of which are made so.
    pub(crate) fn brought(
        types: &[&str],
        make: impl Fn() -> Box<dyn Exchange> + Send + Sync + 'static,
    ) -> Self {
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
        let configurations = types.iter().map(|_| "{}".to_owned()).collect();
        let carrier = Arc::new(Brought { description, make: Box::new(make) });
        let plugin = Plugin { path: PathBuf::from("brought"), carrier, configurations };
        Self {
            directory: None,
            unreadable_directory: None,
            plugins: vec![Arc::new(plugin)],
            refused: Vec::new(),
            instances: Arc::new(Instances { data_dir: None, next: AtomicU64::new(1) }),
        }
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
}
