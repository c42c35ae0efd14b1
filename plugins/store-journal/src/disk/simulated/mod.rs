//! A disk in memory that keeps account of what a power cut may leave of it.
//!
//! While it runs it is an ordinary directory of files. Every change, and every sync, is written
//! down in order; [`Platter`] plays any beginning of that list and answers with the states that a
//! power cut at that moment can leave.
//!
//! Invariants:
//! - a call that a [`Fault`] fails is written down as what it may have done, never as done;
//! - what a call reads is what was written, synced or not.

mod choice;
mod event;
mod fault;
mod platter;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use parking_lot::Mutex;

use super::direct::BLOCK_BYTES;
use super::{Disk, DiskFile, Whereabouts};

pub(crate) use choice::{Every, Random};
pub(crate) use event::{Event, FileId, NameChange};
pub(crate) use fault::{Call, Fault};
pub(crate) use platter::Platter;

/// Names and contents: a disk at rest.
pub(crate) type Image = BTreeMap<String, Vec<u8>>;

/// A directory in memory. Clones are the same directory.
#[derive(Clone, Debug, Default)]
pub(crate) struct SimulatedDisk {
    state: Arc<Mutex<State>>,
}

/// An open file of it; it goes on when its name is gone.
#[derive(Clone, Debug)]
pub(crate) struct SimulatedFile {
    state: Arc<Mutex<State>>,
    file: FileId,
}

#[derive(Debug)]
struct State {
    names: BTreeMap<String, FileId>,
    files: Vec<Vec<u8>>,
    events: Vec<Event>,
    faults: Vec<Fault>,
    is_vanished: bool,
    syncs: bool,
}

impl Default for State {
    fn default() -> Self {
        Self {
            names: BTreeMap::new(),
            files: Vec::new(),
            events: Vec::new(),
            faults: Vec::new(),
            is_vanished: false,
            syncs: true,
        }
    }
}

impl SimulatedDisk {
    /// A disk whose files are all synced.
    pub(crate) fn of(image: &Image) -> Self {
        let names = image.keys().cloned().zip((0..).map(FileId)).collect();
        let state = State { names, files: image.values().cloned().collect(), ..State::default() };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// A disk that says it synced, and did not.
    pub(crate) fn that_never_syncs() -> Self {
        let disk = Self::default();
        disk.state.lock().syncs = false;
        disk
    }

    /// What it holds now, synced or not: what is left when the process alone ends.
    pub(crate) fn image(&self) -> Image {
        let state = self.state.lock();
        state.names.iter().map(|(name, id)| (name.clone(), state.files[id.0].clone())).collect()
    }

    /// What was done to it since it was made.
    pub(crate) fn events(&self) -> Vec<Event> {
        self.state.lock().events.clone()
    }

    /// How many things were done to it since it was made.
    pub(crate) fn event_count(&self) -> usize {
        self.state.lock().events.len()
    }

    /// From now on calls fail as the fault says.
    pub(crate) fn fail(&self, fault: Fault) {
        self.state.lock().faults.push(fault);
    }

    /// From now on nothing fails by a fault.
    pub(crate) fn heal(&self) {
        self.state.lock().faults.clear();
    }

    /// Somebody removed the directory: open files go on, names are no more.
    pub(crate) fn vanish(&self) {
        let mut state = self.state.lock();
        state.is_vanished = true;
        state.names.clear();
    }
}

impl State {
    /// Counts a call that needs the directory; fails it where it is gone or a fault says so.
    fn enter_directory(&mut self, call: Call) -> io::Result<()> {
        self.enter(call)?;
        if self.is_vanished {
            return Err(io::Error::from_raw_os_error(fault::ENOENT));
        }
        Ok(())
    }

    fn enter(&mut self, call: Call) -> io::Result<()> {
        self.faults.iter_mut().find_map(|fault| fault.strike(call)).map_or(Ok(()), Err)
    }

    fn find(&self, name: &str) -> io::Result<FileId> {
        let found = self.names.get(name).copied();
        found.ok_or_else(|| io::Error::from_raw_os_error(fault::ENOENT))
    }

    fn set_len(&mut self, file: FileId, bytes: u64) {
        self.files[file.0].resize(usize::try_from(bytes).unwrap(), 0);
        self.events.push(Event::SetLen { file, bytes });
    }

