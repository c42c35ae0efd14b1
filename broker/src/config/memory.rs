//! What all messages together may take: a number, or a part of the memory that the process may
//! have.
//!
//! That memory is the smallest limit among its control group and the ancestors, and never more than
//! the machine has. Nothing here fails: what the system does not say limits nothing.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use super::defaults::{MEMORY_ASSUMED_BYTES, MEMORY_LIMIT_BYTES_MIN, MEMORY_LIMIT_PERCENT};
use super::error::ConfigError;
use super::given::Given;

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MemoryLimit {
    /// So many bytes.
    Bytes(u64),
    /// So many per cent of what the process may have.
    Percent(u8),
}

/// The memory that the process may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Available {
    /// How much.
    pub(crate) bytes: u64,
    /// Who says so.
    pub(crate) said_by: SaidBy,
}

/// Who says how much memory the process may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SaidBy {
    /// The control group of this path, or the root that the process sees.
    Cgroup(String),
    /// The machine has no more.
    Machine,
    /// Nobody.
    Nobody,
}

impl MemoryLimit {
    /// Bytes, with `k`, `M`, `G` or `T` behind them for powers of 1024; or per cent.
    ///
    /// # Errors
    /// It is neither, or less than the broker can run with.
    pub(super) fn parse(given: &Given) -> Result<Self, ConfigError> {
        let text = given.value.trim();
        let limit = match text.strip_suffix('%') {
            Some(percent) => {
                let percent = percent.trim().parse().ok();
                percent.filter(|percent| (1..=100).contains(percent)).map(Self::Percent)
            }
            None => bytes(text).filter(|bytes| *bytes >= MEMORY_LIMIT_BYTES_MIN).map(Self::Bytes),
        };
        let wanted = "bytes such as 536870912, 512M or 2G, at least 16M, or a part such as 60%";
        limit.ok_or_else(|| ConfigError::bad_value(given, wanted))
    }

    /// As bytes.
    pub(crate) fn bytes(self, available: &Available) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes,
            // Divided first: the product might not fit.
            Self::Percent(percent) => {
                let whole = available.bytes / 100 * u64::from(percent);
                whole + available.bytes % 100 * u64::from(percent) / 100
            }
        }
    }
}

impl Default for MemoryLimit {
    fn default() -> Self {
        Self::Percent(MEMORY_LIMIT_PERCENT)
    }
}

impl Available {
    /// What the system below `root` says: `/` for the process's own.
    pub(crate) fn find(root: &Path) -> Self {
        let machine = machine_bytes(root);
        let group = cgroup_limits(root).min_by_key(|(bytes, _)| *bytes);
        match (group, machine) {
            (Some((bytes, path)), machine) if machine.is_none_or(|machine| bytes < machine) => {
                Self { bytes, said_by: SaidBy::Cgroup(path) }
            }
            (_, Some(bytes)) => Self { bytes, said_by: SaidBy::Machine },
            (_, None) => Self { bytes: MEMORY_ASSUMED_BYTES, said_by: SaidBy::Nobody },
        }
    }
}

impl fmt::Display for Available {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = Rounded(self.bytes);
        match &self.said_by {
            SaidBy::Cgroup(path) => write!(f, "{bytes}, the limit of cgroup {path}"),
            SaidBy::Machine => write!(f, "{bytes}, the machine's memory"),
            SaidBy::Nobody => write!(f, "{bytes}, taken where the system does not say"),
        }
    }
}

/// Bytes for people.
struct Rounded(u64);

impl fmt::Display for Rounded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(&str, u32); 3] = [("GiB", 30), ("MiB", 20), ("KiB", 10)];
        let unit = UNITS.into_iter().find(|(_, shift)| self.0 >> shift > 0);
        let Some((name, shift)) = unit else { return write!(f, "{} bytes", self.0) };
        let whole = self.0 >> shift;
        let tenths = ((self.0 - (whole << shift)) * 10) >> shift;
        if tenths == 0 { write!(f, "{whole} {name}") } else { write!(f, "{whole}.{tenths} {name}") }
    }
}

pub(super) fn bytes(text: &str) -> Option<u64> {
    const SUFFIXES: [(char, u32); 4] = [('k', 10), ('m', 20), ('g', 30), ('t', 40)];
    let last = text.chars().last()?.to_ascii_lowercase();
    let shift = SUFFIXES.iter().find(|(suffix, _)| *suffix == last).map(|(_, shift)| *shift);
    let digits = if shift.is_some() { text.get(..text.len() - 1)? } else { text };
    let number: u64 = digits.trim_end().parse().ok()?;
    number.checked_mul(1 << shift.unwrap_or(0))
}

fn machine_bytes(root: &Path) -> Option<u64> {
    let text = fs::read_to_string(root.join("proc/meminfo")).ok()?;
    let total = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = total.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    kib.checked_mul(1024)
}

/// The limits of the process's control groups and of their ancestors, in both of the kernel's ways
/// to have them (cgroups(7)).
fn cgroup_limits(root: &Path) -> impl Iterator<Item = (u64, String)> {
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let root = root.to_owned();
    let hierarchies = groups.lines().filter_map(Hierarchy::parse).collect::<Vec<_>>();
    hierarchies.into_iter().flat_map(move |hierarchy| hierarchy.limits(&root))
}

