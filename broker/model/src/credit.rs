//! A subscription's credit: how much the peer is ready to take (0-10, class message: set-flow-mode,
//! flow, stop, flush).
//!
//! Messages and bytes count down apart; either at zero stops deliveries. In window mode a completed
//! transfer gives its credit back, up to what was granted.
//!
//! Invariant: a transfer sent before credit was taken away (stop, flush, another mode) gives
//! nothing back when it is completed later. Each such moment begins an epoch; a delivery remembers
//! its own.

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
    epoch: u32,
}

impl Default for Credit {
    /// None, in window mode, as Qpid's brokers begin.
    fn default() -> Self {
        let none = Balance::default();
        Self { mode: FlowMode::Window, messages: none, bytes: none, epoch: 0 }
    }
}

impl Credit {
    /// Chooses the mode; where it is another one, what was granted is taken away.
    pub fn set_mode(&mut self, mode: FlowMode) {
        if self.mode != mode {
            self.mode = mode;
            self.stop();
        }
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

    /// Takes all credit away: stop at once, flush when what credit allowed was sent. In window mode
    /// what is under way no longer counts, now or when it is completed.
    pub fn stop(&mut self) {
        self.messages = Balance::default();
        self.bytes = Balance::default();
        self.epoch = self.epoch.wrapping_add(1);
    }

    /// The epoch that a message sent now belongs to; a delivery keeps it for [`Credit::complete`].
    pub fn epoch(&self) -> u32 {
        self.epoch
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

    /// A transfer of this size, sent in this epoch, was completed by the peer: in window mode its
    /// credit comes back, if none was taken away since. To be called once for each transfer.
    pub fn complete(&mut self, bytes: u64, epoch: u32) {
        if self.mode == FlowMode::Window && self.epoch == epoch {
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
        credit.complete(10, credit.epoch());
        assert_eq!(credit.messages_left(), 1);
        credit.complete(10, credit.epoch());
        credit.complete(10, credit.epoch());
        assert_eq!(credit.messages_left(), 2);
    }

    /// qpid_tests: message.test_credit_window_after_messagestop.
    #[test]
    fn what_was_sent_before_a_stop_gives_nothing_back() {
        let mut credit = granted(FlowMode::Window, 5, INFINITE);
        let before = credit.epoch();
        (0..5).for_each(|_| credit.take(10));
        credit.stop();
        credit.grant(Unit::Byte, INFINITE);
        credit.grant(Unit::Message, 5);
        (0..5).for_each(|_| credit.take(10));
        (0..5).for_each(|_| credit.complete(10, before));
        assert!(!credit.is_open());
        credit.complete(10, credit.epoch());
        assert_eq!(credit.messages_left(), 1);
    }

    #[test]
    fn a_window_gives_back_messages_and_bytes() {
        let mut credit = granted(FlowMode::Window, 10, 20);
        credit.take(19);
        assert_eq!((credit.messages_left(), credit.bytes_left()), (9, 1));
        credit.complete(19, credit.epoch());
        assert_eq!((credit.messages_left(), credit.bytes_left()), (10, 20));
    }

    #[test]
    fn in_credit_mode_completion_gives_nothing_back() {
        let mut credit = granted(FlowMode::Credit, 1, INFINITE);
        credit.take(1);
        credit.complete(1, credit.epoch());
        assert!(!credit.is_open());
    }

    /// qpid_tests: message.test_no_credit_wrap.
    #[test]
    fn credit_saturates_below_infinite() {
        let mut credit = granted(FlowMode::Credit, 0xFFFF_FFFA, INFINITE);
        credit.grant(Unit::Message, 10);
        assert_eq!(credit.messages_left(), INFINITE - 1);
        credit.take(1);
        assert_eq!(credit.messages_left(), INFINITE - 2);
    }

    #[test]
    fn another_mode_takes_credit_away_and_the_same_one_keeps_it() {
        let mut credit = granted(FlowMode::Credit, 3, 3);
        credit.set_mode(FlowMode::Credit);
        assert_eq!(credit.messages_left(), 3);
        credit.set_mode(FlowMode::Window);
        assert_eq!((credit.messages_left(), credit.mode()), (0, FlowMode::Window));
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
