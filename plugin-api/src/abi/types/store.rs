//! The store kind.

use std::ffi::c_void;

use super::{CommandFn, CreateFn, DestroyFn, PhReply, PhSlice};
use crate::abi::layout::{Field, Layout, abi_struct};
use crate::store::QueueRecord;

impl Layout for QueueRecord {
    const C_NAME: &'static str = "ph_queue_record";
    const FIELDS: &'static [Field] = &[
        Field { name: "queue", offset: std::mem::offset_of!(QueueRecord, queue), bytes: 8 },
        Field { name: "id", offset: std::mem::offset_of!(QueueRecord, id), bytes: 8 },
    ];
}

abi_struct! {
    /// `ph_capabilities`: what a store can do and how much at once.
    versioned struct PhCapabilities = "ph_capabilities" {
        /// Size of this struct.
        size: usize,
        /// Operations in one append.
        batch_operations_max: u64,
        /// Bytes in one append.
        batch_bytes_max: u64,
        /// Bytes of one body.
        body_bytes_max: u64,
        /// 1 where an append is atomic over all the shard's queues.
        is_atomic_over_shard: u32,
        /// 1 where what was acknowledged outlives the process.
        is_durable_on_ack: u32,
        /// A set of [`crate::store::Offers`].
        offers: u64,
    }
}

abi_struct! {
    /// `ph_acquired`: what `acquire` grants; the result is this struct.
    versioned struct PhAcquired = "ph_acquired" {
        /// Size of this struct.
        size: usize,
        /// The right to append.
        epoch: u64,
        /// Everything before was written under earlier epochs.
        fence: u64,
    }
}

abi_struct! {
    /// `ph_operation`: one operation of an append, borrowed for the call.
    versioned struct PhOperation = "ph_operation" {
        /// Size of this struct.
        size: usize,
        /// 1 put, 2 delete, 3 meta, 4 mark.
        operation: u32,
        /// Mark: how many times it was handed out.
        delivery_count: u32,
        /// Put: the message's number.
        message: u64,
        /// Put: the encoded header.
        header: PhSlice,
        /// Put: the body; NULL in a replay without bodies.
        body: PhSlice,
        /// Put: where it goes. Delete, mark: the one entry.
        records: *const QueueRecord,
        /// How many.
        record_count: usize,
        /// Meta: the key.
        key: PhSlice,
        /// Meta: the value; empty removes it.
        value: PhSlice,
    }
}

abi_struct! {
    /// `ph_append_outcome`: how an append ended; the result is this struct.
    versioned struct PhAppendOutcome = "ph_append_outcome" {
        /// Size of this struct.
        size: usize,
        /// 1 done, 2 fenced, 3 full, 4 unknown.
        outcome: u32,
        /// Zero.
        reserved: u32,
        /// Done: up to where.
        position: u64,
    }
}

abi_struct! {
    /// `ph_record`: a record of a replay, borrowed for the visit.
    versioned struct PhRecord = "ph_record" {
        /// Size of this struct.
        size: usize,
        /// Where it stands.
        position: u64,
        /// What it says.
        operation: *const PhOperation,
    }
}

abi_struct! {
    /// `ph_replay`: which records are wanted, and where they go.
    versioned struct PhReplay = "ph_replay" {
        /// Size of this struct.
        size: usize,
        /// From this position.
        from: u64,
        /// Up to this position.
        until: u64,
        /// 1 for bodies as well.
        with_bodies: u32,
        /// Zero.
        reserved: u32,
        /// Handed back to `visit`.
        ctx: *mut c_void,
        /// Takes a record; 0 ends the replay.
        visit: Option<unsafe extern "C" fn(*mut c_void, *const PhRecord) -> i32>,
    }
}

abi_struct! {
    /// `ph_revision`: a key's revision; the result of a compare-and-set is this struct.
    versioned struct PhRevision = "ph_revision" {
        /// Size of this struct.
        size: usize,
        /// The revision.
        revision: u64,
    }
}

abi_struct! {
    /// `ph_meta_entry`: a key of the meta data, borrowed for the visit.
    versioned struct PhMetaEntry = "ph_meta_entry" {
        /// Size of this struct.
        size: usize,
        /// The key.
        key: PhSlice,
        /// Its revision.
        revision: u64,
        /// Its value.
        value: PhSlice,
    }
}

abi_struct! {
    /// `ph_meta_list`: where the keys of a list go.
    versioned struct PhMetaList = "ph_meta_list" {
        /// Size of this struct.
        size: usize,
        /// Handed back to `visit`.
        ctx: *mut c_void,
        /// Takes a key; 0 ends the list.
        visit: Option<unsafe extern "C" fn(*mut c_void, *const PhMetaEntry) -> i32>,
    }
}

