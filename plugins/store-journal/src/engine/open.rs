//! Opening a journal: recovery, and the first segment of a new one.
//!
//! Invariant: before the first append everything that recovery found is durable, and nothing that
//! it cut can be found again.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::core::{Core, Present, Tail};
use super::group::Group;
use super::index::Index;
use super::salts::Salts;
use super::segment::{FIRST_FRAME, Segment, spare_name};
use super::survey::Survey;
use super::walk::{Cut, Visited, Walked, walk};
use super::{Journal, Options};
use crate::disk::{Disk, DiskFile};
use crate::error::JournalError;
use crate::format::SegmentHeader;
use crate::limits::PREPARE_STEP_BYTES;

/// What is worth a line in the log while a journal is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// A file of the directory is none of the journal's; it is left alone.
    Unknown {
        /// The file.
        path: String,
    },
    /// So much of the log is read.
    Progress {
        /// Segments that were read.
        segments: usize,
        /// Segments that there are.
        of: usize,
        /// Messages that are live so far.
        messages: usize,
    },
    /// The log ended in frames that were never durable; they are void.
    Cut(Cut),
}

impl<D: Disk, T> Journal<D, T> {
    /// Opens the journal of a directory, or makes one in an empty directory.
    ///
    /// # Errors
    /// A disk that fails, or a journal that is damaged; nothing was changed then.
    pub fn open(
        disk: D,
        options: Options,
        notify: &mut dyn FnMut(Notice),
    ) -> Result<Self, JournalError> {
        let mut survey = Survey::take(&disk)?;
        for name in &survey.unknown {
            notify(Notice::Unknown { path: disk.path(name) });
        }
        let mut index = Index::default();
        let walked = recover(&disk, &survey, &mut index, notify)?;
        if let Some(cut) = &walked.cut {
            notify(Notice::Cut(cut.clone()));
        }
        let mut salts = Salts::new(options.seed);
        let next_segment = survey.last_number().saturating_add(1);
        let ready = set_apart(&disk, &mut survey, &walked)?;
        let Some(tail) = tail_of(&survey, &walked) else {
            return Self::begin_new(disk, options, salts, survey, next_segment);
        };
        let journal = tail.segment.header.journal;
        sync_what_may_not_be(&survey, &walked)?;
        let written = (tail.segment.number(), tail.offset);
        let free_bytes = free_bytes(&disk)?;
        let mut core = Core {
            options,
            journal,
            index,
            present: presents(&survey, &walked),
            tail,
            ready,
            next_segment,
            salts: Salts::new(salts.next()),
            gathering: Group::default(),
            in_flight: None,
            written,
            written_end: walked.next_sequence,
            next_sequence: walked.next_sequence,
            next_position: walked.next_position,
            durable: walked.next_sequence,
            sealed: walked.next_sequence,
            unsynced: Vec::new(),
            stopped: None,
            free_bytes,
            freeing: None,
            full: None,
            lets_go: false,
        };
        if walked.cut.is_some() {
            // Never into the file with the void frames: one of them might follow a new one.
            core.roll(&disk);
        }
        Ok(Self::new(disk, core, survey.spares))
    }

    fn begin_new(
        disk: D,
        options: Options,
        mut salts: Salts,
        survey: Survey<D::File>,
        number: u32,
    ) -> Result<Self, JournalError> {
        let journal = salts.next();
        let (salt, segment_bytes) = (salts.next(), options.segment_bytes);
        let header = SegmentHeader { journal, number, salt, segment_bytes };
        let segment = Arc::new(Segment::planned(&disk, header));
        let mut spares = survey.spares;
        let spare = match spares.pop() {
            Some(spare) => spare,
            None => zeroed(&disk, number, segment_bytes)?,
        };
        segment.make(&disk, Some(spare))?;
        let free_bytes = free_bytes(&disk)?;
        let mut core = Core {
            options,
            journal,
            index: Index::default(),
            present: BTreeMap::new(),
            tail: Tail::new(Arc::clone(&segment), FIRST_FRAME),
            ready: None,
            next_segment: number + 1,
            salts,
            gathering: Group::default(),
            in_flight: None,
            written: (number, FIRST_FRAME),
            written_end: super::walk::FIRST_SEQUENCE,
            next_sequence: super::walk::FIRST_SEQUENCE,
            next_position: 0,
            durable: super::walk::FIRST_SEQUENCE,
            sealed: super::walk::FIRST_SEQUENCE,
            unsynced: Vec::new(),
            stopped: None,
            free_bytes,
            freeing: None,
            full: None,
            lets_go: false,
        };
        core.begin(segment);
        Ok(Self::new(disk, core, spares))
    }
}

