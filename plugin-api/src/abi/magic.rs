//! What both sides check first: the magic, the version of the mechanism, the versions of the kinds.
//!
//! Invariants: the major of the mechanism is in the entry's name, so two majors never meet by
//! accident; a kind at major 0 is a draft and loads only where the minor is equal; from major 1 on
//! a kind's structs only grow at their ends.

use crate::factory::Kind;

/// `PHLT`, the first four bytes of `ph_host` and `ph_plugin` as a number.
pub const MAGIC: u32 = 0x5048_4C54;

/// The major of the mechanism: entry, host, plugin and factory records.
pub const ABI_MAJOR: u16 = 1;

/// The minor of the mechanism, raised when a record grows at its end.
pub const ABI_MINOR: u16 = 0;

/// The one symbol that a plugin's library exports.
pub const ENTRY_SYMBOL: &str = "philter_plugin_entry_v1";

/// The version of a kind, as a plugin built with this crate declares it and as its host wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KindVersion {
    /// 0 while the kind is a draft.
    pub major: u16,
    /// Raised by each change of a draft, and by each addition afterwards.
    pub minor: u16,
}

impl KindVersion {
    /// Whether the kind may still change without notice.
    pub fn is_draft(self) -> bool {
        self.major == 0
    }

    /// Whether a plugin of the version `plugin` loads in a host of this one.
    pub fn loads(self, plugin: KindVersion) -> bool {
        if self.is_draft() || plugin.is_draft() {
            self == plugin
        } else {
            self.major == plugin.major
        }
    }
}

impl std::fmt::Display for KindVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl Kind {
    /// The kind's version in this release.
    pub const fn version(self) -> KindVersion {
        match self {
            Kind::Exchange | Kind::Filter => KindVersion { major: 1, minor: 0 },
            Kind::Auth => KindVersion { major: 0, minor: 1 },
            Kind::Store => KindVersion { major: 1, minor: 2 },
        }
    }

    /// The kind's number on the ABI.
    pub const fn number(self) -> u32 {
        self as u32
    }

    /// The kind of this number, if this version knows it.
    pub fn from_number(number: u32) -> Option<Self> {
        [Kind::Exchange, Kind::Filter, Kind::Auth, Kind::Store]
            .into_iter()
            .find(|kind| kind.number() == number)
    }

    /// The kind's name, as in `export_plugin!` and in `philter plugin list`.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Exchange => "exchange",
            Kind::Filter => "filter",
            Kind::Auth => "auth",
            Kind::Store => "store",
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
