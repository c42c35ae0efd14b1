//! The store kind's table over [`Store`].

use std::ffi::c_void;

use super::call::{Answer, pending};
use super::factory::{command, create, destroy, factory_record, instance};
use super::reply::Reply;
use super::store_meta::{meta_compare_and_set, meta_get, meta_list, meta_remove, meta_watch};
use super::store_record::{operations, send_record};
use super::stored_entries::entries;
use crate::abi::layout::{read_versioned, write_versioned};
use crate::abi::status;
use crate::abi::types::number;
use crate::abi::types::{
    PhAcquired, PhAppendOutcome, PhCapabilities, PhFactory, PhOperation, PhReplay, PhReply,
    PhSlice, PhStoreVtable,
};
use crate::completion::Completion;
use crate::factory::{Factory, Kind};
use crate::store::{
    Acquired, AppendOutcome, Epoch, Operation, Position, QueueRecord, Shard, Store,
};

/// The record of a store.
pub const fn store_factory<T: Factory + Store>() -> PhFactory {
    factory_record::<T, _>(Kind::Store, Table::<T>::VTABLE)
}

struct Table<T>(std::marker::PhantomData<T>);

impl<T: Factory + Store> Table<T> {
    const VTABLE: &'static PhStoreVtable = &PhStoreVtable {
        size: size_of::<PhStoreVtable>(),
        create: Some(create::<T>),
        destroy: Some(destroy::<T>),
        command: Some(command::<T>),
        capabilities: Some(capabilities::<T>),
        acquire: Some(acquire::<T>),
        append: Some(append::<T>),
        replay: Some(replay::<T>),
        read: Some(read::<T>),
        purge: Some(purge::<T>),
        statistics: Some(statistics::<T>),
        meta_get: Some(meta_get::<T>),
        meta_compare_and_set: Some(meta_compare_and_set::<T>),
        inspect: Some(inspect::<T>),
        meta_list: Some(meta_list::<T>),
        meta_watch: Some(meta_watch::<T>),
        meta_remove: Some(meta_remove::<T>),
        append_here: Some(append_here::<T>),
        entries: Some(entries::<T>),
        append_lazily: Some(append_lazily::<T>),
    };
}

unsafe extern "C" fn capabilities<T: Store>(
    store: *mut c_void,
    out: *mut PhCapabilities,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    unsafe { Reply::new(reply) }.guard_unit(|| {
        // SAFETY: an instance of `T` that is not destroyed.
        let store = unsafe { instance::<T>(store) };
        let can = store.capabilities();
        let can = PhCapabilities {
            size: size_of::<PhCapabilities>(),
            batch_operations_max: can.batch_operations_max,
            batch_bytes_max: can.batch_bytes_max,
            body_bytes_max: can.body_bytes_max,
            is_atomic_over_shard: can.is_atomic_over_shard.into(),
            is_durable_on_ack: can.is_durable_on_ack.into(),
            offers: store.offers().bits(),
        };
        // SAFETY: the host's place for the answer, alive for the call, not shared.
        unsafe { write_versioned(out, &can) };
        Ok(())
    })
}

unsafe extern "C" fn acquire<T: Store>(
    store: *mut c_void,
    shard: u32,
    node: PhSlice,
    token: u64,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    let reply = unsafe { Reply::new(reply) };
    // SAFETY: UTF-8 of the host, alive for the call.
    let node = unsafe { node.host_text() };
    // SAFETY: an instance of `T` that is not destroyed.
    let store = unsafe { instance::<T>(store) };
    pending(reply, token, |done| store.acquire(Shard(shard), node, done))
}

unsafe extern "C" fn append<T: Store>(
    store: *mut c_void,
    shard: u32,
    epoch: u64,
    batch: *const PhOperation,
    count: usize,
    stride: usize,
    token: u64,
    reply: *const PhReply,
) -> i32 {
    let to = (Shard(shard), Epoch(epoch));
    // SAFETY: the host's call, as it came.
    unsafe { append_by(T::append, store, to, (batch, count, stride), token, reply) }
}

unsafe extern "C" fn append_here<T: Store>(
    store: *mut c_void,
    shard: u32,
    epoch: u64,
    batch: *const PhOperation,
    count: usize,
    stride: usize,
    token: u64,
    reply: *const PhReply,
) -> i32 {
    let to = (Shard(shard), Epoch(epoch));
    // SAFETY: the host's call, as it came.
    unsafe { append_by(T::append_here, store, to, (batch, count, stride), token, reply) }
}

