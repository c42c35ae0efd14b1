//! CPU time and memory of a process, as the system counts them.
//!
//! CPU time is in nanoseconds, from the scheduler's own count of each thread. The count of a thread
//! that ended is gone; where one did, the process's own count is taken, in ticks of a hundredth of
//! a second.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Error, ErrorKind};
use std::path::PathBuf;

use rustix::param::clock_ticks_per_second;

use super::error::BenchError;

/// A process to look at.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    pid: u32,
    folder: PathBuf,
}

/// What a process used so far.
#[derive(Clone, Debug)]
pub(crate) struct Usage {
    /// Nanoseconds of each of its threads.
    threads: BTreeMap<u32, u64>,
    /// Nanoseconds of all its threads, those that ended too.
    process_ns: u64,
    /// Resident memory.
    pub(crate) resident_bytes: u64,
}

impl Process {
    /// A process that runs.
    ///
    /// # Errors
    /// There is no such process, or the system does not show it.
    pub(crate) fn new(pid: u32) -> Result<Self, BenchError> {
        let process = Self { pid, folder: PathBuf::from(format!("/proc/{pid}")) };
        process.usage()?;
        Ok(process)
    }

    /// What it used so far.
    ///
    /// # Errors
    /// It is gone.
    pub(crate) fn usage(&self) -> Result<Usage, BenchError> {
        Ok(Usage {
            threads: self.threads()?,
            process_ns: self.process_ns()?,
            resident_bytes: self.resident_bytes()?,
        })
    }

    /// Its resident memory.
    ///
    /// # Errors
    /// It is gone.
    pub(crate) fn resident_bytes(&self) -> Result<u64, BenchError> {
        let status = self.read("status")?;
        resident_bytes_of(&status).ok_or_else(|| self.fault(ErrorKind::InvalidData.into()))
    }

    fn threads(&self) -> Result<BTreeMap<u32, u64>, BenchError> {
        let entries = fs::read_dir(self.folder.join("task")).map_err(|e| self.fault(e))?;
        // A thread may end between its listing and its reading.
        let count = |entry: fs::DirEntry| {
            let id = entry.file_name().to_str()?.parse().ok()?;
            let text = fs::read_to_string(entry.path().join("schedstat")).ok()?;
            Some((id, text.split_whitespace().next()?.parse().ok()?))
        };
        Ok(entries.filter_map(|entry| count(entry.ok()?)).collect())
    }

    fn process_ns(&self) -> Result<u64, BenchError> {
        let stat = self.read("stat")?;
        let ticks = ticks_of(&stat).ok_or_else(|| self.fault(ErrorKind::InvalidData.into()))?;
        Ok(ticks.saturating_mul(1_000_000_000) / clock_ticks_per_second().max(1))
    }

    fn read(&self, file: &str) -> Result<String, BenchError> {
        fs::read_to_string(self.folder.join(file)).map_err(|e| self.fault(e))
    }

    fn fault(&self, source: Error) -> BenchError {
        BenchError::Process { pid: self.pid, source }
    }
}

impl Usage {
    /// Nanoseconds of CPU that it used since an earlier look.
    pub(crate) fn cpu_ns_since(&self, earlier: &Self) -> u64 {
        let all_are_there = earlier.threads.keys().all(|id| self.threads.contains_key(id));
        if earlier.threads.is_empty() || !all_are_there {
            return self.process_ns.saturating_sub(earlier.process_ns);
        }
        let before = |id: &u32| earlier.threads.get(id).copied().unwrap_or(0);
        self.threads.iter().map(|(id, ns)| ns.saturating_sub(before(id))).sum()
    }
}

/// `utime` and `stime`, fields 14 and 15. The name before them may hold anything, a `)` too.
fn ticks_of(stat: &str) -> Option<u64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let (user, system): (u64, u64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(user + system)
}

fn resident_bytes_of(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kib * 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(threads: &[(u32, u64)], process_ns: u64) -> Usage {
        let threads = threads.iter().copied().collect();
        Usage { threads, process_ns, resident_bytes: 0 }
    }

    #[test]
    fn a_thread_that_began_counts_in_full() {
        let (before, after) = (usage(&[(1, 10)], 0), usage(&[(1, 15), (2, 7)], 99));
        assert_eq!(after.cpu_ns_since(&before), 12);
    }

    #[test]
    fn the_process_counts_where_a_thread_ended() {
        let (before, after) = (usage(&[(1, 10), (2, 5)], 20), usage(&[(1, 15)], 60));
        assert_eq!(after.cpu_ns_since(&before), 40);
    }

    #[test]
    fn a_name_with_a_bracket_moves_no_field() {
        let stat = "7 (a) b) S 1 2 3 4 5 6 7 8 9 10 30 12 13 14";
        assert_eq!(ticks_of(stat), Some(42));
        assert_eq!(ticks_of("7 (a"), None);
    }

    #[test]
    fn this_process_is_found_and_one_that_is_not_there_is_named() {
        let usage = Process::new(std::process::id()).unwrap().usage().unwrap();
        assert!(usage.resident_bytes > 0);
        let error = Process::new(u32::MAX).unwrap_err().to_string();
        assert!(error.contains("4294967295"), "{error}");
    }
}