    fn write(&mut self, file: FileId, bytes: &[u8], offset: u64) {
        let content = &mut self.files[file.0];
        event::write(content, bytes, offset);
        self.events.push(Event::Write { file, offset, bytes: bytes.into() });
    }

    fn rename(&mut self, change: NameChange) {
        change.apply(&mut self.names);
        self.events.push(Event::Name(change));
    }
}

impl Disk for SimulatedDisk {
    type File = SimulatedFile;

    fn names(&self) -> io::Result<Vec<String>> {
        let mut state = self.state.lock();
        state.enter_directory(Call::Names)?;
        Ok(state.names.keys().cloned().collect())
    }

    fn create(&self, name: &str) -> io::Result<SimulatedFile> {
        let mut state = self.state.lock();
        state.enter_directory(Call::Create)?;
        let file = match state.names.get(name) {
            // As the system does it: the file stays, its content goes.
            Some(&file) => {
                state.set_len(file, 0);
                file
            }
            None => {
                let file = FileId(state.files.len());
                state.files.push(Vec::new());
                state.rename(NameChange::Link { name: name.to_owned(), file });
                file
            }
        };
        Ok(SimulatedFile { state: Arc::clone(&self.state), file })
    }

    fn open(&self, name: &str) -> io::Result<SimulatedFile> {
        let mut state = self.state.lock();
        state.enter_directory(Call::Open)?;
        let file = state.find(name)?;
        Ok(SimulatedFile { state: Arc::clone(&self.state), file })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state.lock();
        state.enter_directory(Call::Rename)?;
        state.find(from)?;
        state.rename(NameChange::Rename { from: from.to_owned(), to: to.to_owned() });
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state.lock();
        state.enter_directory(Call::Remove)?;
        state.find(name)?;
        state.rename(NameChange::Unlink { name: name.to_owned() });
        Ok(())
    }

    fn sync_directory(&self) -> io::Result<()> {
        let mut state = self.state.lock();
        state.enter_directory(Call::SyncDirectory)?;
        if state.syncs {
            state.events.push(Event::SyncDirectory);
        }
        Ok(())
    }

    fn free_bytes(&self) -> io::Result<u64> {
        let mut state = self.state.lock();
        state.enter_directory(Call::FreeBytes)?;
        Ok(u64::MAX / 2)
    }

    fn whereabouts(&self, name: &str, file: &SimulatedFile) -> io::Result<Whereabouts> {
        let state = self.state.lock();
        if state.is_vanished {
            return Ok(Whereabouts::DirectoryGone);
        }
        match state.names.get(name) {
            Some(&found) if found == file.file => Ok(Whereabouts::InPlace),
            _ => Ok(Whereabouts::FileGone),
        }
    }

    fn path(&self, name: &str) -> String {
        format!("/journal/{name}")
    }
}

impl DiskFile for SimulatedFile {
    fn len(&self) -> io::Result<u64> {
        let mut state = self.state.lock();
        state.enter(Call::Len)?;
        Ok(state.files[self.file.0].len() as u64)
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        let mut state = self.state.lock();
        state.enter(Call::SetLen)?;
        state.set_len(self.file, bytes);
        Ok(())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut state = self.state.lock();
        state.enter(Call::Read)?;
        let rest = state.files[self.file.0].get(usize::try_from(offset).unwrap()..).unwrap_or(&[]);
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.state.lock();
        if let Err(error) = state.enter(Call::Write) {
            // A write that fails may have got half of the way.
            state.write(self.file, &bytes[..bytes.len() / 2], offset);
            return Err(error);
        }
        state.write(self.file, bytes, offset);
        Ok(())
    }

    fn append_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        // As a disk does it that is written in blocks.
        let end = usize::try_from(offset).unwrap() + bytes.len();
        let behind = end.next_multiple_of(BLOCK_BYTES) - end;
        self.write_at(&[bytes, &vec![0; behind]].concat(), offset)
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.state.lock();
        if let Err(error) = state.enter(Call::SyncData) {
            state.events.push(Event::SyncFailed { file: self.file });
            return Err(error);
        }
        if state.syncs {
            state.events.push(Event::Sync { file: self.file });
        }
        Ok(())
    }
}
