//! The middle of a few figures, and what they are between.

use serde::Serialize;

/// A figure over all rounds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// Of the figures; none where there are none.
    pub(crate) fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_by(f64::total_cmp);
        let middle = figures.len() / 2;
        let upper = *figures.get(middle)?;
        let median = match figures.get(middle.wrapping_sub(1)) {
            Some(lower) if figures.len().is_multiple_of(2) => f64::midpoint(*lower, upper),
            _ => upper,
        };
        Some(Self { median, min: *figures.first()?, max: *figures.last()? })
    }
}

/// How many times `right` is `left`; none where that says nothing.
pub(crate) fn ratio(left: f64, right: f64) -> Option<f64> {
    (left > 0.0 && right > 0.0).then(|| left / right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one_or_between_the_middle_two() {
        let spread = Spread::of([3.0, 1.0, 2.0]).unwrap();
        assert_eq!((spread.median, spread.min, spread.max), (2.0, 1.0, 3.0));
        assert_eq!(Spread::of([4.0, 1.0]).unwrap().median, 2.5);
        assert_eq!(Spread::of([4.0]).unwrap().median, 4.0);
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn nothing_has_no_ratio() {
        assert_eq!(ratio(6.0, 2.0), Some(3.0));
        assert_eq!((ratio(0.0, 1.0), ratio(1.0, 0.0)), (None, None));
    }
}
