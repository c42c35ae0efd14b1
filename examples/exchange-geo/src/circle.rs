//! All points that are no farther from one point than so many kilometres, along the surface of a
//! sphere of the Earth's mean radius.

use std::f64::consts::PI;

use crate::bounds::{self, Rectangle};
use crate::position::{EARTH_RADIUS_KM, Position, distance_km};

/// The largest radius: a little more than half the way around, which is everything.
pub(crate) const RADIUS_KM_MAX: f64 = 20_016.0;

/// A circle on the globe.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Circle {
    pub(crate) lat: f64,
    pub(crate) lon: f64,
    pub(crate) radius_km: f64,
    /// The centre's place from the middle of the Earth.
    centre: [f64; 3],
    /// The longest square of a chord.
    chord_squared: f64,
}

impl Circle {
    pub(crate) fn new(centre: &Position, radius_km: f64) -> Self {
        let angle = (radius_km / EARTH_RADIUS_KM).min(PI);
        let chord_squared = match angle {
            PI => f64::INFINITY,
            angle => 4.0 * (angle / 2.0).sin().powi(2),
        };
        let (lat, lon, centre) = (centre.lat(), centre.lon(), *centre.vector());
        Self { lat, lon, radius_km, centre, chord_squared }
    }

    pub(crate) fn contains(&self, at: &Position) -> bool {
        at.chord_squared(&self.centre) <= self.chord_squared
    }

    /// Kilometres from its centre.
    pub(crate) fn distance_km(&self, at: &Position) -> f64 {
        distance_km(at.chord_squared(&self.centre))
    }

    pub(crate) fn bounds(&self) -> Vec<Rectangle> {
        let angle = self.radius_km / EARTH_RADIUS_KM;
        let (lat, lon, high) = (self.lat, self.lon, angle.to_degrees());
        let (south, north) = (lat - high, lat + high);
        // A rounding before a pole is taken for the pole.
        if south <= -89.999_999 || north >= 89.999_999 {
            return bounds::around(south.max(-90.0), north.min(90.0), -180.0, 180.0);
        }
        let wide = (angle.sin() / lat.to_radians().cos()).min(1.0).asin().to_degrees();
        bounds::around(south, north, lon - wide, lon + wide)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circle(lat: f64, lon: f64, radius_km: f64) -> Circle {
        Circle::new(&Position::new(lat, lon).unwrap(), radius_km)
    }

    fn has(circle: &Circle, lat: f64, lon: f64) -> bool {
        circle.contains(&Position::new(lat, lon).unwrap())
    }

    #[test]
    fn has_what_is_near_enough() {
        let berlin = circle(52.52, 13.405, 30.0);
        assert!(has(&berlin, 52.3906, 13.0645), "Potsdam, 27 km away");
        assert!(!has(&berlin, 52.7553, 13.2430 - 0.3), "33 km away");
        assert!(has(&berlin, 52.52, 13.405));
    }

    #[test]
    fn goes_over_the_meridian_of_180_and_over_poles() {
        let fiji = circle(-17.0, 179.9, 100.0);
        assert!(has(&fiji, -17.0, -179.6) && !has(&fiji, -17.0, -178.0));
        let north = circle(89.5, 10.0, 200.0);
        assert!(has(&north, 89.0, -170.0), "beyond the pole");
        assert!(has(&north, 90.0, 0.0) && !has(&north, 87.0, -170.0));
        let everything = circle(10.0, 20.0, RADIUS_KM_MAX);
        assert!(has(&everything, -10.0, -160.0) && has(&everything, -90.0, 0.0));
    }
}
