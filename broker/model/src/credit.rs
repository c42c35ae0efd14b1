//! A subscription's credit: how much the peer is ready to take (0-10, class message: set-flow-mode,
//! flow, stop, flush).
//!
//! Messages and bytes count down apart; either at zero stops deliveries. In window mode a completed
//! transfer gives its credit back, up to what was granted.

/// The value that means no limit.
pub const INFINITE: u32 = u32::MAX;

/// How credit comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowMode {
    /// It does not; each flow adds.
    Credit,
    /// With each completed transfer.
    Window,
}

/// What a flow command counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Messages.
    Message,
    /// Bytes of header and body.
    Byte,
}

#[derive(Clone, Copy, Debug, Default)]
struct Balance {
    granted: u32,
    used: u32,
}

impl Balance {
    fn left(self) -> u32 {
        if self.granted == INFINITE { INFINITE } else { self.granted.saturating_sub(self.used) }
    }

    fn take(&mut self, count: u32, mode: FlowMode) {
        match (self.granted, mode) {
            (INFINITE, _) => {}
            (_, FlowMode::Credit) => self.granted = self.granted.saturating_sub(count),
            (_, FlowMode::Window) => self.used = self.used.saturating_add(count),
        }
    }

    fn grant(&mut self, value: u32) {
        self.granted = match (self.granted, value) {
            (INFINITE, _) | (_, INFINITE) => INFINITE,
            (granted, value) => granted.saturating_add(value).min(INFINITE - 1),
        };
    }

    fn give_back(&mut self, count: u32) {
        self.used = self.used.saturating_sub(count);
    }
}

/// The credit of one subscription.
#[derive(Clone, Copy, Debug)]
pub struct Credit {
    mode: FlowMode,
    messages: Balance,
    bytes: Balance,
}

impl Default for Credit {
    /// None, in window mode, as Qpid's brokers begin.
    fn default() -> Self {
        let none = Balance::default();
        Self { mode: FlowMode::Window, messages: none, bytes: none }
    }
}

impl Credit {
    /// Chooses the mode; what was granted is taken away.
    pub fn set_mode(&mut self, mode: FlowMode) {
        *self = Self { mode, ..Self::default() };
    }

    /// The mode.
    pub fn mode(&self) -> FlowMode {
        self.mode
    }

    /// Grants credit.
    pub fn grant(&mut self, unit: Unit, value: u32) {
        match unit {
            Unit::Message => self.messages.grant(value),
            Unit::Byte => self.bytes.grant(value),
        }
    }

    /// Takes all credit away. In window mode what is under way no longer counts.
    pub fn stop(&mut self) {
        self.messages = Balance::default();
        self.bytes = Balance::default();
    }

    /// Messages that may be sent now.
    pub fn messages_left(&self) -> u32 {
        self.messages.left()
    }

    /// Bytes that may be sent now; `u64::MAX` where there is no limit.
    pub fn bytes_left(&self) -> u64 {
        match self.bytes.left() {
            INFINITE => u64::MAX,
            left => u64::from(left),
        }
    }

    /// Whether a message may be sent, if it is small enough.
    pub fn is_open(&self) -> bool {
        self.messages_left() > 0 && self.bytes_left() > 0
    }

    /// A message of this size was sent.
    pub fn take(&mut self, bytes: u64) {
        let bytes = u32::try_from(bytes).unwrap_or(INFINITE - 1);
        self.messages.take(1, self.mode);
        self.bytes.take(bytes, self.mode);
    }

    /// A transfer of this size was completed by the peer: in window mode its credit comes back.
    pub fn complete(&mut self, bytes: u64) {
        if self.mode == FlowMode::Window {
            self.messages.give_back(1);
            self.bytes.give_back(u32::try_from(bytes).unwrap_or(INFINITE - 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(mode: FlowMode, messages: u32, bytes: u32) -> Credit {
        let mut credit = Credit::default();
        credit.set_mode(mode);
        credit.grant(Unit::Message, messages);
        credit.grant(Unit::Byte, bytes);
        credit
    }

    #[test]
    fn either_unit_at_zero_stops() {
        let mut credit = granted(FlowMode::Credit, 2, 10);
        credit.take(4);
        assert!(credit.is_open());
        credit.take(6);
        assert!(!credit.is_open());
        assert!(!granted(FlowMode::Credit, 5, 0).is_open());
    }

    #[test]
    fn credit_adds_up_and_infinite_stays() {
        let mut credit = granted(FlowMode::Credit, 1, INFINITE);
        credit.grant(Unit::Message, 2);
        for _ in 0..3 {
            assert!(credit.is_open());
            credit.take(1 << 33);
        }
        assert!(!credit.is_open());
        assert_eq!(credit.bytes_left(), u64::MAX);
    }

    #[test]
    fn a_window_moves_with_completion() {
        let mut credit = granted(FlowMode::Window, 2, INFINITE);
        credit.take(10);
        credit.take(10);
        assert!(!credit.is_open());
        credit.complete(10);
        assert_eq!(credit.messages_left(), 1);
        credit.complete(10);
        credit.complete(10);
        assert_eq!(credit.messages_left(), 2);
    }

    #[test]
    fn stop_takes_all_away() {
        let mut credit = granted(FlowMode::Window, INFINITE, INFINITE);
        credit.stop();
        assert!(!credit.is_open());
        credit.grant(Unit::Message, 1);
        credit.grant(Unit::Byte, INFINITE);
        assert_eq!(credit.messages_left(), 1);
    }
}
