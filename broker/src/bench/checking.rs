//! Whether each queue got what was sent for it.

use super::engine::Came;
use super::figures::Faults;
use super::ledger::Tally;

/// What a queue with consumers was to get of each producer, and what it got.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    /// By queue, then by producer.
    queues: Vec<Vec<Tally>>,
    is_stamped: bool,
}

impl Expected {
    /// Of messages that a producer's number can be read in, or of such that are counted alone.
    pub(crate) fn new(queues: usize, producers: usize, is_stamped: bool) -> Self {
        Self { queues: vec![vec![Tally::default(); producers]; queues], is_stamped }
    }

    /// A producer sent this for a queue, and each message is to come so often.
    pub(crate) fn add(&mut self, queue: usize, producer: usize, sent: &Tally, copies: u64) {
        let row = self.queues.get_mut(queue).and_then(|row| row.get_mut(producer));
        if let Some(tally) = row {
            (0..copies).for_each(|_| tally.join(sent));
        }
    }

    /// What is wrong with what came.
    pub(crate) fn check(&self, came: &[Came]) -> Faults {
        let mut faults = Faults::default();
        for consumer in came {
            faults.disordered += consumer.disordered;
            faults.foreign += consumer.foreign;
        }
        for (queue, expected) in self.queues.iter().enumerate() {
            let came: Vec<&Came> = came.iter().filter(|came| came.queue == queue).collect();
            if !self.is_stamped {
                let sent = expected.iter().map(|tally| tally.count).sum();
                faults.count(sent, came.iter().map(|came| came.count).sum());
                continue;
            }
            for (producer, sent) in expected.iter().enumerate() {
                let mut got = Tally::default();
                let tallies = came.iter().filter_map(|came| came.tallies.get(producer));
                tallies.for_each(|tally| got.join(tally));
                faults.compare(sent, &got);
            }
        }
        faults
    }
}

impl Faults {
    fn count(&mut self, sent: u64, got: u64) {
        self.lost += sent.saturating_sub(got);
        self.duplicated += got.saturating_sub(sent);
    }

    fn compare(&mut self, sent: &Tally, got: &Tally) {
        self.count(sent.count, got.count);
        if sent.count == got.count && sent != got {
            // As many came as were sent, but not the same: one of each at the least.
            self.lost += 1;
            self.duplicated += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(numbers: &[u64]) -> Tally {
        let mut tally = Tally::default();
        numbers.iter().for_each(|number| tally.add(*number));
        tally
    }

    fn came(queue: usize, numbers: &[u64]) -> Came {
        let (count, tallies) = (numbers.len() as u64, vec![tally(numbers)]);
        Came { queue, count, tallies, disordered: 0, foreign: 0 }
    }

    fn faults(is_stamped: bool, came: &[Came]) -> (u64, u64) {
        let mut expected = Expected::new(2, 1, is_stamped);
        expected.add(0, 0, &tally(&[0, 1, 2]), 1);
        expected.add(1, 0, &tally(&[0, 1, 2]), 1);
        let faults = expected.check(came);
        (faults.lost, faults.duplicated)
    }

    #[test]
    fn consumers_of_a_queue_share_and_each_queue_gets_all() {
        let all = [came(0, &[0, 2]), came(0, &[1]), came(1, &[0, 1, 2])];
        assert_eq!(faults(true, &all), (0, 0));
    }

    #[test]
    fn what_is_missing_and_what_came_twice_is_counted() {
        assert_eq!(faults(true, &[came(0, &[0, 1]), came(1, &[0, 1, 2, 2])]), (1, 1));
        assert_eq!(faults(true, &[came(0, &[0, 1, 1]), came(1, &[0, 1, 2])]), (1, 1));
        assert_eq!(faults(false, &[came(0, &[0, 1, 1]), came(1, &[0, 1])]), (1, 0));
    }
}
