//! Why an engine or a component is not there. The file or the machine is at fault.

use std::path::PathBuf;

/// Why components cannot be run at all.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are named in the texts")]
#[non_exhaustive]
pub enum EngineError {
    /// The processor or the system lacks something.
    #[error("components cannot be run here: {reason}")]
    Unavailable { reason: String },
    /// A thread that every component needs.
    #[error("components cannot be run: no thread for '{name}': {error}")]
    Thread { name: &'static str, error: std::io::Error },
    /// The folder of compiled code.
    #[error("compiled components cannot be kept in {}: {reason}", folder.display())]
    CacheFolder { folder: PathBuf, reason: String },
}

/// Why a file is no plugin, or none for this broker.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are named in the texts")]
#[non_exhaustive]
pub enum OpenError {
    /// The file cannot be read.
    #[error("plugin '{plugin}': the file cannot be read: {reason}")]
    Read { plugin: String, reason: String },
    /// The file is too long.
    #[error("plugin '{plugin}': the file has {found_bytes} bytes, at most {max_bytes} are taken")]
    TooLong { plugin: String, found_bytes: u64, max_bytes: u64 },
    /// The bytes are no component, cut off, or broken.
    #[error("plugin '{plugin}': the file is no WASM component: {reason}")]
    NoComponent { plugin: String, reason: String },
    /// A core module, which is what compilers make before `wasm-tools component new`.
    #[error(
        "plugin '{plugin}': the file is a core WASM module, wanted is a component: \
         make one with 'wasm-tools component new'"
    )]
    CoreModule { plugin: String },
    /// It exports nothing of ours.
    #[error(
        "plugin '{plugin}': the component exports no interface of a plugin, wanted is one of \
         {wanted}; it exports {found}"
    )]
    NoInterface { plugin: String, found: String, wanted: String },
    /// An interface of ours in a version that this broker does not have.
    #[error("plugin '{plugin}': the component exports '{found}', wanted is '{wanted}'")]
    InterfaceVersion { plugin: String, found: String, wanted: String },
    /// A function is missing or has other types.
    #[error("plugin '{plugin}': '{interface}', function '{function}': {reason}")]
    WrongFunction { plugin: String, interface: String, function: &'static str, reason: String },
    /// It wants what it is not granted.
    #[error(
        "plugin '{plugin}': the component imports '{import}', which it is not granted: {remedy}"
    )]
    NotGranted { plugin: String, import: String, remedy: String },
    /// What it is granted is none.
    #[error("plugin '{plugin}': {grant} '{name}': {reason}")]
    BadGrant { plugin: String, grant: &'static str, name: String, reason: String },
    /// It does not begin.
    #[error("plugin '{plugin}': an instance cannot be made: {reason}")]
    Instantiate { plugin: String, reason: String },
    /// `describe` fails, or what it says is wrong.
    #[error("plugin '{plugin}': describe of '{interface}': {reason}")]
    Describe { plugin: String, interface: String, reason: String },
    /// Its new file offers something else.
    #[error("plugin '{plugin}': the new file offers {found}, wanted is {wanted}, as it was loaded")]
    OtherTypes { plugin: String, found: String, wanted: String },
    /// Its new file does not take what the old one took.
    #[error("plugin '{plugin}': {what} of {kind} '{name}' is not taken by the new file: {reason}")]
    NotTaken { plugin: String, what: String, kind: &'static str, name: String, reason: String },
}