unsafe extern "C" fn append_lazily<T: Store>(
    store: *mut c_void,
    shard: u32,
    epoch: u64,
    batch: *const PhOperation,
    count: usize,
    stride: usize,
    token: u64,
    reply: *const PhReply,
) -> i32 {
    let to = (Shard(shard), Epoch(epoch));
    // SAFETY: the host's call, as it came.
    unsafe { append_by(T::append_lazily, store, to, (batch, count, stride), token, reply) }
}

/// An entry that keeps a batch.
type Append<T> = fn(&T, Shard, Epoch, &[Operation<'_>], Completion<AppendOutcome>);

/// # Safety
/// `store` is an instance of `T` that is not destroyed; the operations, so many and so many bytes
/// apart, and the reply are the host's, alive for the call.
unsafe fn append_by<T: Store>(
    append: Append<T>,
    store: *mut c_void,
    (shard, epoch): (Shard, Epoch),
    (batch, count, stride): (*const PhOperation, usize, usize),
    token: u64,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the caller's promise.
    let reply = unsafe { Reply::new(reply) };
    reply.guard(|| {
        // SAFETY: the caller's promise.
        let batch = unsafe { operations(batch, count, stride) }?;
        // SAFETY: the caller's promise.
        let store = unsafe { instance::<T>(store) };
        Ok(pending(reply, token, |done| append(store, shard, epoch, &batch, done)))
    })
}

unsafe extern "C" fn replay<T: Store>(
    store: *mut c_void,
    shard: u32,
    replay: *const PhReplay,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    unsafe { Reply::new(reply) }.guard_unit(|| {
        // SAFETY: the host's wish, alive for the call.
        let raw = unsafe { read_versioned(replay) };
        // SAFETY: an instance of `T` that is not destroyed.
        let store = unsafe { instance::<T>(store) };
        store.replay(
            Shard(shard),
            Position(raw.from),
            Position(raw.until),
            raw.with_bodies != 0,
            &mut |replayed| send_record(&raw, &replayed),
        )
    })
}

unsafe extern "C" fn read<T: Store>(
    store: *mut c_void,
    shard: u32,
    queue: u64,
    id: u64,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    let reply = unsafe { Reply::new(reply) };
    reply.guard(|| {
        // SAFETY: an instance of `T` that is not destroyed.
        let store = unsafe { instance::<T>(store) };
        let Some(body) = store.read(Shard(shard), QueueRecord { queue, id })? else {
            return Ok(status::ABSENT);
        };
        reply.result(&body);
        Ok(status::OK)
    })
}

unsafe extern "C" fn purge<T: Store>(
    store: *mut c_void,
    shard: u32,
    epoch: u64,
    queue: u64,
    token: u64,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    let reply = unsafe { Reply::new(reply) };
    // SAFETY: an instance of `T` that is not destroyed.
    let store = unsafe { instance::<T>(store) };
    pending(reply, token, |done| store.purge(Shard(shard), Epoch(epoch), queue, done))
}

unsafe extern "C" fn statistics<T: Store>(
    store: *mut c_void,
    shard: u32,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    unsafe { Reply::new(reply) }.guard_text(|| {
        // SAFETY: an instance of `T` that is not destroyed.
        unsafe { instance::<T>(store) }.statistics(Shard(shard))
    })
}

unsafe extern "C" fn inspect<T: Store>(store: *mut c_void, reply: *const PhReply) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    unsafe { Reply::new(reply) }.guard_text(|| {
        // SAFETY: an instance of `T` that is not destroyed.
        unsafe { instance::<T>(store) }.inspect()
    })
}

impl Answer for Acquired {
    fn send(&self, send: &mut dyn FnMut(i32, PhSlice)) {
        let raw =
            PhAcquired { size: size_of::<PhAcquired>(), epoch: self.epoch.0, fence: self.fence.0 };
        send(status::OK, PhSlice::over(&raw));
    }
}

impl Answer for AppendOutcome {
    fn send(&self, send: &mut dyn FnMut(i32, PhSlice)) {
        let (outcome, position) = match *self {
            AppendOutcome::Done(position) => (number::APPEND_DONE, position.0),
            AppendOutcome::Fenced => (number::APPEND_FENCED, 0),
            AppendOutcome::Full => (number::APPEND_FULL, 0),
            AppendOutcome::Unknown => (number::APPEND_UNKNOWN, 0),
        };
        let size = size_of::<PhAppendOutcome>();
        let raw = PhAppendOutcome { size, outcome, reserved: 0, position };
        send(status::OK, PhSlice::over(&raw));
    }
}
