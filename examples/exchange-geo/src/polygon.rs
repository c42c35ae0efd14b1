//! What a line through some corners encloses. Between two corners it is straight on a map of
//! latitude and longitude, and takes the shorter way around: so it may cross 180 degrees.
//!
//! Invariants: the longitudes of the corners are those of the walk along the line, so that they
//! may lie outside of -180 to 180; a pole is in no polygon.

use crate::bounds::{self, Rectangle};
use crate::error::{GeoError, PolygonFault};
use crate::position::Position;

/// The most corners. A message costs a polygon that it is near to a look at each.
pub(crate) const CORNERS_MAX: usize = 1_000;

/// A polygon; a line that crosses itself encloses what an odd number of its turns goes around.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Polygon {
    /// Latitude and longitude of each.
    corners: Vec<(f64, f64)>,
    south: f64,
    west: f64,
    north: f64,
    east: f64,
}

impl Polygon {
    /// A polygon of these corners; the last one may be the first again.
    ///
    /// # Errors
    /// Too few or too many corners, an edge that has no shorter way, or a line around a pole.
    pub(crate) fn new(given: &[(f64, f64)]) -> Result<Self, GeoError> {
        let given = match given {
            [first, between @ .., last] if first == last && !between.is_empty() => {
                given.get(..=between.len()).unwrap_or(given)
            }
            given => given,
        };
        if !(3..=CORNERS_MAX).contains(&given.len()) {
            return Err(PolygonFault::Corners { found: given.len() }.into());
        }
        let mut corners: Vec<(f64, f64)> = Vec::with_capacity(given.len());
        let mut last: Option<f64> = None;
        for (index, (lat, lon)) in given.iter().copied().enumerate() {
            let walked = last.map_or(Ok(lon), |last| next(last, lon, index + 1))?;
            corners.push((lat, walked));
            last = Some(walked);
        }
        let Some(((_, first), last)) = corners.first().copied().zip(last) else {
            return Err(PolygonFault::Corners { found: 0 }.into());
        };
        if (next(last, first, 1)? - first).abs() > 180.0 {
            return Err(PolygonFault::AroundPole.into());
        }
        let lats = corners.iter().map(|(lat, _)| *lat);
        let lons = corners.iter().map(|(_, lon)| *lon);
        let (south, north) = (lats.clone().fold(90.0, f64::min), lats.fold(-90.0, f64::max));
        let (west, east) = (lons.clone().fold(first, f64::min), lons.fold(first, f64::max));
        if east - west >= 360.0 {
            return Err(PolygonFault::TooWide.into());
        }
        Ok(Self { corners, south, west, north, east })
    }

    pub(crate) fn corners(&self) -> &[(f64, f64)] {
        &self.corners
    }

    pub(crate) fn contains(&self, at: &Position) -> bool {
        !at.is_pole()
            && [0.0, 360.0, -360.0]
                .into_iter()
                .map(|around| at.lon() + around)
                .any(|lon| (self.west..=self.east).contains(&lon) && self.encloses(at.lat(), lon))
    }

    /// Whether a line eastwards from there crosses an odd number of edges.
    fn encloses(&self, lat: f64, lon: f64) -> bool {
        let ends = self.corners.iter().cycle().skip(1);
        let mut is_inside = false;
        for (&(one_lat, one_lon), &(other_lat, other_lon)) in self.corners.iter().zip(ends) {
            if (one_lat > lat) != (other_lat > lat) {
                let part = (lat - one_lat) / (other_lat - one_lat);
                is_inside ^= lon < one_lon + part * (other_lon - one_lon);
            }
        }
        is_inside
    }

    pub(crate) fn bounds(&self) -> Vec<Rectangle> {
        bounds::around(self.south, self.north, self.west, self.east)
    }
}

