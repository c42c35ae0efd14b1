//! CPU time and memory of a process and of those that it started, as the system counts them: a
//! broker may be a script with a virtual machine below it.
//!
//! CPU time is in nanoseconds, from the scheduler's own count of each thread. The count of a thread
//! that ended is gone; where one did, the process's own count is taken, in ticks of a hundredth of
//! a second.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use rustix::param::clock_ticks_per_second;

use super::error::BenchError;

/// Processes of a tree at the most; a broker has a handful.
const TREE_MAX: usize = 64;

/// A process to look at, with those that it had started by then.
#[derive(Clone, Debug)]
pub(crate) struct Process {
    pid: u32,
    folder: PathBuf,
    /// The folders of those below it.
    below: Vec<PathBuf>,
}

/// What a process used so far.
#[derive(Clone, Debug)]
pub(crate) struct Usage {
    /// Nanoseconds of each of their threads, whose numbers are the system's.
    threads: BTreeMap<u32, u64>,
    /// Nanoseconds of all threads, those that ended too.
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
        let mut process = Self { pid, folder: folder_of(pid), below: Vec::new() };
        process.usage()?;
        process.find_those_below();
        Ok(process)
    }

    /// What they used so far.
    ///
    /// # Errors
    /// It is gone.
    pub(crate) fn usage(&self) -> Result<Usage, BenchError> {
        let mut usage = self.usage_in(&self.folder)?;
        // One of those below may end; what it used is then its parent's loss.
        for other in self.below.iter().filter_map(|folder| self.usage_in(folder).ok()) {
            usage.threads.extend(other.threads);
            usage.process_ns += other.process_ns;
            usage.resident_bytes += other.resident_bytes;
        }
        Ok(usage)
    }

    /// Their resident memory.
    ///
    /// # Errors
    /// It is gone.
    pub(crate) fn resident_bytes(&self) -> Result<u64, BenchError> {
        let own = self.resident_bytes_in(&self.folder)?;
        let below = self.below.iter().filter_map(|folder| self.resident_bytes_in(folder).ok());
        Ok(own + below.sum::<u64>())
    }

    fn find_those_below(&mut self) {
        let mut parents = vec![self.folder.clone()];
        while let Some(parent) = parents.pop() {
            for child in children_of(&parent) {
                if self.below.len() < TREE_MAX {
                    self.below.push(child.clone());
                    parents.push(child);
                }
            }
        }
    }

    fn usage_in(&self, folder: &Path) -> Result<Usage, BenchError> {
        Ok(Usage {
            threads: self.threads(folder)?,
            process_ns: self.process_ns(folder)?,
            resident_bytes: self.resident_bytes_in(folder)?,
        })
    }

    fn resident_bytes_in(&self, folder: &Path) -> Result<u64, BenchError> {
        let status = self.read(folder, "status")?;
        resident_bytes_of(&status).ok_or_else(|| self.fault(ErrorKind::InvalidData.into()))
    }

    fn threads(&self, folder: &Path) -> Result<BTreeMap<u32, u64>, BenchError> {
        let entries = fs::read_dir(folder.join("task")).map_err(|e| self.fault(e))?;
        // A thread may end between its listing and its reading.
        let count = |entry: fs::DirEntry| {
            let id = entry.file_name().to_str()?.parse().ok()?;
            let text = fs::read_to_string(entry.path().join("schedstat")).ok()?;
            Some((id, text.split_whitespace().next()?.parse().ok()?))
        };
        Ok(entries.filter_map(|entry| count(entry.ok()?)).collect())
    }

    fn process_ns(&self, folder: &Path) -> Result<u64, BenchError> {
        let stat = self.read(folder, "stat")?;
        let ticks = ticks_of(&stat).ok_or_else(|| self.fault(ErrorKind::InvalidData.into()))?;
        Ok(ticks.saturating_mul(1_000_000_000) / clock_ticks_per_second().max(1))
    }

    fn read(&self, folder: &Path, file: &str) -> Result<String, BenchError> {
        fs::read_to_string(folder.join(file)).map_err(|e| self.fault(e))
    }

    fn fault(&self, source: Error) -> BenchError {
        BenchError::Process { pid: self.pid, source }
    }
}

fn folder_of(pid: u32) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}"))
}

/// The folders of the processes that this one's threads started and that still run.
fn children_of(folder: &Path) -> Vec<PathBuf> {
    let threads = fs::read_dir(folder.join("task")).into_iter().flatten().flatten();
    let listed = threads.filter_map(|it| fs::read_to_string(it.path().join("children")).ok());
    let parse = |text: String| {
        text.split_whitespace()
            .filter_map(|pid| pid.parse().ok())
            .map(folder_of)
            .collect::<Vec<_>>()
    };
    listed.flat_map(parse).collect()
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
    fn those_that_a_process_started_count_with_it() {
        let alone = Process::new(std::process::id()).unwrap();
        let mut child =
            std::process::Command::new("cat").stdin(std::process::Stdio::piped()).spawn().unwrap();
        let both = Process::new(std::process::id()).unwrap();
        assert!(both.below.contains(&folder_of(child.id())), "{both:?}");
        assert!(!alone.below.contains(&folder_of(child.id())));
        let usage = both.usage().unwrap();
        assert!(usage.threads.contains_key(&child.id()));
        drop(child.stdin.take());
        child.wait().unwrap();
        assert!(both.usage().is_ok(), "one below that ended is no fault");
    }

    #[test]
    fn this_process_is_found_and_one_that_is_not_there_is_named() {
        let usage = Process::new(std::process::id()).unwrap().usage().unwrap();
        assert!(usage.resident_bytes > 0);
        let error = Process::new(u32::MAX).unwrap_err().to_string();
        assert!(error.contains("4294967295"), "{error}");
    }
}
