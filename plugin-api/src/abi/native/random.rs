//! The system's random bytes: a library of the broker's needs none of the host's.

use std::fs::File;
use std::io::Read;
use std::sync::OnceLock;

use crate::error::{Error, Result};

/// What every system that libraries are for has them in; reading it waits for nothing.
const DEVICE: &str = "/dev/urandom";

/// Fills all of it.
pub(crate) fn random(bytes: &mut [u8]) -> Result<()> {
    static OPENED: OnceLock<File> = OnceLock::new();
    let failed = |error| Error::internal(format!("no random bytes from {DEVICE}: {error}"));
    let mut device = match OPENED.get() {
        Some(device) => device,
        None => {
            let device = File::open(DEVICE).map_err(failed)?;
            OPENED.get_or_init(|| device)
        }
    };
    device.read_exact(bytes).map_err(failed)
}
