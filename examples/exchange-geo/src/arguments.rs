//! What a binding's arguments say, or where it has none, its key: clients such as qpid-config can
//! send nothing else.
//!
//! Invariant: an argument that is not understood is refused, never passed over; those of others,
//! which begin with `x-` or `qpid.`, mean nothing here.

use philter_plugin_api::{MapRef, Value, ValueRef};

use crate::area::Area;
use crate::circle::{Circle, RADIUS_KM_MAX};
use crate::error::GeoError;
use crate::lat_lon_box::LatLonBox;
use crate::number::{number, parse, shown};
use crate::polygon::Polygon;
use crate::position::Position;

const CIRCLE: [&str; 3] = ["lat", "lon", "radius_km"];
const BOX: [&str; 4] = ["south", "west", "north", "east"];
const POLYGON: [&str; 1] = ["polygon"];

/// The forms with their names.
const FORMS: [(&str, &[&str]); 3] =
    [("a circle", &CIRCLE), ("a box", &BOX), ("a polygon", &POLYGON)];

const OF_OTHERS: [&str; 2] = ["x-", "qpid."];

/// The area that a binding says.
///
/// # Errors
/// Arguments of no area or of two, one that is missing or unknown, a number that is none or out of
/// its range; each names the argument, what was found and what is wanted.
pub(crate) fn area(key: &str, arguments: MapRef<'_>) -> Result<Area, GeoError> {
    let known = || FORMS.iter().flat_map(|(_, names)| names.iter().copied());
    for (name, _) in arguments.iter() {
        if !known().any(|known| known == name) && !OF_OTHERS.iter().any(|of| name.starts_with(of)) {
            return Err(GeoError::Unknown { name: name.chars().take(64).collect() });
        }
    }
    let first =
        |names: &[&'static str]| names.iter().copied().find(|name| arguments.get(name).is_some());
    let mut found =
        FORMS.into_iter().filter_map(|(area, names)| Some((area, names, first(names)?)));
    let Some((area, names, one)) = found.next() else { return of_key(key) };
    if let Some((_, _, other)) = found.next() {
        return Err(GeoError::TwoAreas { one, other });
    }
    if let Some(name) = names.iter().copied().find(|name| arguments.get(name).is_none()) {
        return Err(GeoError::Missing { name, area, found: one });
    }
    let given = |name: &'static str| {
        let value = arguments.get(name).unwrap_or(ValueRef::Null);
        Given { what: format!("argument '{name}'"), found: shown(value), number: number(value) }
    };
    match names {
        ["polygon"] => polygon(arguments.get("polygon").unwrap_or(ValueRef::Null)),
        ["lat", ..] => circle(&CIRCLE.map(given)),
        _ => lat_lon_box(&BOX.map(given)),
    }
}

/// A number that somebody gave, and where.
struct Given {
    what: String,
    found: String,
    number: Option<f64>,
}

impl Given {
    fn within(&self, least: f64, most: f64) -> Result<f64, GeoError> {
        let number = self.number.filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| self.wrong(format!("a number from {least} to {most}")))
    }

    fn wrong(&self, wanted: String) -> GeoError {
        GeoError::Wrong { what: self.what.clone(), found: self.found.clone(), wanted }
    }
}

fn circle([lat, lon, radius]: &[Given; 3]) -> Result<Area, GeoError> {
    let at = (lat.within(-90.0, 90.0)?, lon.within(-180.0, 180.0)?);
    let wanted = || radius.wrong(format!("a number above 0, up to {RADIUS_KM_MAX}"));
    let km = radius.number.filter(|km| *km > 0.0 && *km <= RADIUS_KM_MAX).ok_or_else(wanted)?;
    let centre = Position::new(at.0, at.1);
    centre.map(|centre| Area::Circle(Circle::new(&centre, km))).ok_or_else(wanted)
}

fn lat_lon_box([south, west, north, east]: &[Given; 4]) -> Result<Area, GeoError> {
    let lowest = south.within(-90.0, 90.0)?;
    Ok(Area::Box(LatLonBox {
        south: lowest,
        west: west.within(-180.0, 180.0)?,
        north: north.within(lowest, 90.0)?,
        east: east.within(-180.0, 180.0)?,
    }))
}

