//! `wasi:filesystem` and `wasi:sockets` without a file and without a network: there is no folder
//! that anything could be opened in, and every socket and every name is refused.
//!
//! What stands on a file or a socket can therefore not be called; it is a trap that names it.

use wasmtime::StoreContextMut;
use wasmtime::component::{LinkerInstance, Resource, ResourceType, Val};

use crate::host::State;
use crate::settings::Settings;

type Instance<'a, 'b> = &'a mut LinkerInstance<'b, State>;

/// An open file; there is none. The other types of this file are alike.
struct Descriptor;
struct DirectoryEntries;
struct Network;
struct Addresses;
struct TcpSocket;
struct UdpSocket;
struct IncomingDatagrams;
struct OutgoingDatagrams;

/// `wasi:filesystem/types`.
pub(super) fn files(add: Instance<'_, '_>, _: &Settings) -> wasmtime::Result<()> {
    add.resource("descriptor", ResourceType::host::<Descriptor>(), |_, _| Ok(()))?;
    let entries = ResourceType::host::<DirectoryEntries>();
    add.resource("directory-entry-stream", entries, |_, _| Ok(()))
}

/// `wasi:filesystem/preopens`.
pub(super) fn preopens(add: Instance<'_, '_>, _: &Settings) -> wasmtime::Result<()> {
    add.func_wrap("get-directories", |_: StoreContextMut<'_, State>, (): ()| {
        Ok((Vec::<(Resource<Descriptor>, String)>::new(),))
    })
}

/// `wasi:sockets/network`.
pub(super) fn network(add: Instance<'_, '_>, _: &Settings) -> wasmtime::Result<()> {
    add.resource("network", ResourceType::host::<Network>(), |_, _| Ok(()))
}

/// `wasi:sockets/instance-network`.
pub(super) fn instance_network(add: Instance<'_, '_>, _: &Settings) -> wasmtime::Result<()> {
    add.func_wrap("instance-network", |_: StoreContextMut<'_, State>, (): ()| {
        Ok((Resource::<Network>::new_own(0),))
    })
}

/// `wasi:sockets/ip-name-lookup`.
pub(super) fn ip_name_lookup(add: Instance<'_, '_>, _: &Settings) -> wasmtime::Result<()> {
    let addresses = ResourceType::host::<Addresses>();
    add.resource("resolve-address-stream", addresses, |_, _| Ok(()))?;
    refused(add, "resolve-addresses")
}

/// `wasi:sockets/tcp`.
pub(super) fn tcp(add: Instance<'_, '_>, _: &Settings) -> wasmtime::Result<()> {
    add.resource("tcp-socket", ResourceType::host::<TcpSocket>(), |_, _| Ok(()))
}

/// `wasi:sockets/tcp-create-socket`.
pub(super) fn tcp_create_socket(add: Instance<'_, '_>, _: &Settings) -> wasmtime::Result<()> {
    refused(add, "create-tcp-socket")
}

/// `wasi:sockets/udp`.
pub(super) fn udp(add: Instance<'_, '_>, _: &Settings) -> wasmtime::Result<()> {
    add.resource("udp-socket", ResourceType::host::<UdpSocket>(), |_, _| Ok(()))?;
    let incoming = ResourceType::host::<IncomingDatagrams>();
    add.resource("incoming-datagram-stream", incoming, |_, _| Ok(()))?;
    let outgoing = ResourceType::host::<OutgoingDatagrams>();
    add.resource("outgoing-datagram-stream", outgoing, |_, _| Ok(()))
}

/// `wasi:sockets/udp-create-socket`.
pub(super) fn udp_create_socket(add: Instance<'_, '_>, _: &Settings) -> wasmtime::Result<()> {
    refused(add, "create-udp-socket")
}

/// A function that answers the error code `access-denied`.
fn refused(add: Instance<'_, '_>, function: &str) -> wasmtime::Result<()> {
    add.func_new(function, |_, _, _, answers| {
        let code = Val::Enum("access-denied".to_owned());
        if let Some(answer) = answers.first_mut() {
            *answer = Val::Result(Err(Some(Box::new(code))));
        }
        Ok(())
    })
}
