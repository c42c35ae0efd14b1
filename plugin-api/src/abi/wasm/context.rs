//! What every kind shares: making an instance, and running a subcommand without one.

use crate::error::{Error, Result};
use crate::factory::{CommandOutput, Context, Factory, InstanceId, make};
use crate::value::MapRef;

/// The one plugin that a component has of a kind.
pub trait Component {
    /// Its type.
    type Plugin: Factory;

    /// The optional functions that it has.
    const ENTRIES: &'static [&'static str] = Self::Plugin::ENTRIES;

    /// As the WIT's function.
    ///
    /// # Errors
    /// A configuration that is wrong, or whatever the plugin fails on.
    fn create(&self, configuration: &str, context: &[u8]) -> Result<()>;

    /// As the WIT's function.
    fn destroy(&self);
}

/// Makes an instance from what `create` was given.
pub(super) fn create<T: Factory>(configuration: &str, context: &[u8]) -> Result<T> {
    let context = MapRef::parse(context)?;
    let text = |name| context.get(name).and_then(|value| value.as_str()).unwrap_or_default();
    let instance = context.get("instance").and_then(|value| value.as_i64());
    make::<T>(&Context {
        instance: InstanceId(instance.and_then(|id| u64::try_from(id).ok()).unwrap_or_default()),
        name: text("name"),
        virtual_host: text("virtual-host"),
        configuration,
        data_dir: None,
        arguments: context.get("arguments").and_then(|map| map.as_map()).unwrap_or_default(),
    })
}

/// Runs a type's subcommand.
pub(super) fn command<T: Factory>(
    configuration: &str,
    arguments: &[String],
    mut input: &[u8],
) -> Result<CommandOutput> {
    let context = Context {
        instance: InstanceId::default(),
        name: T::TYPE_NAME,
        virtual_host: "",
        configuration,
        data_dir: None,
        arguments: MapRef::default(),
    };
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    T::command(&context, &arguments, &mut input)
}

/// What a call answers that comes before `create`. The host's fault.
pub(super) fn not_created() -> Error {
    Error::internal("'create' is the first call of a component, and it was not called")
}
