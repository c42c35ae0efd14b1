//! All points between two parallels, from one meridian eastwards to another. Its edges belong to
//! it, and a pole does where it reaches one.

use crate::bounds::{self, Rectangle};
use crate::position::Position;

/// A box of latitude and longitude. Where `west` is more than `east` it crosses 180 degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LatLonBox {
    pub(crate) south: f64,
    pub(crate) west: f64,
    pub(crate) north: f64,
    pub(crate) east: f64,
}

impl LatLonBox {
    pub(crate) fn contains(&self, at: &Position) -> bool {
        let lon = at.lon();
        (self.south..=self.north).contains(&at.lat())
            && (at.is_pole() || self.has_lon(lon) || (lon == -180.0 && self.has_lon(180.0)))
    }

    fn has_lon(&self, lon: f64) -> bool {
        if self.west <= self.east {
            (self.west..=self.east).contains(&lon)
        } else {
            lon >= self.west || lon <= self.east
        }
    }

    pub(crate) fn bounds(&self) -> Vec<Rectangle> {
        let around = if self.west <= self.east { 0.0 } else { 360.0 };
        bounds::around(self.south, self.north, self.west, self.east + around)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(south_west_north_east: [f64; 4], lat: f64, lon: f64) -> bool {
        let [south, west, north, east] = south_west_north_east;
        let area = LatLonBox { south, west, north, east };
        area.contains(&Position::new(lat, lon).unwrap())
    }

    #[test]
    fn has_its_edges() {
        let area = [47.0, 5.0, 55.0, 15.0];
        assert!(has(area, 47.0, 5.0) && has(area, 55.0, 15.0) && has(area, 50.0, 10.0));
        assert!(!has(area, 46.99, 10.0) && !has(area, 50.0, 15.01) && !has(area, 50.0, -170.0));
    }

    #[test]
    fn crosses_180_degrees_where_west_is_more_than_east() {
        let pacific = [-30.0, 170.0, 30.0, -170.0];
        for lon in [170.0, 175.0, 180.0, -180.0, -175.0, -170.0] {
            assert!(has(pacific, 0.0, lon), "{lon}");
        }
        assert!(!has(pacific, 0.0, 169.0) && !has(pacific, 0.0, 0.0));
    }

    #[test]
    fn ends_on_the_meridian_of_180_whatever_its_name() {
        assert!(has([0.0, 170.0, 1.0, 180.0], 0.0, -180.0));
        assert!(has([0.0, -180.0, 1.0, -170.0], 0.0, 180.0));
        assert!(has([0.0, 180.0, 1.0, 180.0], 0.0, -180.0));
    }

    #[test]
    fn has_a_pole_where_it_reaches_it() {
        assert!(has([80.0, 10.0, 90.0, 20.0], 90.0, -100.0));
        assert!(!has([80.0, 10.0, 89.9, 20.0], 90.0, 15.0));
        assert!(has([-90.0, 10.0, -80.0, 20.0], -90.0, -100.0));
    }
}