/// The longitude of a corner for whoever comes from this one by the shorter way.
fn next(from: f64, to: f64, corner: usize) -> Result<f64, GeoError> {
    let walked = to + 360.0 * ((from - to) / 360.0).round();
    if (walked - from).abs() == 180.0 {
        return Err(PolygonFault::Opposite { corner }.into());
    }
    Ok(walked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn polygon(corners: &[(f64, f64)]) -> Polygon {
        Polygon::new(corners).unwrap()
    }

    fn has(polygon: &Polygon, lat: f64, lon: f64) -> bool {
        polygon.contains(&Position::new(lat, lon).unwrap())
    }

    fn refused(corners: &[(f64, f64)]) -> String {
        Polygon::new(corners).unwrap_err().to_string()
    }

    #[test]
    fn has_what_its_line_encloses() {
        let triangle = polygon(&[(0.0, 0.0), (10.0, 0.0), (0.0, 10.0)]);
        assert!(
            has(&triangle, 2.0, 2.0) && !has(&triangle, 6.0, 6.0) && !has(&triangle, -1.0, 1.0)
        );
        let closed = polygon(&[(0.0, 0.0), (10.0, 0.0), (0.0, 10.0), (0.0, 0.0)]);
        assert_eq!(closed, triangle);
        // A horseshoe, open to the north.
        let horseshoe = polygon(&[
            (0.0, 0.0),
            (0.0, 9.0),
            (9.0, 9.0),
            (9.0, 6.0),
            (3.0, 6.0),
            (3.0, 3.0),
            (9.0, 3.0),
            (9.0, 0.0),
        ]);
        assert!(has(&horseshoe, 6.0, 1.0) && has(&horseshoe, 6.0, 8.0));
        assert!(!has(&horseshoe, 6.0, 4.5) && has(&horseshoe, 1.0, 4.5));
    }

    #[test]
    fn crosses_180_degrees_by_the_shorter_way() {
        let corners = [(-20.0, 177.0), (-20.0, -178.0), (-15.0, -178.0), (-15.0, 177.0)];
        for turn in 0..4 {
            let mut corners = corners;
            corners.rotate_left(turn);
            for corners in [corners.to_vec(), corners.iter().rev().copied().collect()] {
                let fiji = polygon(&corners);
                for lon in [177.5, 179.9, 180.0, -180.0, -178.5] {
                    assert!(has(&fiji, -17.0, lon), "{lon} in {corners:?}");
                }
                assert!(!has(&fiji, -17.0, 176.0) && !has(&fiji, -17.0, 0.0));
            }
        }
    }

    #[test]
    fn has_no_pole() {
        let to_the_pole = polygon(&[(80.0, 0.0), (90.0, 10.0), (80.0, 20.0)]);
        assert!(has(&to_the_pole, 85.0, 10.0) && !has(&to_the_pole, 90.0, 10.0));
        let south = polygon(&[(-80.0, 0.0), (-90.0, -10.0), (-90.0, 10.0)]);
        assert!(!has(&south, -90.0, 0.0));
    }

    #[test]
    fn what_is_none_is_refused_by_its_fault() {
        let few = refused(&[(0.0, 0.0), (1.0, 1.0), (0.0, 0.0)]);
        assert_eq!(few, "argument 'polygon' has 2 corners, wanted are 3 to 1000");
        let pole = refused(&[(60.0, 0.0), (60.0, 120.0), (60.0, -120.0)]);
        assert!(pole.contains("goes around a pole"), "{pole}");
        let opposite = refused(&[(0.0, 0.0), (10.0, 90.0), (5.0, -90.0)]);
        assert!(opposite.contains("corner 3 is 180 degrees"), "{opposite}");
        let opposite = refused(&[(0.0, 0.0), (10.0, 90.0), (5.0, 180.0)]);
        assert!(opposite.contains("corner 1 is 180 degrees"), "{opposite}");
        let there_and_back = [0.0, 100.0, 200.0, 300.0, 400.0, 300.0, 200.0, 100.0];
        let corners = there_and_back
            .iter()
            .map(|lon: &f64| (f64::from(*lon > 150.0), (lon + 180.0).rem_euclid(360.0) - 180.0));
        assert!(refused(&corners.collect::<Vec<_>>()).contains("wider than the globe"));
    }
}