/// A text `LAT LON, LAT LON, …`, a list of pairs, or a list of as many numbers.
fn polygon(value: ValueRef<'_>) -> Result<Area, GeoError> {
    if let Some(text) = value.as_bytes() {
        return polygon_of(&String::from_utf8_lossy(text));
    }
    let wrong = |found: String| GeoError::Wrong {
        what: "argument 'polygon'".to_owned(),
        found,
        wanted: "a text 'LAT LON, LAT LON, …' or a list of pairs of numbers".to_owned(),
    };
    let Ok(Value::List(items) | Value::Array(items)) = value.to_value() else {
        return Err(wrong(shown(value)));
    };
    let mut numbers: Vec<&Value> = Vec::with_capacity(items.len() * 2);
    for item in &items {
        match item {
            Value::List(pair) | Value::Array(pair) if pair.len() == 2 => numbers.extend(pair),
            Value::List(pair) | Value::Array(pair) => {
                return Err(wrong(format!("a list with a corner of {} numbers", pair.len())));
            }
            number => numbers.push(number),
        }
    }
    if !numbers.len().is_multiple_of(2) {
        return Err(wrong(format!("a list of {} numbers", numbers.len())));
    }
    let given = numbers.iter().enumerate().map(|(index, value)| {
        let scalar = value.as_scalar();
        let found = scalar.map_or_else(|| "a list".to_owned(), shown);
        corner_number(index, found, scalar.and_then(number))
    });
    corners(&given.collect::<Vec<_>>())
}

fn polygon_of(text: &str) -> Result<Area, GeoError> {
    let mut given = Vec::new();
    for (corner, pair) in text.split([',', ';']).enumerate() {
        let words: Vec<&str> = pair.split_whitespace().collect();
        let [lat, lon] = words.as_slice() else {
            return Err(GeoError::Wrong {
                what: format!("corner {} of the polygon", corner + 1),
                found: format!("'{}'", pair.trim().chars().take(64).collect::<String>()),
                wanted: "a latitude and a longitude".to_owned(),
            });
        };
        for (offset, word) in [lat, lon].into_iter().enumerate() {
            given.push(corner_number(corner * 2 + offset, format!("'{word}'"), parse(word)));
        }
    }
    corners(&given)
}

fn corner_number(index: usize, found: String, number: Option<f64>) -> Given {
    let which = if index.is_multiple_of(2) { "latitude" } else { "longitude" };
    let what = format!("the {which} of corner {} of the polygon", index / 2 + 1);
    Given { what, found, number }
}

fn corners(given: &[Given]) -> Result<Area, GeoError> {
    let corner = |pair: &[Given]| match pair {
        [lat, lon] => Ok((lat.within(-90.0, 90.0)?, lon.within(-180.0, 180.0)?)),
        _ => Err(GeoError::Missing { name: "lon", area: "a corner", found: "lat" }),
    };
    let corners: Result<Vec<_>, _> = given.chunks(2).map(corner).collect();
    Ok(Area::Polygon(Polygon::new(&corners?)?))
}

/// `circle LAT LON KM`, `box SOUTH WEST NORTH EAST`, `polygon LAT LON, LAT LON, …`.
fn of_key(key: &str) -> Result<Area, GeoError> {
    let no_area = || GeoError::NoArea { key: key.chars().take(64).collect() };
    let (form, rest) = key.trim().split_once(' ').ok_or_else(no_area)?;
    let words = || rest.split_whitespace();
    match form {
        "circle" => circle(&all(CIRCLE, words())?),
        "box" => lat_lon_box(&all(BOX, words())?),
        "polygon" => polygon_of(rest),
        _ => Err(no_area()),
    }
}

/// The numbers of these names, all of them.
fn all<'a, const N: usize>(
    names: [&str; N],
    words: impl Iterator<Item = &'a str> + Clone,
) -> Result<[Given; N], GeoError> {
    let count = words.clone().count();
    if count != N {
        return Err(GeoError::Wrong {
            what: "the area in the binding key".to_owned(),
            found: format!("{count} numbers"),
            wanted: format!("{N}: {}", names.join(", ")),
        });
    }
    let mut words = words;
    Ok(names.map(|name| {
        let word = words.next().unwrap_or_default();
        let what = format!("'{name}' in the binding key");
        Given { what, found: format!("'{word}'"), number: parse(word) }
    }))
}

#[cfg(test)]
mod tests {
    use philter_plugin_api::testing::arguments;

    use super::*;

    fn of(pairs: &[(&str, Value)]) -> Result<Area, GeoError> {
        area("here", arguments(pairs.iter().map(|(name, value)| (*name, value.clone()))).as_ref())
    }

    fn refused(pairs: &[(&str, Value)]) -> String {
        of(pairs).unwrap_err().to_string()
    }

    fn pair(lat: f64, lon: f64) -> Value {
        Value::List(vec![Value::Double(lat), Value::Double(lon)])
    }

    #[test]
    fn each_form_is_read_from_numbers_and_texts() {
        let circle = of(&[
            ("lat", Value::Double(52.5)),
            ("lon", "13.4".into()),
            ("radius_km", Value::Int(10)),
            ("x-others", Value::Null),
        ]);
        let centre = Position::new(52.5, 13.4).unwrap();
        assert_eq!(circle, Ok(Area::Circle(Circle::new(&centre, 10.0))));
        assert_eq!(circle, area("circle 52.5 13.4 10", MapRef::default()));
        let south_west = [("south", "-10".into()), ("west", Value::Int(170))];
        let north_east = [("north", Value::Float(10.0)), ("east", Value::Short(-170))];
        let pacific = of(&[south_west, north_east].concat());
        let wanted = LatLonBox { south: -10.0, west: 170.0, north: 10.0, east: -170.0 };
        assert_eq!(pacific, Ok(Area::Box(wanted)));
        assert_eq!(pacific, area(" box  -10 170 10  -170 ", MapRef::default()));
    }

