//! What the service manager is told: a datagram of `NAME=VALUE` lines to the socket that it named
//! in `NOTIFY_SOCKET`, as sd_notify(3) documents it. Here, because the crate for it knows no
//! abstract addresses, which some managers name.
//!
//! Invariant: a manager that does not listen harms nobody, and nobody waits for it.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::Arc;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tracing::debug;

/// The way to the service manager; there may be none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notifier {
    socket: Option<Arc<UnixDatagram>>,
    watchdog: Option<Duration>,
}

impl Notifier {
    /// As the process's environment says.
    pub(crate) fn from_environment(environment: &[(OsString, OsString)]) -> Self {
        let find = |name: &str| {
            environment.iter().find(|(have, _)| have == name).map(|(_, value)| value.as_os_str())
        };
        let socket = find("NOTIFY_SOCKET").and_then(|address| {
            let connected = connect(address);
            connected.inspect_err(|error| debug!("{}: {error}", address.display())).ok()
        });
        let number = |name: &str| find(name)?.to_str()?.parse::<u64>().ok();
        let is_ours = number("WATCHDOG_PID").is_none_or(|pid| pid == u64::from(std::process::id()));
        let watchdog = number("WATCHDOG_USEC").filter(|us| is_ours && *us > 0);
        Self { socket: socket.map(Arc::new), watchdog: watchdog.map(Duration::from_micros) }
    }

    /// The broker serves, after its start or a reload.
    pub(crate) fn ready(&self, status: &str) {
        self.tell(&format!("READY=1\nSTATUS={status}\n"));
    }

    /// The broker reads its configuration again.
    pub(crate) fn reloading(&self) {
        let now = clock_gettime(ClockId::Monotonic);
        let now_us = i128::from(now.tv_sec) * 1_000_000 + i128::from(now.tv_nsec) / 1_000;
        self.tell(&format!("RELOADING=1\nMONOTONIC_USEC={now_us}\n"));
    }

    /// The broker ends.
    pub(crate) fn stopping(&self, status: &str) {
        self.tell(&format!("STOPPING=1\nSTATUS={status}\n"));
    }

    /// Tells a watchdog that the runtime takes turns, twice as often as it wants to hear; returns
    /// at once where there is none.
    pub(crate) async fn keep_alive(self) {
        let Some(watchdog) = self.watchdog else { return };
        let mut ticks = tokio::time::interval(watchdog / 2);
        loop {
            ticks.tick().await;
            self.tell("WATCHDOG=1\n");
        }
    }

    fn tell(&self, state: &str) {
        if let Some(Err(error)) = self.socket.as_ref().map(|socket| socket.send(state.as_bytes())) {
            debug!("the service manager was not told {state:?}: {error}");
        }
    }
}

/// A path, or behind `@` a name of Linux's abstract addresses.
fn connect(address: &OsStr) -> io::Result<UnixDatagram> {
    let bytes = address.as_bytes();
    let address = match bytes.strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(address)?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    socket.connect_addr(&address)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
        pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
    }

    fn heard(manager: &UnixDatagram) -> String {
        let mut bytes = [0; 1_024];
        let count = manager.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..count].to_vec()).unwrap()
    }

    #[test]
    fn a_manager_at_a_path_hears_what_happens() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let manager = UnixDatagram::bind(&path).unwrap();
        let notifier =
            Notifier::from_environment(&environment(&[("NOTIFY_SOCKET", path.to_str().unwrap())]));
        notifier.ready("listening on port 1");
        assert_eq!(heard(&manager), "READY=1\nSTATUS=listening on port 1\n");
        notifier.reloading();
        let reloading = heard(&manager);
        let at_us = reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap();
        assert!(at_us.trim().parse::<u64>().unwrap() > 0, "{reloading}");
        notifier.stopping("draining");
        assert_eq!(heard(&manager), "STOPPING=1\nSTATUS=draining\n");
    }

    #[test]
    fn a_manager_at_an_abstract_address_hears_as_well() {
        let name = format!("philter-test-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let manager = UnixDatagram::bind_addr(&address).unwrap();
        let at = format!("@{name}");
        Notifier::from_environment(&environment(&[("NOTIFY_SOCKET", &at)])).ready("up");
        assert_eq!(heard(&manager), "READY=1\nSTATUS=up\n");
    }

    #[tokio::test(start_paused = true)]
    async fn a_watchdog_hears_twice_as_often_as_it_wants_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let manager = UnixDatagram::bind(&path).unwrap();
        manager.set_nonblocking(true).unwrap();
        let variables =
            environment(&[("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "2000000")]);
        let ticking = Notifier::from_environment(&variables).keep_alive();
        let ended = tokio::time::timeout(Duration::from_millis(3_500), ticking).await;
        assert!(ended.is_err(), "it ticks for as long as the broker lives");
        let count = std::iter::from_fn(|| manager.recv(&mut [0; 64]).ok()).count();
        assert_eq!(count, 4, "at once, and after each second");
    }

    #[test]
    fn a_watchdog_of_another_process_is_none() {
        let variables = environment(&[("WATCHDOG_USEC", "2000000"), ("WATCHDOG_PID", "1")]);
        assert_eq!(Notifier::from_environment(&variables).watchdog, None);
    }

    #[test]
    fn nobody_is_told_where_nobody_listens() {
        let variables = environment(&[("NOTIFY_SOCKET", "/nowhere/at/all")]);
        Notifier::from_environment(&variables).ready("up");
        Notifier::default().stopping("down");
    }
}
