//! How a plugin makes instances: a type name, a configuration schema, `create`, and a subcommand.

use crate::error::{Error, Result};
use crate::value::MapRef;

/// The kinds of plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
#[non_exhaustive]
pub enum Kind {
    /// Routes messages; see [`crate::Exchange`].
    Exchange = 1,
    /// A predicate language; see [`crate::Filter`].
    Filter = 2,
    /// Authentication and authorization; see [`crate::Auth`].
    Auth = 3,
    /// Keeps messages; see [`crate::Store`].
    Store = 4,
}

/// An instance's number, given by the broker; [`crate::notify`] names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct InstanceId(pub u64);

/// What an instance is made from, borrowed for the call of [`Factory::create`].
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The instance's number, for [`crate::notify`]; 0 where a subcommand runs without an instance.
    pub instance: InstanceId,
    /// The instance's name: the exchange's name, or the type name for the other kinds.
    pub name: &'a str,
    /// The virtual host it belongs to; empty for what belongs to the broker.
    pub virtual_host: &'a str,
    /// The plugin's configuration as JSON, an object; `{}` where there is none.
    pub configuration: &'a str,
    /// The broker's data directory; none where it runs without.
    pub data_dir: Option<&'a str>,
    /// The arguments of an exchange's declare; empty for the other kinds.
    pub arguments: MapRef<'a>,
}

/// What a subcommand leaves behind.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct CommandOutput {
    /// For standard output.
    pub output: String,
    /// For standard error.
    pub errors: String,
    /// The exit code.
    pub exit_code: i32,
}

/// The schema of a type that takes no configuration.
pub const NO_CONFIGURATION: &str = r#"{"type":"object","additionalProperties":false}"#;

/// A type that a plugin offers.
pub trait Factory: Send + Sync + Sized + 'static {
    /// The type's name: an exchange's type, a filter's language, a provider's or store's name.
    const TYPE_NAME: &'static str;

    /// JSON Schema of the configuration. With the default the type takes none, and the SDK refuses
    /// anything but an empty object before `create` sees it.
    const CONFIGURATION_SCHEMA: &'static str = NO_CONFIGURATION;

    /// Whether `route`, `matches` or `append` may wait for something; the broker then calls them
    /// where waiting stops nobody else.
    const MAY_BLOCK: bool = false;

    /// Whether a filter's [`crate::Filter::transform`] is there; without it the broker refuses a
    /// binding that asks for a transformation.
    const TRANSFORMS: bool = false;

    /// The entries that are there of `inspect`, `explain` and `try`, which a component names when
    /// it describes itself: no trait says by itself which of its functions are the default ones. In
    /// a library each has a place, and one that is left out answers "unsupported".
    const ENTRIES: &'static [&'static str] = &["inspect", "explain", "try"];

    /// The subcommand of `philter` that [`Factory::command`] answers, if any.
    const SUBCOMMAND: Option<&'static str> = None;

    /// Makes an instance.
    ///
    /// # Errors
    /// A configuration or arguments that are wrong; the text names which.
    fn create(context: &Context<'_>) -> Result<Self>;

    /// Runs the subcommand: `arguments` follow its name, `input` is standard input. `context` has
    /// the configuration and data directory that the broker would use.
    ///
    /// # Errors
    /// No such subcommand.
    fn command(
        context: &Context<'_>,
        arguments: &[&str],
        input: &mut dyn std::io::Read,
    ) -> Result<CommandOutput> {
        let _ = (context, arguments, input);
        Err(Error::unsupported("command"))
    }
}

/// Makes an instance; a type that takes no configuration does not see one.
pub(crate) fn make<T: Factory>(context: &Context<'_>) -> Result<T> {
    if T::CONFIGURATION_SCHEMA == NO_CONFIGURATION && !is_empty(context.configuration) {
        let text = format!("'{}' takes no configuration, only {{}}", T::TYPE_NAME);
        return Err(Error::invalid(text));
    }
    T::create(context)
}

/// Whether a JSON text is an object without members (RFC 8259, sections 2 and 4).
fn is_empty(configuration: &str) -> bool {
    let blank = [' ', '\t', '\n', '\r'];
    let inside = configuration.trim_matches(blank).strip_prefix('{');
    let inside = inside.and_then(|rest| rest.strip_suffix('}'));
    inside.is_some_and(|inside| inside.trim_matches(blank).is_empty())
}