/// A line of `/proc/self/cgroup` that is about memory.
struct Hierarchy {
    /// Where the kernel mounts it.
    mounts: &'static [&'static str],
    /// The file with the limit.
    file: &'static str,
    /// The process's group.
    group: String,
}

impl Hierarchy {
    /// `ID:CONTROLLERS:PATH`; version 2 has the ID 0 and no controllers.
    fn parse(line: &str) -> Option<Self> {
        let mut parts = line.splitn(3, ':');
        let (id, controllers, group) = (parts.next()?, parts.next()?, parts.next()?.to_owned());
        if id == "0" && controllers.is_empty() {
            let mounts = &["sys/fs/cgroup", "sys/fs/cgroup/unified"];
            return Some(Self { mounts, file: "memory.max", group });
        }
        let is_memory = controllers.split(',').any(|controller| controller == "memory");
        let mounts = &["sys/fs/cgroup/memory"];
        is_memory.then_some(Self { mounts, file: "memory.limit_in_bytes", group })
    }

    /// The limits from the group up. A container sees the path of its group without the group: what
    /// is not there is passed over, and the root that it sees is its own.
    fn limits(&self, root: &Path) -> Vec<(u64, String)> {
        let group = Path::new(self.group.trim_start_matches('/'));
        let ancestors = group.ancestors().map(PathBuf::from);
        let mut limits = Vec::new();
        for (ancestor, mount) in
            ancestors.flat_map(|path| self.mounts.iter().map(move |mount| (path.clone(), mount)))
        {
            let file = root.join(mount).join(&ancestor).join(self.file);
            let text = fs::read_to_string(file).unwrap_or_default();
            if let Ok(bytes) = text.trim().parse() {
                limits.push((bytes, format!("/{}", ancestor.display())));
            }
        }
        limits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Name, Origin};

    /// A made-up system.
    fn system(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    const EIGHT_GIB: (&str, &str) =
        ("proc/meminfo", "MemTotal:        8388608 kB\nMemFree: 1 kB\n");

    #[test]
    fn the_smallest_limit_among_the_group_and_its_ancestors_counts() {
        let root = system(&[
            EIGHT_GIB,
            ("proc/self/cgroup", "0::/system.slice/philter.service\n"),
            ("sys/fs/cgroup/system.slice/philter.service/memory.max", "max\n"),
            ("sys/fs/cgroup/system.slice/memory.max", "2147483648\n"),
        ]);
        let available = Available::find(root.path());
        assert_eq!(available.to_string(), "2 GiB, the limit of cgroup /system.slice");
        assert_eq!(MemoryLimit::default().bytes(&available), 1_288_490_188);
    }

    #[test]
    fn version_1_has_a_hierarchy_for_memory() {
        let group = ("proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/docker/ab\n0::/y\n");
        let limit = ("sys/fs/cgroup/memory/docker/ab/memory.limit_in_bytes", "536870912\n");
        let root = system(&[EIGHT_GIB, group, limit]);
        let available = Available::find(root.path());
        assert_eq!(available.to_string(), "512 MiB, the limit of cgroup /docker/ab");
    }

    #[test]
    fn a_container_that_sees_only_its_own_root_finds_its_limit_there() {
        let group = ("proc/self/cgroup", "4:memory:/docker/ab\n");
        let limit = ("sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824\n");
        let root = system(&[EIGHT_GIB, group, limit]);
        assert_eq!(Available::find(root.path()).to_string(), "1 GiB, the limit of cgroup /");
    }

    #[test]
    fn a_limit_above_the_machines_memory_limits_nothing() {
        let group = ("proc/self/cgroup", "4:memory:/\n");
        let limit = ("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        let root = system(&[EIGHT_GIB, group, limit]);
        assert_eq!(Available::find(root.path()).to_string(), "8 GiB, the machine's memory");
    }

    #[test]
    fn a_system_that_says_nothing_is_taken_to_be_small() {
        let available = Available::find(system(&[]).path());
        assert_eq!(available.said_by, SaidBy::Nobody);
        assert_eq!(available.bytes, MEMORY_ASSUMED_BYTES);
    }

    #[test]
    fn a_limit_is_bytes_or_a_part() {
        let parse = |text: &str| {
            let (value, origin) = (text.to_owned(), Origin::option("memory-limit"));
            MemoryLimit::parse(&Given { name: Name::MemoryLimit, value, origin })
        };
        for (text, wanted) in [
            ("16777216", MemoryLimit::Bytes(1 << 24)),
            ("16384k", MemoryLimit::Bytes(1 << 24)),
            ("512M", MemoryLimit::Bytes(1 << 29)),
            ("2g", MemoryLimit::Bytes(1 << 31)),
            ("60%", MemoryLimit::Percent(60)),
            ("100 %", MemoryLimit::Percent(100)),
        ] {
            assert_eq!(parse(text).unwrap(), wanted, "{text}");
        }
        for text in ["", "%", "0%", "101%", "-1", "1M5", "16383k", "é", "99999999999999T", "1.5G"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_part_of_much_is_exact() {
        let available = Available { bytes: u64::MAX, said_by: SaidBy::Machine };
        assert_eq!(MemoryLimit::Percent(100).bytes(&available), u64::MAX);
    }
}
