//! A point of the globe.
//!
//! Invariants: a latitude is from -90 to 90, a longitude from -180 to 180 without 180, which is
//! -180; a pole's longitude is 0.

use std::cell::OnceCell;

/// The Earth's mean radius (IUGG, R1), in kilometres.
pub(crate) const EARTH_RADIUS_KM: f64 = 6_371.008_8;

/// A point of the globe.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Position {
    lat: f64,
    lon: f64,
    /// Made when the first circle asks.
    vector: OnceCell<[f64; 3]>,
}

impl Position {
    /// A point, where the numbers say one.
    pub(crate) fn new(lat: f64, lon: f64) -> Option<Self> {
        let is_one = (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon);
        let lon = match lon {
            _ if lat.abs() == 90.0 => 0.0,
            180.0 => -180.0,
            lon => lon,
        };
        is_one.then_some(Self { lat, lon, vector: OnceCell::new() })
    }

    pub(crate) fn lat(&self) -> f64 {
        self.lat
    }

    pub(crate) fn lon(&self) -> f64 {
        self.lon
    }

    pub(crate) fn is_pole(&self) -> bool {
        self.lat.abs() == 90.0
    }

    /// From the middle of the Earth, of length 1.
    pub(crate) fn vector(&self) -> &[f64; 3] {
        self.vector.get_or_init(|| {
            let (lat, lon) = (self.lat.to_radians(), self.lon.to_radians());
            [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
        })
    }

    /// The square of the straight line to another point through a globe of radius 1: four times
    /// the haversine of the angle between them.
    pub(crate) fn chord_squared(&self, other: &[f64; 3]) -> f64 {
        self.vector().iter().zip(other).map(|(one, other)| (one - other).powi(2)).sum()
    }
}

/// Kilometres along the surface, of the square of a chord.
pub(crate) fn distance_km(chord_squared: f64) -> f64 {
    2.0 * EARTH_RADIUS_KM * (chord_squared / 4.0).sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, lon: f64) -> Position {
        Position::new(lat, lon).unwrap()
    }

    fn between(one: &Position, other: &Position) -> f64 {
        distance_km(one.chord_squared(other.vector()))
    }

    /// The textbook's formula.
    fn haversine_km(one: &Position, other: &Position) -> f64 {
        let (lat, other_lat) = (one.lat().to_radians(), other.lat().to_radians());
        let half_lat = (other_lat - lat) / 2.0;
        let half_lon = (other.lon() - one.lon()).to_radians() / 2.0;
        let h = half_lat.sin().powi(2) + lat.cos() * other_lat.cos() * half_lon.sin().powi(2);
        2.0 * EARTH_RADIUS_KM * h.sqrt().min(1.0).asin()
    }

    #[test]
    fn distances_are_those_that_are_known() {
        let (berlin, paris) = (at(52.5200, 13.4050), at(48.8566, 2.3522));
        assert!((between(&berlin, &paris) - 877.46).abs() < 0.1);
        let quarter = EARTH_RADIUS_KM * std::f64::consts::FRAC_PI_2;
        assert!((between(&at(0.0, 0.0), &at(90.0, 0.0)) - quarter).abs() < 1e-6);
        assert!((between(&at(0.0, 179.5), &at(0.0, -179.5)) - 111.19).abs() < 0.01);
    }

    #[test]
    fn the_chord_gives_the_haversines_distance() {
        let seed = fastrand::u64(..);
        let mut random = fastrand::Rng::with_seed(seed);
        for _ in 0..10_000 {
            let mut any = || at(random.f64() * 180.0 - 90.0, random.f64() * 360.0 - 180.0);
            let (one, other) = (any(), any());
            let difference = between(&one, &other) - haversine_km(&one, &other);
            // Where they are opposite each other both forms know some centimetres.
            assert!(difference.abs() < 1e-3, "seed {seed}: {one:?} {other:?}: {difference} km");
        }
    }

    #[test]
    fn a_meridian_and_a_pole_have_one_name() {
        assert_eq!(at(1.0, 180.0), at(1.0, -180.0));
        assert_eq!(at(90.0, 77.0), at(90.0, -3.0));
        for (lat, lon) in [(90.1, 0.0), (0.0, 180.1), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
            assert_eq!(Position::new(lat, lon), None);
        }
    }
}
