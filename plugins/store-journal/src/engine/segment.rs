//! A segment file that is open, and the names of files.

use std::sync::OnceLock;

use crate::disk::{Disk, DiskFile};
use crate::error::JournalError;
use crate::format::{SEGMENT_HEADER_BYTES, SegmentHeader};

/// A segment. Its file may come after its number: appends know their places before the disk does.
#[derive(Debug)]
pub(crate) struct Segment<F> {
    pub(crate) header: SegmentHeader,
    pub(crate) name: String,
    pub(crate) path: String,
    file: OnceLock<F>,
}

impl<F: DiskFile> Segment<F> {
    /// A segment without its file.
    pub(crate) fn planned<D: Disk<File = F>>(disk: &D, header: SegmentHeader) -> Self {
        let name = segment_name(header.number);
        Self { header, path: disk.path(&name), name, file: OnceLock::new() }
    }

    /// A segment whose file is there.
    pub(crate) fn found<D: Disk<File = F>>(disk: &D, header: SegmentHeader, file: F) -> Self {
        let segment = Self::planned(disk, header);
        let _ = segment.file.set(file);
        segment
    }

    pub(crate) fn number(&self) -> u32 {
        self.header.number
    }

    pub(crate) fn has_file(&self) -> bool {
        self.file.get().is_some()
    }

    /// Its file.
    ///
    /// # Errors
    /// There is none yet, which is a fault of the caller.
    pub(crate) fn file(&self) -> Result<&F, JournalError> {
        self.file
            .get()
            .ok_or(JournalError::Internal { what: "a segment is used before it is made" })
    }

    /// Makes a file into this segment: its first block is durable before it gets its name, and its
    /// name is before anything is written to it.
    ///
    /// # Errors
    /// A disk that is full or fails.
    pub(crate) fn make<D: Disk<File = F>>(
        &self,
        disk: &D,
        spare: Option<String>,
    ) -> Result<(), JournalError> {
        let (name, opened) = match spare {
            Some(spare) => (spare.clone(), disk.open(&spare)),
            None => {
                let name = spare_name(self.number());
                let created = disk.create(&name);
                (name, created)
            }
        };
        let path = disk.path(&name);
        let io = |action| JournalError::io(path.clone(), action);
        let file = opened.map_err(io("open the file"))?;
        if file.len().map_err(io("see the length"))? != self.header.segment_bytes {
            file.set_len(self.header.segment_bytes).map_err(io("set the length"))?;
        }
        file.write_at(&self.header.encode(), 0).map_err(io("write"))?;
        file.sync_data().map_err(io("sync"))?;
        disk.rename(&name, &self.name).map_err(io("rename"))?;
        disk.sync_directory().map_err(JournalError::io(disk.path(""), "sync the directory"))?;
        let _ = self.file.set(file);
        Ok(())
    }

    /// Reads bytes that are there.
    ///
    /// # Errors
    /// A file that fails or is shorter.
    pub(crate) fn read(&self, offset: u64, bytes: usize) -> Result<Vec<u8>, JournalError> {
        let mut buffer = vec![0; bytes];
        let read = self.file()?.read_at(&mut buffer, offset);
        let read = read.map_err(JournalError::io(self.path.clone(), "read"))?;
        if read < bytes {
            return Err(JournalError::Record { path: self.path.clone(), offset });
        }
        Ok(buffer)
    }
}

/// Where frames begin.
pub(crate) const FIRST_FRAME: u64 = SEGMENT_HEADER_BYTES;

const SEGMENT_ENDING: &str = ".segment";
const SPARE_ENDING: &str = ".spare";

/// What a file of the directory is by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    Segment(u32),
    Spare(String),
    Unknown(String),
}

impl Named {
    pub(crate) fn of(name: String) -> Self {
        match (number(&name, SEGMENT_ENDING), number(&name, SPARE_ENDING)) {
            (Some(number), _) if number > 0 => Self::Segment(number),
            (_, Some(_)) => Self::Spare(name),
            _ => Self::Unknown(name),
        }
    }
}

fn number(name: &str, ending: &str) -> Option<u32> {
    let digits = name.strip_suffix(ending)?;
    let is_number = digits.len() == 10 && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| digits.parse::<u32>().ok()).flatten()
}

/// The number in the name of a spare.
pub(crate) fn spare_number(name: &str) -> Option<u32> {
    number(name, SPARE_ENDING)
}

pub(crate) fn segment_name(number: u32) -> String {
    format!("{number:010}{SEGMENT_ENDING}")
}

pub(crate) fn spare_name(number: u32) -> String {
    format!("{number:010}{SPARE_ENDING}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_a_file_is() {
        assert_eq!(Named::of(segment_name(7)), Named::Segment(7));
        assert_eq!(Named::of(segment_name(u32::MAX)), Named::Segment(u32::MAX));
        assert_eq!(Named::of(spare_name(7)), Named::Spare("0000000007.spare".to_owned()));
        for name in ["", "7.segment", "9999999999.segment", "0000000000.segment", "lost+found"] {
            assert_eq!(Named::of(name.to_owned()), Named::Unknown(name.to_owned()));
        }
    }
}
