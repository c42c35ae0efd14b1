//! The faults that a ledger may have, one at a time.

/// What is wrong with a ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// A delete is not there after a new start.
    LosesDeletes,
    /// Nor a delivery count.
    LosesMarks,
    /// Nor a key of the store's meta data.
    LosesKeys,
    /// Nor an epoch, so that it is granted twice.
    RepeatsEpochs,
    /// Appends are answered before they are written, which they are at the end.
    ConfirmsEarly,
    /// Two instances may have one directory.
    SharesItsDirectory,
    /// What stands before a body that is refused is kept.
    KeepsHalves,
    /// A put that is sent again loses the delivery counts of its entries.
    MovesRetries,
    /// A full store takes no deletes.
    IsFullForDeletes,
    /// Nobody is told of a lost epoch.
    Silent,
    /// Nor of a key that is watched.
    Deaf,
    /// A list has keys of other prefixes.
    ListsEverything,
    /// It does not say what its durability is.
    SaysNothing,
    /// A range of entries lacks the last.
    SkipsEntries,
}

impl Fault {
    /// The fault of a type's number.
    pub(crate) const fn of(number: u8) -> Self {
        match number {
            1 => Self::LosesDeletes,
            2 => Self::LosesMarks,
            3 => Self::LosesKeys,
            4 => Self::RepeatsEpochs,
            5 => Self::ConfirmsEarly,
            6 => Self::SharesItsDirectory,
            7 => Self::KeepsHalves,
            8 => Self::MovesRetries,
            9 => Self::IsFullForDeletes,
            10 => Self::Silent,
            11 => Self::Deaf,
            12 => Self::ListsEverything,
            13 => Self::SaysNothing,
            14 => Self::SkipsEntries,
            _ => Self::None,
        }
    }

    /// The type that has it.
    pub(crate) const fn type_name(self) -> &'static str {
        match self {
            Self::None => "ledger",
            Self::LosesDeletes => "ledger-loses-deletes",
            Self::LosesMarks => "ledger-loses-marks",
            Self::LosesKeys => "ledger-loses-keys",
            Self::RepeatsEpochs => "ledger-repeats-epochs",
            Self::ConfirmsEarly => "ledger-confirms-early",
            Self::SharesItsDirectory => "ledger-shares-its-directory",
            Self::KeepsHalves => "ledger-keeps-halves",
            Self::MovesRetries => "ledger-moves-retries",
            Self::IsFullForDeletes => "ledger-is-full-for-deletes",
            Self::Silent => "ledger-silent",
            Self::Deaf => "ledger-deaf",
            Self::ListsEverything => "ledger-lists-everything",
            Self::SaysNothing => "ledger-says-nothing",
            Self::SkipsEntries => "ledger-skips-entries",
        }
    }
}