fn free_bytes<D: Disk>(disk: &D) -> Result<u64, JournalError> {
    disk.free_bytes().map_err(JournalError::io(disk.path(""), "see the free space"))
}

/// Walks through the log into the index.
fn recover<D: Disk>(
    disk: &D,
    survey: &Survey<D::File>,
    index: &mut Index,
    notify: &mut dyn FnMut(Notice),
) -> Result<Walked, JournalError> {
    let mut last = None;
    let (mut segments, of) = (0, survey.segments.len());
    walk(disk, survey, &mut |visited| {
        let Visited { segment, offset, header, payload } = visited;
        let number = segment.number();
        if last.replace(number) != Some(number) {
            index.usages.add(number);
            notify(Notice::Progress { segments, of, messages: index.messages() });
            segments += 1;
        }
        index.recover(&header, payload, number, offset);
        Ok(())
    })
}

/// Makes spares of the segments that are none of the log, but for one that was made ahead.
fn set_apart<D: Disk>(
    disk: &D,
    survey: &mut Survey<D::File>,
    walked: &Walked,
) -> Result<Option<Arc<Segment<D::File>>>, JournalError> {
    let segments = std::mem::take(&mut survey.segments);
    let (log, mut others): (Vec<_>, Vec<_>) =
        segments.into_iter().partition(|s| walked.segments.contains_key(&s.number()));
    survey.segments = log;
    let last = walked.segments.last_key_value().map(|(number, _)| *number);
    let is_ready = walked.cut.is_none()
        && others.last().is_some_and(|other| last.is_some_and(|last| other.number() > last));
    let ready = if is_ready { others.pop() } else { None };
    // The last one first, each for good before the next: a later segment names the earlier ones,
    // and a cut in the midst of this must not leave it without them.
    for other in others.iter().rev() {
        let spare = spare_name(other.number());
        let renamed = disk.rename(&other.name, &spare);
        renamed.map_err(JournalError::io(other.path.clone(), "rename"))?;
        let io = JournalError::io(disk.path(""), "sync the directory");
        disk.sync_directory().map_err(io)?;
        survey.spares.push(spare);
    }
    Ok(ready)
}

fn tail_of<F>(survey: &Survey<F>, walked: &Walked) -> Option<Tail<F>> {
    let segment = survey.segments.last()?;
    let ended = walked.segments.get(&segment.header.number)?;
    Some(Tail::new(Arc::clone(segment), ended.end_offset))
}

fn presents<F>(survey: &Survey<F>, walked: &Walked) -> BTreeMap<u32, Present<F>> {
    let last = walked.segments.last_key_value().map(|(number, _)| *number);
    let presents = survey.segments.iter().filter_map(|segment| {
        let number = segment.header.number;
        let ended = walked.segments.get(&number)?;
        let end = (Some(number) != last).then_some(ended.end);
        let segment = Arc::clone(segment);
        Some((number, Present { segment, end, end_offset: ended.end_offset }))
    });
    presents.collect()
}

/// What was read may still be on its way to the disk: the process may have ended, not the system.
fn sync_what_may_not_be<F: DiskFile>(
    survey: &Survey<F>,
    walked: &Walked,
) -> Result<(), JournalError> {
    let is_sure = |ended: &super::walk::Ended| ended.end <= walked.durable;
    for segment in &survey.segments {
        if walked.segments.get(&segment.number()).is_some_and(is_sure) {
            continue;
        }
        let io = JournalError::io(segment.path.clone(), "sync");
        segment.file()?.sync_data().map_err(io)?;
    }
    Ok(())
}

/// Makes a file of zeros: writing into it later changes no length and no map of blocks, so that a
/// sync writes the data alone.
fn zeroed<D: Disk>(disk: &D, number: u32, bytes: u64) -> Result<String, JournalError> {
    let name = spare_name(number);
    let path = disk.path(&name);
    let io = |action| JournalError::io(path.clone(), action);
    let file = disk.create(&name).map_err(io("make the file"))?;
    let zeros = vec![0; PREPARE_STEP_BYTES.min(usize::try_from(bytes).unwrap_or(usize::MAX))];
    let mut filled = 0;
    while filled < bytes {
        let left = usize::try_from(bytes - filled).unwrap_or(usize::MAX);
        let piece = zeros.get(..left.min(zeros.len())).unwrap_or(&zeros);
        file.write_at(piece, filled).map_err(io("write"))?;
        filled += piece.len() as u64;
    }
    Ok(name)
}
