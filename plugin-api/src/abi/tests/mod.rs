//! The structs here, the structs of the header, and the snapshot of both are one.

mod constants;
mod header;
mod layout;

use super::layout::{Field, Layout};
use super::types::{
    PhAccess, PhAcquired, PhAppendOutcome, PhAuthVtable, PhAuthorization, PhBinding, PhBound,
    PhCapabilities, PhCommand, PhCompiled, PhContext, PhEntries, PhExchangeVtable, PhFactory,
    PhFilterVtable, PhHost, PhLimits, PhMatches, PhMetaEntry, PhMetaList, PhOperation, PhPeer,
    PhPlugin, PhRecord, PhReplay, PhReply, PhRevision, PhSaslOutcome, PhSlice, PhStoreVtable,
    PhStoredEntry, PhValue, PhVerdict, PhVtable,
};
use crate::store::QueueRecord;

/// A struct's C name, size and fields.
struct Struct {
    name: &'static str,
    bytes: usize,
    fields: &'static [Field],
}

fn of<T: Layout>() -> Struct {
    Struct { name: T::C_NAME, bytes: size_of::<T>(), fields: T::FIELDS }
}

/// Every struct of the header, in its order.
fn structs() -> Vec<Struct> {
    vec![
        of::<PhSlice>(),
        of::<PhValue>(),
        of::<PhHost>(),
        of::<PhReply>(),
        of::<PhContext>(),
        of::<PhCommand>(),
        of::<PhVtable>(),
        of::<PhBinding>(),
        of::<PhBound>(),
        of::<PhMatches>(),
        of::<PhExchangeVtable>(),
        of::<PhCompiled>(),
        of::<PhVerdict>(),
        of::<PhFilterVtable>(),
        of::<PhPeer>(),
        of::<PhSaslOutcome>(),
        of::<PhAccess>(),
        of::<PhAuthorization>(),
        of::<PhLimits>(),
        of::<PhAuthVtable>(),
        of::<QueueRecord>(),
        of::<PhCapabilities>(),
        of::<PhAcquired>(),
        of::<PhOperation>(),
        of::<PhAppendOutcome>(),
        of::<PhRecord>(),
        of::<PhReplay>(),
        of::<PhRevision>(),
        of::<PhMetaEntry>(),
        of::<PhMetaList>(),
        of::<PhStoredEntry>(),
        of::<PhEntries>(),
        of::<PhStoreVtable>(),
        of::<PhFactory>(),
        of::<PhPlugin>(),
    ]
}

/// Name and size of each struct, and offset and width of each field, one a line.
fn layout() -> String {
    let mut text = String::new();
    for Struct { name, bytes, fields } in structs() {
        text += &format!("{name} {bytes}\n");
        for Field { name: field, offset, bytes } in fields {
            text += &format!("{name}.{field} {offset} {bytes}\n");
        }
    }
    text
}