    #[test]
    fn a_polygon_is_a_text_or_a_list() {
        let corners = [(0.0, 0.0), (10.0, 0.0), (0.0, 10.5)];
        let wanted = Ok(Area::Polygon(Polygon::new(&corners).unwrap()));
        assert_eq!(of(&[("polygon", "0 0, 10 0, 0 10.5".into())]), wanted);
        assert_eq!(area("polygon 0 0, 10 0; 0 10.5", MapRef::default()), wanted);
        let pairs = Value::List(corners.map(|(lat, lon)| pair(lat, lon)).to_vec());
        assert_eq!(of(&[("polygon", pairs)]), wanted);
        let flat = ["0", "0", "10", "0", "0", "10.5"].map(Value::from).to_vec();
        assert_eq!(of(&[("polygon", Value::List(flat))]), wanted);
    }

    #[test]
    fn what_is_wrong_is_named_with_what_is_wanted() {
        let lat = |value: Value| {
            refused(&[("lat", value), ("lon", Value::Int(1)), ("radius_km", Value::Int(1))])
        };
        let wanted = "wanted is a number from -90 to 90";
        assert_eq!(lat("north".into()), format!("argument 'lat' is 'north', {wanted}"));
        assert_eq!(lat(Value::Double(95.5)), format!("argument 'lat' is 95.5, {wanted}"));
        assert_eq!(lat(Value::Double(f64::NAN)), format!("argument 'lat' is NaN, {wanted}"));
        assert_eq!(lat(Value::Bool(true)), format!("argument 'lat' is true, {wanted}"));
        let radius = refused(&[
            ("lat", Value::Int(1)),
            ("lon", Value::Int(1)),
            ("radius_km", Value::Int(0)),
        ]);
        assert_eq!(radius, "argument 'radius_km' is 0, wanted is a number above 0, up to 20016");
        let numbers = [("south", 20), ("west", 0), ("north", 10), ("east", 5)];
        let north = refused(&numbers.map(|(name, number)| (name, Value::Int(number))));
        assert_eq!(north, "argument 'north' is 10, wanted is a number from 20 to 90");
    }

    #[test]
    fn what_is_missing_mixed_or_unknown_is_named() {
        let missing = refused(&[("lat", Value::Int(1)), ("radius_km", Value::Int(1))]);
        assert_eq!(missing, "argument 'lon' is missing, which a circle has beside 'lat'");
        let mixed = refused(&[("radius_km", Value::Int(1)), ("east", Value::Int(1))]);
        assert!(mixed.starts_with("arguments 'radius_km' and 'east' are of different areas"));
        let unknown = refused(&[("lat", Value::Int(1)), ("radius", Value::Int(1))]);
        assert!(unknown.starts_with("argument 'radius' is unknown; wanted is a circle"));
        assert_eq!(
            refused(&[]),
            "the binding says no area: its key is 'here', and it has no arguments; wanted is a \
             circle (arguments lat, lon, radius_km), a box (south, west, north, east) or a polygon \
             (polygon)"
        );
        let few = area("circle 52.5 13.4", MapRef::default()).unwrap_err().to_string();
        let wanted = "the area in the binding key is 2 numbers, wanted is 3: lat, lon, radius_km";
        assert_eq!(few, wanted);
        let word = area("circle 52.5 east 1", MapRef::default()).unwrap_err().to_string();
        let wanted = "'lon' in the binding key is 'east', wanted is a number from -180 to 180";
        assert_eq!(word, wanted);
    }

    #[test]
    fn a_corner_that_is_none_is_named() {
        let corner = refused(&[("polygon", "0 0, 10 0 1, 0 10".into())]);
        let wanted = "corner 2 of the polygon is '10 0 1', wanted is a latitude and a longitude";
        assert_eq!(corner, wanted);
        let far = refused(&[("polygon", "0 0, 10 190, 0 10".into())]);
        let wanted = "the longitude of corner 2 of the polygon is '190', wanted is a number from \
                      -180 to 180";
        assert_eq!(far, wanted);
        let wanted = "a text 'LAT LON, LAT LON, …' or a list of pairs of numbers";
        for (value, found) in [
            (Value::Int(7), "7"),
            (Value::List(vec![Value::Int(7); 3]), "a list of 3 numbers"),
            (Value::List(vec![Value::List(vec![])]), "a list with a corner of 0 numbers"),
        ] {
            let text = refused(&[("polygon", value)]);
            assert_eq!(text, format!("argument 'polygon' is {found}, wanted is {wanted}"));
        }
    }
}
