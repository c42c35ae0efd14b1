//! An output stream as lines of the broker's log.
//!
//! Invariants: a line is said once it is whole, or as long as a line of the log may be; what is
//! left when the instance ends is said then. No more than a line is kept.

use std::sync::Arc;

use philter_plugin_api::Level;
use philter_plugin_api::limits::LOG_LINE_BYTES_MAX;

use crate::host::Voice;

/// An output stream of an instance.
pub(crate) struct Output {
    voice: Arc<Voice>,
    level: Level,
    begun: Vec<u8>,
}

impl Output {
    pub(crate) fn new(voice: &Arc<Voice>, level: Level) -> Self {
        Self { voice: Arc::clone(voice), level, begun: Vec::new() }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let mut rest = part;
            while !rest.is_empty() {
                let room = LOG_LINE_BYTES_MAX.saturating_sub(self.begun.len()).max(1);
                let (now, later) = rest.split_at(rest.len().min(room));
                self.begun.extend(now);
                rest = later;
                if now.ends_with(b"\n") || self.begun.len() >= LOG_LINE_BYTES_MAX {
                    self.say();
                }
            }
        }
    }

    fn say(&mut self) {
        let text = String::from_utf8_lossy(&self.begun);
        let line = text.trim_end_matches(['\r', '\n']);
        if !line.is_empty() {
            self.voice.quote(self.level, line);
        }
        self.begun.clear();
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.say();
    }
}

#[cfg(test)]
mod tests {
    use parking_lot::Mutex;
    use philter_plugin_api::abi::host::HostServices;
    use philter_plugin_api::{Event, InstanceId, Value};
    use proptest::prelude::*;

    use super::*;

    #[derive(Default)]
    struct Log(Mutex<Vec<String>>);

    impl HostServices for Log {
        fn log(&self, _: &str, _: Level, text: &str) {
            self.0.lock().push(text.to_owned());
        }

        fn notify(&self, _: &str, _: InstanceId, _: Event, _: &Value) {}
    }

    /// What is said of these writes, and then of the end.
    fn said(writes: &[&[u8]]) -> (Vec<String>, Vec<String>) {
        let log = Arc::new(Log::default());
        let services = Arc::clone(&log) as Arc<dyn HostServices>;
        let voice = Arc::new(Voice::new(&services, "p"));
        let mut output = Output::new(&voice, Level::Info);
        writes.iter().for_each(|bytes| output.write(bytes));
        let before = log.0.lock().clone();
        drop(output);
        let after = log.0.lock().split_off(before.len());
        (before, after)
    }

    #[test]
    fn lines_are_said_when_they_are_whole() {
        let (before, after) = said(&[b"one\ntw", b"o\r\n\n", b"thr", b"ee"]);
        assert_eq!((before, after), (vec!["one".into(), "two".into()], vec!["three".into()]));
        let (before, _) = said(&[b"caf\xc3", b"\xa9 \xff\n"]);
        assert_eq!(before, ["caf\u{e9} \u{fffd}"]);
    }

    #[test]
    fn a_line_without_an_end_is_said_in_pieces() {
        let (before, after) = said(&[&vec![b'x'; LOG_LINE_BYTES_MAX * 2 + 3]]);
        let lengths = |lines: &[String]| lines.iter().map(String::len).collect::<Vec<_>>();
        assert_eq!(lengths(&before), [LOG_LINE_BYTES_MAX; 2]);
        assert_eq!(lengths(&after), [3]);
    }

    proptest! {
        #[test]
        fn however_it_is_cut_the_same_is_said(
            text in "[ab\n]{0,60}",
            cuts in proptest::collection::vec(0_usize..60, 0..6),
        ) {
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let writes: Vec<&[u8]> = cuts.windows(2).map(|cut| &bytes[cut[0]..cut[1]]).collect();
            prop_assert_eq!(said(&writes), said(&[bytes]));
        }
    }
}
