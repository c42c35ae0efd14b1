//! Rectangles of latitude and longitude around an area, which an index can hold.
//!
//! Invariants: whatever an area has is in one of its rectangles, as a [`Position`] names it; no
//! point is in two of them. They may be larger than the area.

use crate::position::Position;

/// By how many degrees a rectangle is larger than what it was computed for: a tenth of a
/// millimetre, and far more than rounding makes of any number of degrees.
const MARGIN: f64 = 1e-9;

/// A rectangle that crosses no meridian of 180 degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rectangle {
    pub(crate) south: f64,
    pub(crate) west: f64,
    pub(crate) north: f64,
    pub(crate) east: f64,
}

impl Rectangle {
    pub(crate) fn contains(&self, at: &Position) -> bool {
        (self.south..=self.north).contains(&at.lat()) && (self.west..=self.east).contains(&at.lon())
    }
}

/// The rectangles between these parallels, from a meridian eastwards to another; `east` is not less
/// than `west`, and may lie beyond 180 degrees as `west` may lie before -180.
pub(crate) fn around(south: f64, north: f64, west: f64, east: f64) -> Vec<Rectangle> {
    let (south, north) = (south - MARGIN, north + MARGIN);
    let width = east - west + 2.0 * MARGIN;
    let piece = |west, east| Rectangle { south, west, north, east };
    let mut pieces = if width >= 360.0 {
        vec![piece(-180.0, 180.0)]
    } else {
        let west = (west - MARGIN + 180.0).rem_euclid(360.0) - 180.0;
        let east = west + width;
        if east < 180.0 {
            vec![piece(west, east)]
        } else {
            vec![piece(west, 180.0), piece(-180.0, east - 360.0)]
        }
    };
    // A pole is in whatever reaches its parallel, but has one longitude alone.
    for pole in [-90.0, 90.0].into_iter().filter_map(|lat| Position::new(lat, 0.0)) {
        let is_reached = (south..=north).contains(&pole.lat());
        if is_reached && !pieces.iter().any(|piece| piece.contains(&pole)) {
            let (lat, lon) = (pole.lat(), pole.lon());
            pieces.push(Rectangle { south: lat, west: lon, north: lat, east: lon });
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pieces: &[Rectangle], lat: f64, lon: f64) -> usize {
        let at = Position::new(lat, lon).unwrap();
        pieces.iter().filter(|piece| piece.contains(&at)).count()
    }

    #[test]
    fn what_crosses_180_degrees_has_two_pieces() {
        let pieces = around(-10.0, 10.0, 170.0, 190.0);
        assert_eq!(pieces.len(), 2);
        for lon in [170.0, 179.9, 180.0, -180.0, -179.9, -170.0] {
            assert_eq!(found(&pieces, 0.0, lon), 1, "{lon}");
        }
        assert_eq!(found(&pieces, 0.0, 169.9), 0);
        assert_eq!(around(-10.0, 10.0, -190.0, -170.0).len(), 2);
    }

    #[test]
    fn the_meridian_of_180_is_reached_from_either_side() {
        assert_eq!(found(&around(0.0, 1.0, 170.0, 180.0), 0.0, -180.0), 1);
        assert_eq!(found(&around(0.0, 1.0, -180.0, -170.0), 0.0, 180.0), 1);
    }

    #[test]
    fn a_pole_is_in_what_reaches_it_once() {
        for (west, east) in [(40.0, 60.0), (-10.0, 10.0), (-180.0, 180.0), (170.0, 530.0)] {
            let pieces = around(80.0, 90.0, west, east);
            assert_eq!(found(&pieces, 90.0, 0.0), 1, "{west} to {east}");
            assert_eq!(found(&pieces, -90.0, 0.0), 0);
        }
        assert_eq!(found(&around(80.0, 89.9, 40.0, 60.0), 90.0, 0.0), 0);
    }
}
