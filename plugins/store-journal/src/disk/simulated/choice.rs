//! Who decides what a power cut leaves.

/// Picks one of several things that may happen.
pub(crate) trait Choose {
    /// A number below `alternatives`; 0 is what was there before.
    fn choose(&mut self, alternatives: usize) -> usize;
}

/// Every combination of choices, one after the other.
///
/// The choices of a round are the digits of a number: a round repeats the digits that it was given
/// and goes on with zeros; [`Every::advance`] counts up.
#[derive(Debug, Default)]
pub(crate) struct Every {
    digits: Vec<(usize, usize)>,
    at: usize,
}

impl Every {
    /// Goes to the next combination; none: that was the last.
    pub(crate) fn advance(&mut self) -> Option<()> {
        self.digits.truncate(self.at);
        self.at = 0;
        loop {
            let (digit, alternatives) = self.digits.pop()?;
            if digit + 1 < alternatives {
                self.digits.push((digit + 1, alternatives));
                return Some(());
            }
        }
    }

    /// How many combinations there are, if no choice hangs on another; the last round was complete.
    pub(crate) fn combinations(&self) -> usize {
        self.digits.iter().fold(1, |product: usize, &(_, count)| product.saturating_mul(count))
    }
}

impl Choose for Every {
    fn choose(&mut self, alternatives: usize) -> usize {
        if self.at == self.digits.len() {
            self.digits.push((0, alternatives));
        }
        let (digit, _) = self.digits[self.at];
        self.at += 1;
        digit
    }
}

/// Choices by a seed: SplitMix64.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    state: u64,
    /// How the choices of this round lean: towards the old, towards the new, or neither.
    lean: usize,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed, lean: 0 }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap()
    }

    /// True once in so many times.
    pub(crate) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// Begins a round: all of it leans one way, as a cut early or late after a write does.
    pub(crate) fn begin_round(&mut self) {
        self.lean = self.below(5);
    }
}

impl Choose for Random {
    fn choose(&mut self, alternatives: usize) -> usize {
        let is_free = self.one_in(8);
        match self.lean {
            0 if !is_free => 0,
            1 if !is_free => alternatives - 1,
            _ => self.below(alternatives),
        }
    }
}
