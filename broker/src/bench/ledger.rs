//! Whether everything that was sent arrived, and arrived once: both sides keep sums over the
//! numbers of the messages, a few additions each, that agree only where the sets of numbers do.

/// What was sent by a producer, or what of it came to a queue's consumers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) count: u64,
    sum: u64,
    squares: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, sequence: u64) {
        self.count += 1;
        self.sum = self.sum.wrapping_add(sequence);
        self.squares = self.squares.wrapping_add(sequence.wrapping_mul(sequence));
    }

    pub(crate) fn join(&mut self, other: &Self) {
        self.count += other.count;
        self.sum = self.sum.wrapping_add(other.sum);
        self.squares = self.squares.wrapping_add(other.squares);
    }
}

/// What one consumer saw, by producer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    rows: Vec<Row>,
    /// Messages that no producer of this run sent.
    pub(crate) foreign: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Row {
    tally: Tally,
    /// The number behind the last one seen.
    next: u64,
    disordered: u64,
}

impl Ledger {
    pub(crate) fn new(producers: usize) -> Self {
        Self { rows: vec![Row::default(); producers], foreign: 0 }
    }

    pub(crate) fn add(&mut self, producer: u32, sequence: u64) {
        let Some(row) = self.rows.get_mut(producer as usize) else {
            self.foreign += 1;
            return;
        };
        row.tally.add(sequence);
        if sequence < row.next {
            row.disordered += 1;
        }
        row.next = sequence + 1;
    }

    /// What came, by producer.
    pub(crate) fn tallies(&self) -> Vec<Tally> {
        self.rows.iter().map(|row| row.tally).collect()
    }

    /// Messages that came behind a later one of their producer.
    pub(crate) fn disordered(&self) -> u64 {
        self.rows.iter().map(|row| row.disordered).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(numbers: impl IntoIterator<Item = u64>) -> Tally {
        let mut tally = Tally::default();
        numbers.into_iter().for_each(|number| tally.add(number));
        tally
    }

    #[test]
    fn the_order_between_consumers_does_not_matter() {
        let mut joined = tally([0, 3, 4]);
        joined.join(&tally([1, 2]));
        assert_eq!(joined, tally(0..5));
    }

    #[test]
    fn a_loss_that_a_duplicate_makes_up_for_is_seen() {
        assert_ne!(tally([0, 1, 1, 3]), tally(0..4));
        // Two duplicates whose sum is that of the two that were lost.
        assert_ne!(tally([0, 0, 3, 3, 4]), tally(0..5), "1 and 2 are lost");
    }

    #[test]
    fn what_comes_late_or_twice_or_from_nowhere_is_counted() {
        let mut ledger = Ledger::new(1);
        [0, 2, 1, 2, 2].into_iter().for_each(|number| ledger.add(0, number));
        ledger.add(1, 0);
        assert_eq!((ledger.disordered(), ledger.foreign), (2, 1));
        assert_eq!(ledger.tallies()[0].count, 5);
    }
}
