//! Listening sockets: one a configured interface, all on the same port.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;
use tracing::debug;

/// A socket that could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}")]
pub(crate) struct ListenError {
    address: SocketAddr,
    source: std::io::Error,
}

/// Opens a socket for each interface; none means every address of this machine. Port 0 lets the
/// kernel choose one, and the others follow the first. The kernel keeps `backlog` connections a
/// socket waiting before they are accepted.
///
/// # Errors
/// An address that is in use, not of this machine, or not permitted.
pub(crate) fn listen(
    interfaces: &[IpAddr],
    port: u16,
    backlog: i32,
) -> Result<Vec<TcpListener>, ListenError> {
    if interfaces.is_empty() {
        return listen_everywhere(port, backlog);
    }
    let mut listeners = Vec::with_capacity(interfaces.len());
    let mut port = port;
    for interface in interfaces {
        let listener = open(SocketAddr::new(*interface, port), backlog)?;
        port = port_of(&listener, port);
        listeners.push(listener);
    }
    Ok(listeners)
}

/// Both families; a machine without IPv6 listens on IPv4 alone.
fn listen_everywhere(port: u16, backlog: i32) -> Result<Vec<TcpListener>, ListenError> {
    let v4 = open(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port), backlog)?;
    let port = port_of(&v4, port);
    let mut listeners = vec![v4];
    match open(SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), port), backlog) {
        Ok(v6) => listeners.push(v6),
        Err(error) => debug!("no IPv6: {error}"),
    }
    Ok(listeners)
}

fn port_of(listener: &TcpListener, otherwise: u16) -> u16 {
    listener.local_addr().map_or(otherwise, |address| address.port())
}

fn open(address: SocketAddr, backlog: i32) -> Result<TcpListener, ListenError> {
    let socket = || -> std::io::Result<TcpListener> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(backlog)?;
        TcpListener::from_std(socket.into())
    };
    socket().map_err(|source| ListenError { address, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn port_zero_is_the_same_on_every_interface() {
        let loopback = IpAddr::from(Ipv4Addr::LOCALHOST);
        let other = IpAddr::from(Ipv4Addr::new(127, 0, 0, 2));
        let listeners = listen(&[loopback, other], 0, 8).unwrap();
        let ports: Vec<u16> = listeners.iter().map(|l| l.local_addr().unwrap().port()).collect();
        assert_ne!(ports[0], 0);
        assert_eq!(ports[0], ports[1]);
    }

    #[tokio::test]
    async fn an_address_in_use_is_named() {
        let loopback = IpAddr::from(Ipv4Addr::LOCALHOST);
        let first = listen(&[loopback], 0, 8).unwrap();
        let port = first[0].local_addr().unwrap().port();
        let error = listen(&[loopback], port, 8).unwrap_err();
        assert!(error.to_string().contains(&format!("127.0.0.1:{port}")), "{error}");
    }
}
