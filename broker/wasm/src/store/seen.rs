//! What was answered about a shard so far, which later answers are checked against.

use philter_plugin_api::{AppendOutcome, Position};

use crate::failure::Failure;

/// A shard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// The epoch that was granted last.
    epoch: Option<u64>,
    /// The last position that was answered.
    position: u64,
}

impl Seen {
    /// A shard was granted; the epoch that is lost by that.
    pub(super) fn acquired(&mut self, epoch: u64, fence: u64) -> Result<Option<u64>, Failure> {
        if self.epoch.is_some_and(|before| epoch <= before) || epoch == 0 {
            let before = self.epoch.unwrap_or_default();
            let text = format!("acquire answered epoch {epoch}, the one before was {before}");
            return Err(Failure::Fault(text));
        }
        self.move_to("acquire", fence)?;
        Ok(self.epoch.replace(epoch))
    }

    /// Something was kept under an epoch.
    pub(super) fn done(
        &mut self,
        function: &str,
        epoch: u64,
        position: u64,
    ) -> Result<AppendOutcome, Failure> {
        self.check(function, epoch)?;
        self.move_to(function, position)?;
        Ok(AppendOutcome::Done(Position(position)))
    }

    /// That an epoch is the one that was granted last.
    pub(super) fn check(&self, function: &str, epoch: u64) -> Result<(), Failure> {
        match self.epoch {
            Some(granted) if granted == epoch => Ok(()),
            granted => {
                let granted = granted.map_or("none".to_owned(), |granted| granted.to_string());
                Err(Failure::Fault(format!(
                    "{function} kept something under epoch {epoch}, the shard's is {granted}"
                )))
            }
        }
    }

    fn move_to(&mut self, function: &str, position: u64) -> Result<(), Failure> {
        if position < self.position {
            let before = self.position;
            return Err(Failure::Fault(format!(
                "{function} answered position {position} after {before}: positions never go back"
            )));
        }
        self.position = position;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault<T: std::fmt::Debug>(answer: Result<T, Failure>) -> String {
        match answer {
            Err(Failure::Fault(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn epochs_and_positions_never_go_back() {
        let mut seen = Seen::default();
        assert!(fault(seen.done("append", 1, 5)).contains("the shard's is none"));
        assert_eq!(seen.acquired(3, 10), Ok(None));
        assert_eq!(seen.acquired(4, 10), Ok(Some(3)));
        let text = fault(seen.acquired(4, 10));
        assert_eq!(text, "acquire answered epoch 4, the one before was 4");
        assert!(fault(seen.acquired(5, 9)).contains("position 9 after 10"));
        assert!(fault(seen.done("append", 3, 11)).contains("under epoch 3, the shard's is 4"));
        assert_eq!(seen.done("append", 4, 12), Ok(AppendOutcome::Done(Position(12))));
        let text = fault(seen.done("purge", 4, 11));
        assert_eq!(text, "purge answered position 11 after 12: positions never go back");
    }
}
