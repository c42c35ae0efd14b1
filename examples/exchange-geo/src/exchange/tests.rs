//! What the exchange promises, through the SDK's mock host.

use philter_plugin_api::testing::{Arguments, MockMessage, arguments, binding, context, route};
use philter_plugin_api::{ErrorKind, Value};

use super::*;

fn declared(pairs: &[(&str, &str)]) -> Result<Geo> {
    let declared = arguments(pairs.iter().map(|(name, value)| (*name, Value::from(*value))));
    Geo::create(&Context { arguments: declared.as_ref(), ..context("places") })
}

fn with_areas(pairs: &[(&str, &str)], areas: &[(u64, &str)]) -> Geo {
    let exchange = declared(pairs).unwrap();
    for (id, key) in areas {
        exchange.bind(&binding(*id, "q", key, &Arguments::default())).unwrap();
    }
    exchange
}

const AREAS: [(u64, &str); 3] = [
    (1, "circle 52.52 13.405 30"),
    (2, "box 47 5 55 15"),
    (3, "polygon 50 10, 54 10, 54 16, 50 16"),
];

fn message(lat: impl Into<Value>, lon: impl Into<Value>) -> MockMessage {
    MockMessage::new("ignored").header("lat", lat).header("lon", lon)
}

fn at(lat: f64, lon: f64) -> MockMessage {
    message(Value::Double(lat), Value::Double(lon))
}

fn ids(ids: &[u64]) -> Vec<BindingId> {
    ids.iter().copied().map(BindingId).collect()
}

#[test]
fn a_message_goes_to_every_area_that_it_is_in() {
    let exchange = with_areas(&[], &AREAS);
    let (potsdam, munich, sydney) =
        (at(52.39, 13.06), message("48.14", "11.58"), message(Value::Float(-33.87), 151));
    let answers = route(&exchange, &[&potsdam, &munich, &sydney]);
    assert_eq!(answers, [ids(&[1, 2, 3]), ids(&[2]), ids(&[])]);
    exchange.unbind(BindingId(2)).unwrap();
    assert_eq!(route(&exchange, &[&potsdam, &munich]), [ids(&[1, 3]), ids(&[])]);
}

#[test]
fn a_message_without_a_position_goes_nowhere_and_is_counted() {
    let exchange = with_areas(&[], &[(1, "circle 0 0 20016")]);
    let sent = [MockMessage::new("x"), message("here", 1), message(91, 1), at(1.0, f64::NAN)];
    let batch: Vec<&dyn MessageView> = sent.iter().map(|message| message as _).collect();
    assert_eq!(route(&exchange, &batch), vec![ids(&[]); 4]);
    let counted = exchange.inspect(None).unwrap();
    assert!(counted.contains(r#""messages":4,"without_position":4,"looked_at":0"#), "{counted}");
}

#[test]
fn the_headers_have_the_names_that_were_declared() {
    let names = [("lat-header", "y"), ("lon-header", "x")];
    let exchange = with_areas(&names, &AREAS);
    let message = MockMessage::new("").header("y", "52.5").header("x", "13.4");
    assert_eq!(route(&exchange, &[&message, &at(52.5, 13.4)]), [ids(&[1, 2, 3]), ids(&[])]);
    let error = declared(&[("lat-header", "x"), ("lon-header", "x")]).unwrap_err();
    assert!(error.text().starts_with("argument 'lon-header' is 'x'"), "{error}");
}

#[test]
fn reads_headers_and_is_never_remembered() {
    let exchange = declared(&[]).unwrap();
    let bound = exchange.bind(&binding(1, "q", AREAS[0].1, &Arguments::default())).unwrap();
    assert_eq!((bound.reads, bound.cacheable), (Reads::HEADERS, false));
}

#[test]
fn refuses_by_name_what_it_does_not_take_and_keeps_nothing_of_it() {
    let exchange = declared(&[]).unwrap();
    let far = arguments(
        [("lat", 95), ("lon", 1), ("radius_km", 1)]
            .map(|(name, number)| (name, Value::Int(number))),
    );
    let error = exchange.bind(&binding(1, "q", "", &far)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert_eq!(error.text(), "argument 'lat' is 95, wanted is a number from -90 to 90");
    assert_eq!(exchange.unbind(BindingId(1)).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn inspects_explains_and_tries_in_json() {
    let exchange = with_areas(&[("lat-header", "a \"b\"")], &AREAS);
    let whole = exchange.inspect(None).unwrap();
    let wanted =
        r#"{"lat_header":"a \"b\"","lon_header":"lon","circles":1,"boxes":1,"polygons":1,"#;
    assert!(whole.starts_with(wanted), "{whole}");
    let one = exchange.inspect(Some(BindingId(1))).unwrap();
    assert_eq!(one, r#"{"binding":1,"area":"circle","lat":52.52,"lon":13.405,"radius_km":30}"#);
    let explained = exchange.explain(BindingId(3)).unwrap();
    let corners = r#""area":"polygon","corners":[[50,10],[54,10],[54,16],[50,16]]"#;
    assert!(explained.contains(corners), "{explained}");
    let exchange = with_areas(&[], &[]);
    let none = Arguments::default();
    let circle = binding(9, "q", AREAS[0].1, &none);
    let tried = exchange.try_binding(&circle, &at(48.8566, 2.3522)).unwrap();
    assert!(tried.starts_with(r#"{"matches":false,"position":{"lat":48.8566,"lon":2.3522}"#));
    assert!(tried.contains(r#""distance_km":877.4"#), "{tried}");
    let tried = exchange.try_binding(&circle, &MockMessage::new("")).unwrap();
    assert_eq!(tried, r#"{"matches":false,"reason":"header 'lat' is not there"}"#);
    assert!(exchange.try_binding(&binding(9, "q", "x", &none), &at(1.0, 1.0)).is_err());
}