abi_struct! {
    /// `ph_stored_entry`: an entry with its message, borrowed for the visit.
    versioned struct PhStoredEntry = "ph_stored_entry" {
        /// Size of this struct.
        size: usize,
        /// The entry's id.
        id: u64,
        /// Its message's encoded header.
        header: PhSlice,
        /// Its message's body.
        body: PhSlice,
    }
}

abi_struct! {
    /// `ph_entries`: which entries are wanted, and where they go.
    versioned struct PhEntries = "ph_entries" {
        /// Size of this struct.
        size: usize,
        /// Of this queue.
        queue: u64,
        /// From this id.
        from: u64,
        /// Up to this id.
        until: u64,
        /// Handed back to `visit`.
        ctx: *mut c_void,
        /// Takes an entry; 0 ends the call.
        visit: Option<unsafe extern "C" fn(*mut c_void, *const PhStoredEntry) -> i32>,
    }
}

abi_struct! {
    /// `ph_store_vtable`.
    versioned struct PhStoreVtable = "ph_store_vtable" {
        /// Size of this struct.
        size: usize,
        /// Makes an instance.
        create: Option<CreateFn>,
        /// Ends an instance.
        destroy: Option<DestroyFn>,
        /// Optional.
        command: Option<CommandFn>,
        /// What it can do.
        capabilities: Option<
            unsafe extern "C" fn(*mut c_void, *mut PhCapabilities, *const PhReply) -> i32,
        >,
        /// Takes a shard: instance, shard, node, token, reply.
        acquire: Option<AcquireFn>,
        /// Keeps a batch.
        append: Option<AppendFn>,
        /// Hands over records: instance, shard, which and where to, reply.
        replay: Option<ReplayFn>,
        /// The body of an entry: instance, shard, queue, id, reply.
        read: Option<unsafe extern "C" fn(*mut c_void, u32, u64, u64, *const PhReply) -> i32>,
        /// Settles every entry of a queue: instance, shard, epoch, queue, token, reply.
        purge: Option<unsafe extern "C" fn(*mut c_void, u32, u64, u64, u64, *const PhReply) -> i32>,
        /// Counters of a shard as JSON.
        statistics: Option<unsafe extern "C" fn(*mut c_void, u32, *const PhReply) -> i32>,
        /// A key of the meta data.
        meta_get: Option<
            unsafe extern "C" fn(*mut c_void, PhSlice, *mut PhRevision, *const PhReply) -> i32,
        >,
        /// Sets a key: instance, key, expected revision, value, token, reply.
        meta_compare_and_set: Option<
            unsafe extern "C" fn(*mut c_void, PhSlice, u64, PhSlice, u64, *const PhReply) -> i32,
        >,
        /// Optional: counters.
        inspect: Option<unsafe extern "C" fn(*mut c_void, *const PhReply) -> i32>,
        /// Optional: keys by prefix.
        meta_list: Option<MetaListFn>,
        /// Optional: from now on tells of changes under a prefix.
        meta_watch: Option<unsafe extern "C" fn(*mut c_void, PhSlice, *const PhReply) -> i32>,
        /// Optional: removes a key: instance, key, expected revision, token, reply.
        meta_remove: Option<MetaRemoveFn>,
        /// Optional: keeps a batch, perhaps on the caller's thread.
        append_here: Option<AppendFn>,
        /// Optional: entries by ids in a row: instance, shard, which and where to, reply.
        entries: Option<EntriesFn>,
        /// Optional: keeps a batch that nobody waits for.
        append_lazily: Option<AppendFn>,
    }
}

/// `meta_list`: instance, prefix, where to, reply.
pub type MetaListFn =
    unsafe extern "C" fn(*mut c_void, PhSlice, *const PhMetaList, *const PhReply) -> i32;

/// `meta_remove`: instance, key, expected revision, token, reply.
pub type MetaRemoveFn = unsafe extern "C" fn(*mut c_void, PhSlice, u64, u64, *const PhReply) -> i32;

/// `entries`: instance, shard, which and where to, reply.
pub type EntriesFn =
    unsafe extern "C" fn(*mut c_void, u32, *const PhEntries, *const PhReply) -> i32;

/// `acquire`: instance, shard, node, token, reply.
pub type AcquireFn = unsafe extern "C" fn(*mut c_void, u32, PhSlice, u64, *const PhReply) -> i32;

/// `replay`: instance, shard, which and where to, reply.
pub type ReplayFn = unsafe extern "C" fn(*mut c_void, u32, *const PhReplay, *const PhReply) -> i32;

/// `append`: instance, shard, epoch, operations, their number, bytes from one to the next, token,
/// reply.
pub type AppendFn = unsafe extern "C" fn(
    *mut c_void,
    u32,
    u64,
    *const PhOperation,
    usize,
    usize,
    u64,
    *const PhReply,
) -> i32;
