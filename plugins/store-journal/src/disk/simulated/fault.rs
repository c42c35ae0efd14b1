//! Calls that fail on purpose.

use std::io;

pub(super) const ENOENT: i32 = 2;
/// Input/output error.
pub(crate) const EIO: i32 = 5;
/// No space left on device.
pub(crate) const ENOSPC: i32 = 28;

/// A call of the disk or of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Names,
    Create,
    Open,
    Rename,
    Remove,
    SyncDirectory,
    FreeBytes,
    Len,
    SetLen,
    Read,
    Write,
    SyncData,
}

impl Call {
    /// Whether it takes room on the disk, and so fails on a full one.
    pub(crate) fn takes_room(self) -> bool {
        matches!(self, Self::Create | Self::SetLen | Self::Write)
    }
}

/// Which calls fail, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    concerns: fn(Call) -> bool,
    pass: usize,
    strikes: usize,
    errno: i32,
}

impl Fault {
    /// An input/output error of every call of a sort.
    pub(crate) fn io(concerns: fn(Call) -> bool) -> Self {
        Self { concerns, pass: 0, strikes: usize::MAX, errno: EIO }
    }

    /// A disk that is full.
    pub(crate) fn full() -> Self {
        Self { errno: ENOSPC, ..Self::io(Call::takes_room) }
    }

    /// The first calls go well.
    pub(crate) fn after(self, pass: usize) -> Self {
        Self { pass, ..self }
    }

    /// Only one call fails.
    pub(crate) fn once(self) -> Self {
        Self { strikes: 1, ..self }
    }

    pub(super) fn strike(&mut self, call: Call) -> Option<io::Error> {
        if !(self.concerns)(call) || self.strikes == 0 {
            return None;
        }
        if self.pass > 0 {
            self.pass -= 1;
            return None;
        }
        self.strikes -= 1;
        Some(io::Error::from_raw_os_error(self.errno))
    }
}
