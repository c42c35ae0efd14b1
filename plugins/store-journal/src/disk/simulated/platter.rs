//! What is on a disk for certain, and what may be.
//!
//! Invariants:
//! - a sector holds one of the contents that it had since its last sync, each sector by itself, so
//!   a write may be there in part and before an earlier one;
//! - a length is one of those since the last sync;
//! - a change of a name is there or not by itself, but never without an earlier one of the same
//!   name: a directory is never in a state that loses what was synced;
//! - after a failed sync what was unsynced stays uncertain, whatever is synced later.

use std::collections::BTreeMap;

use super::Image;
use super::choice::Choose;
use super::event::{self, Event, FileId, NameChange};

/// A disk as a power cut sees it.
#[derive(Clone, Debug)]
pub(crate) struct Platter {
    sector_bytes: usize,
    files: BTreeMap<FileId, File>,
    names: BTreeMap<String, FileId>,
    changes: Vec<NameChange>,
}

#[derive(Clone, Debug, Default)]
struct File {
    synced: Vec<u8>,
    current: Vec<u8>,
    /// What each sector held since the last sync, in order.
    sectors: BTreeMap<usize, Vec<Version>>,
    lengths: Vec<(usize, Fate)>,
}

#[derive(Clone, Debug)]
struct Version {
    bytes: Vec<u8>,
    fate: Fate,
}

/// Whether a sync still makes it durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Waits,
    Forgotten,
}

impl Platter {
    /// A disk at rest.
    pub(crate) fn new(image: &Image, sector_bytes: usize) -> Self {
        let files = image.values().map(|content| File::at_rest(content));
        Self {
            sector_bytes,
            files: (0..).map(FileId).zip(files).collect(),
            names: image.keys().cloned().zip((0..).map(FileId)).collect(),
            changes: Vec::new(),
        }
    }

    /// Something was done to the disk.
    pub(crate) fn apply(&mut self, event: &Event) {
        let sector_bytes = self.sector_bytes;
        match event {
            Event::Write { file, offset, bytes } => {
                self.file(*file).write(bytes, *offset, sector_bytes)
            }
            Event::SetLen { file, bytes } => self.file(*file).set_len(*bytes, sector_bytes),
            Event::Sync { file } => self.file(*file).sync(sector_bytes),
            Event::SyncFailed { file } => self.file(*file).forget(),
            Event::Name(change) => self.changes.push(change.clone()),
            Event::SyncDirectory => {
                for change in self.changes.drain(..) {
                    change.apply(&mut self.names);
                }
            }
        }
    }

    /// The power is cut: one of the states that may be left.
    pub(crate) fn cut(&self, choice: &mut impl Choose) -> Image {
        let names = self.names_left(choice);
        let none = File::default();
        let left = names.into_iter().map(|(name, id)| {
            let file = self.files.get(&id).unwrap_or(&none);
            (name, file.cut(choice, self.sector_bytes))
        });
        left.collect()
    }

    fn names_left(&self, choice: &mut impl Choose) -> BTreeMap<String, FileId> {
        let mut names = self.names.clone();
        let mut lost: Vec<&NameChange> = Vec::new();
        for change in &self.changes {
            if lost.iter().any(|earlier| earlier.meets(change)) || choice.choose(2) == 0 {
                lost.push(change);
            } else {
                change.apply(&mut names);
            }
        }
        names
    }

    fn file(&mut self, id: FileId) -> &mut File {
        self.files.entry(id).or_default()
    }
}

impl File {
    fn at_rest(content: &[u8]) -> Self {
        Self { synced: content.to_vec(), current: content.to_vec(), ..Self::default() }
    }

    fn write(&mut self, bytes: &[u8], offset: u64, sector_bytes: usize) {
        let (from, length) = (usize::try_from(offset).unwrap(), self.current.len());
        event::write(&mut self.current, bytes, offset);
        self.keep_length(length);
        if !bytes.is_empty() {
            self.keep(from..from + bytes.len(), sector_bytes);
        }
    }

    fn set_len(&mut self, bytes: u64, sector_bytes: usize) {
        let (before, after) = (self.current.len(), usize::try_from(bytes).unwrap());
        self.current.resize(after, 0);
        self.keep_length(before);
        self.keep(before.min(after)..before.max(after), sector_bytes);
    }

    fn keep_length(&mut self, before: usize) {
        if self.current.len() != before {
            self.lengths.push((self.current.len(), Fate::Waits));
        }
    }

    /// Keeps what the sectors of a range hold now, where that is something else than before.
    fn keep(&mut self, range: std::ops::Range<usize>, sector_bytes: usize) {
        if range.is_empty() {
            return;
        }
        for number in range.start / sector_bytes..=(range.end - 1) / sector_bytes {
            let bytes = sector(&self.current, number, sector_bytes);
            let versions = self.sectors.entry(number).or_default();
            let is_new = match versions.last() {
                Some(last) => last.bytes != bytes || last.fate == Fate::Forgotten,
                None => sector(&self.synced, number, sector_bytes) != bytes,
            };
            if is_new {
                versions.push(Version { bytes, fate: Fate::Waits });
            }
            if versions.is_empty() {
                self.sectors.remove(&number);
            }
        }
    }

    /// The last of what waits is on the disk; where nothing waits, nothing is decided.
    fn sync(&mut self, sector_bytes: usize) {
        if let Some(&(length, Fate::Waits)) = self.lengths.last() {
            self.lengths.clear();
            self.synced.resize(length, 0);
        }
        let length = self.synced.len();
        for (&number, versions) in &mut self.sectors {
            if let Some(Version { bytes, fate: Fate::Waits }) = versions.last() {
                overwrite(&mut self.synced, number, bytes, sector_bytes);
                versions.clear();
            }
        }
        self.synced.resize(length, 0);
        self.sectors.retain(|_, versions| !versions.is_empty());
    }

    fn forget(&mut self) {
        for version in self.sectors.values_mut().flatten() {
            version.fate = Fate::Forgotten;
        }
        for (_, fate) in &mut self.lengths {
            *fate = Fate::Forgotten;
        }
    }

    fn cut(&self, choice: &mut impl Choose, sector_bytes: usize) -> Vec<u8> {
        let mut content = self.synced.clone();
        let mut lengths = vec![content.len()];
        for &(length, _) in &self.lengths {
            if !lengths.contains(&length) {
                lengths.push(length);
            }
        }
        let length = lengths[pick(choice, lengths.len())];
        for (&number, versions) in &self.sectors {
            if number * sector_bytes >= length {
                continue;
            }
            let chosen = pick(choice, versions.len() + 1);
            if let Some(version) = chosen.checked_sub(1).and_then(|index| versions.get(index)) {
                overwrite(&mut content, number, &version.bytes, sector_bytes);
            }
        }
        content.resize(length, 0);
        content
    }
}

fn pick(choice: &mut impl Choose, alternatives: usize) -> usize {
    if alternatives == 1 { 0 } else { choice.choose(alternatives) }
}

/// A sector's content, zeros behind the end.
fn sector(content: &[u8], number: usize, sector_bytes: usize) -> Vec<u8> {
    let from = content.len().min(number * sector_bytes);
    let end = content.len().min(from + sector_bytes);
    let mut bytes = content[from..end].to_vec();
    bytes.resize(sector_bytes, 0);
    bytes
}

/// Puts a sector into a content, which may become longer than the file by less than a sector.
fn overwrite(content: &mut Vec<u8>, number: usize, bytes: &[u8], sector_bytes: usize) {
    event::write(content, bytes, (number * sector_bytes) as u64);
}
