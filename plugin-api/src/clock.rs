//! The time of day, for both carriers: a component has no clock but the host's.

/// Milliseconds since 1970. In a component `std::time` panics; this asks the host.
pub fn now_ms() -> u64 {
    crate::abi::now_ms()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_time_is_that_of_the_system() {
        let system = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis();
        let ours = u128::from(super::now_ms());
        assert!(ours >= system && ours < system + 3_600_000, "{ours} ms, {system} ms");
    }
}
