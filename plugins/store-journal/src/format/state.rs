//! What the first frame of a segment repeats of what stood before, so that older segments can go.

use super::cursor::Cursor;

/// A shard and who has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardState {
    /// Its number.
    pub shard: u32,
    /// The last epoch that was granted.
    pub epoch: u64,
    /// To whom.
    pub node: String,
}

/// A segment that is there, and the number of the frame behind its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentEnd {
    /// The segment's number.
    pub segment: u32,
    /// Every frame of it has a lower number.
    pub end: u64,
}

/// What is to be known of the log before a segment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// All shards that were ever taken.
    pub shards: Vec<ShardState>,
    /// All segments that are needed, but the one that this stands in.
    pub segments: Vec<SegmentEnd>,
}

impl State {
    /// Behind its kind and padding: the counts, the shards, the segments.
    pub(super) fn encode(&self, buffer: &mut Vec<u8>) {
        buffer.extend(length(self.shards.len()));
        buffer.extend(length(self.segments.len()));
        for ShardState { shard, epoch, node } in &self.shards {
            buffer.extend(shard.to_le_bytes());
            buffer.extend(epoch.to_le_bytes());
            buffer.extend(length(node.len()));
            buffer.extend(node.as_bytes());
        }
        for SegmentEnd { segment, end } in &self.segments {
            buffer.extend(segment.to_le_bytes());
            buffer.extend(end.to_le_bytes());
        }
    }

    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Option<Self> {
        let (shards, segments) = (cursor.u32()?, cursor.u32()?);
        let shards = (0..shards).map(|_| {
            let (shard, epoch) = (cursor.u32()?, cursor.u64()?);
            Some(ShardState { shard, epoch, node: cursor.text()?.to_owned() })
        });
        let shards = shards.collect::<Option<_>>()?;
        let segments =
            (0..segments).map(|_| Some(SegmentEnd { segment: cursor.u32()?, end: cursor.u64()? }));
        Some(Self { shards, segments: segments.collect::<Option<_>>()? })
    }
}

/// Lengths are below 4 GiB by the limits of what is encoded.
pub(super) fn length(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes()
}
