//! The index beside a look at every area.

use super::*;
use crate::circle::Circle;
use crate::lat_lon_box::LatLonBox;
use crate::polygon::Polygon;

/// A place where something happens at: poles and the meridian of 180 degrees often.
fn position(random: &mut fastrand::Rng) -> Position {
    let lat = match random.u8(..8) {
        0 => 90.0,
        1 => -90.0,
        2 => 90.0 - random.f64() * 2.0,
        _ => random.f64() * 180.0 - 90.0,
    };
    let lon = match random.u8(..8) {
        0 => 180.0,
        1 => 180.0 - random.f64() * 2.0,
        2 => random.f64() * 2.0 - 180.0,
        _ => random.f64() * 360.0 - 180.0,
    };
    Position::new(lat, lon).unwrap()
}

fn area(random: &mut fastrand::Rng) -> Area {
    let at = position(random);
    let size = random.f64().powi(3);
    match random.u8(..3) {
        0 => Area::Circle(Circle::new(&at, 0.1 + 20_000.0 * size)),
        1 => {
            let north = if random.bool() { 90.0 } else { at.lat() + (90.0 - at.lat()) * size };
            let east = (at.lon() + 180.0 + 360.0 * size).rem_euclid(360.0) - 180.0;
            let (south, west) = (at.lat(), at.lon());
            Area::Box(LatLonBox { south, west, north, east })
        }
        _ => {
            // Around a place, never far enough for a pole to be in it.
            let corners: Vec<(f64, f64)> = (0..random.usize(3..9))
                .map(|_| {
                    let lat = at.lat() + (random.f64() - 0.5) * 40.0 * size;
                    let lon = at.lon() + (random.f64() - 0.5) * 120.0 * size;
                    (lat.clamp(-90.0, 90.0), (lon + 180.0).rem_euclid(360.0) - 180.0)
                })
                .collect();
            Area::Polygon(Polygon::new(&corners).unwrap())
        }
    }
}

fn found(index: &Index, at: &Position) -> Vec<BindingId> {
    let mut found = Vec::new();
    index.find(at, |id| found.push(id));
    found.sort_unstable();
    found
}

#[test]
fn finds_what_a_look_at_every_area_finds_while_bindings_come_and_go() {
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    for round in 0..20 {
        let (mut index, mut areas) = (Index::default(), Vec::new());
        for number in 0..300 {
            let (id, area) = (BindingId(number), area(&mut random));
            index.insert(id, area.clone()).unwrap();
            areas.push((id, area));
            if random.u8(..3) == 0 {
                let (id, _) = areas.swap_remove(random.usize(..areas.len()));
                index.remove(id).unwrap();
            }
        }
        for _ in 0..500 {
            let at = position(&mut random);
            let mut wanted: Vec<_> =
                areas.iter().filter(|(_, area)| area.contains(&at)).map(|(id, _)| *id).collect();
            wanted.sort_unstable();
            assert_eq!(found(&index, &at), wanted, "seed {seed}, round {round}, {at:?}");
        }
        for (id, _) in areas {
            index.remove(id).unwrap();
        }
        assert_eq!((index.rectangles(), index.areas().count()), (0, 0));
    }
}

#[test]
fn of_ten_thousand_areas_few_are_looked_at() {
    let mut index = Index::default();
    for number in 0..10_000_u64 {
        let (row, column) = (number / 100, number % 100);
        let centre = Position::new(row as f64 * 1.7 - 84.0, column as f64 * 3.6 - 179.0);
        let circle = Circle::new(&centre.unwrap(), 60.0);
        index.insert(BindingId(number), Area::Circle(circle)).unwrap();
    }
    let mut most = 0;
    for step in 0..1_000 {
        let at = Position::new(f64::from(step) * 0.16 - 80.0, f64::from(step) * 0.35 - 179.0);
        most = most.max(index.find(&at.unwrap(), |_| {}));
    }
    assert!((1..100).contains(&most), "{most} areas were looked at");
}

#[test]
fn an_id_is_bound_once_and_unbound_once() {
    let mut index = Index::default();
    let everything = || {
        let centre = Position::new(0.0, 0.0).unwrap();
        Area::Circle(Circle::new(&centre, 20_016.0))
    };
    let id = BindingId(7);
    index.insert(id, everything()).unwrap();
    assert_eq!(index.insert(id, everything()), Err(GeoError::AlreadyBound { id }));
    index.remove(id).unwrap();
    assert_eq!(index.remove(id), Err(GeoError::NotBound { id }));
    assert_eq!(index.area(id).unwrap_err(), GeoError::NotBound { id });
}
