//! Why a library is no plugin of this host. The library is at fault; nothing of it was run but its
//! entry.

use thiserror::Error;

use crate::abi::magic::{ENTRY_SYMBOL, KindVersion};

/// Why a library, or one factory of it, was refused. `plugin` is its name, or its file's where it
/// got no further.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the fields are named in the texts")]
#[non_exhaustive]
pub enum LoadError {
    /// The file is no library that can be loaded here.
    #[error("plugin '{plugin}': the library cannot be loaded: {reason}")]
    Open { plugin: String, reason: String },
    /// The library exports no entry.
    #[error("plugin '{plugin}': the library has no symbol '{ENTRY_SYMBOL}'")]
    MissingSymbol { plugin: String },
    /// The entry answered NULL.
    #[error("plugin '{plugin}': the plugin refuses this host ('{ENTRY_SYMBOL}' answered NULL)")]
    Refused { plugin: String },
    /// Not a `ph_plugin`.
    #[error("plugin '{plugin}': ph_plugin.magic is {found:#010x}, wanted is {wanted:#010x}")]
    WrongMagic { plugin: String, found: u32, wanted: u32 },
    /// Another major of the mechanism.
    #[error("plugin '{plugin}': ph_plugin.abi_major is {found}, wanted is {wanted}")]
    WrongAbi { plugin: String, found: u16, wanted: u16 },
    /// A struct ends before a field that must be there.
    #[error(
        "plugin '{plugin}': {of}.size is {found_bytes}, wanted are at least {wanted_bytes} for the \
         field '{field}'"
    )]
    ShortStruct {
        plugin: String,
        of: &'static str,
        field: &'static str,
        found_bytes: usize,
        wanted_bytes: usize,
    },
    /// A pointer that must lead somewhere is NULL.
    #[error("plugin '{plugin}': {of}.{field} is NULL")]
    NullPointer { plugin: String, of: &'static str, field: &'static str },
    /// Factories overlap.
    #[error(
        "plugin '{plugin}': ph_plugin.factory_stride is {found_bytes}, wanted are at least \
         {wanted_bytes}, a factory's size"
    )]
    ShortStride { plugin: String, found_bytes: usize, wanted_bytes: usize },
    /// The plugin offers nothing.
    #[error("plugin '{plugin}': ph_plugin.factory_count is 0, wanted is at least 1")]
    NoFactory { plugin: String },
    /// Past [`crate::limits::FACTORIES_MAX`].
    #[error("plugin '{plugin}': ph_plugin.factory_count is {found}, wanted are at most {max}")]
    TooManyFactories { plugin: String, found: usize, max: usize },
    /// Text that is not UTF-8.
    #[error("plugin '{plugin}': {of}.{field} is not UTF-8")]
    NotUtf8 { plugin: String, of: &'static str, field: &'static str },
    /// Text that is empty where it must not be, or too long.
    #[error("plugin '{plugin}': {of}.{field} has {found_bytes} bytes, wanted are 1 to {max_bytes}")]
    TextLength {
        plugin: String,
        of: &'static str,
        field: &'static str,
        found_bytes: usize,
        max_bytes: usize,
    },
    /// A type name with something else than letters, digits, `.`, `_` and `-`.
    #[error(
        "plugin '{plugin}': the type name '{type_name}' has {character:?}, \
         wanted are A-Z a-z 0-9 . _ -"
    )]
    BadTypeName { plugin: String, type_name: String, character: char },
    /// Two factories of one kind with one name.
    #[error("plugin '{plugin}': two {kind} factories have the type name '{type_name}'")]
    DuplicateTypeName { plugin: String, kind: &'static str, type_name: String },
    /// Two factories with one subcommand.
    #[error("plugin '{plugin}': two factories have the subcommand '{subcommand}'")]
    DuplicateSubcommand { plugin: String, subcommand: String },
    /// A kind that this host does not know.
    #[error(
        "plugin '{plugin}': type '{type_name}' is of kind {kind}, which this host does not know"
    )]
    UnknownKind { plugin: String, type_name: String, kind: u32 },
    /// A draft of a kind, and not this host's.
    #[error(
        "plugin '{plugin}': type '{type_name}' is built for the draft {found} of the kind {kind}, \
         wanted is {wanted}: drafts load only where the version is equal"
    )]
    DraftVersion {
        plugin: String,
        type_name: String,
        kind: &'static str,
        found: KindVersion,
        wanted: KindVersion,
    },
    /// Another major of a kind.
    #[error(
        "plugin '{plugin}': type '{type_name}' is built for version {found} of the kind {kind}, \
         wanted is {wanted}"
    )]
    KindVersion {
        plugin: String,
        type_name: String,
        kind: &'static str,
        found: KindVersion,
        wanted: KindVersion,
    },
    /// A function that every plugin of the kind must have is NULL.
    #[error("plugin '{plugin}': type '{type_name}': {of}.{entry} is NULL, and it is mandatory")]
    MissingEntry { plugin: String, type_name: String, of: &'static str, entry: &'static str },
}
