//! Where a message says its position: in two headers, whose names are arguments of the exchange's
//! declare.

use philter_plugin_api::{MapRef, MessageView};

use crate::error::GeoError;
use crate::number::{number, shown};
use crate::position::Position;

const LAT_HEADER: &str = "lat-header";
const LON_HEADER: &str = "lon-header";

/// The names of the headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) lat: String,
    pub(crate) lon: String,
}

impl Source {
    /// Reads the arguments of the exchange's declare.
    ///
    /// # Errors
    /// A name that is no text, empty, or that of both.
    pub(crate) fn parse(arguments: MapRef<'_>) -> Result<Self, GeoError> {
        let lat = name(arguments, LAT_HEADER, "lat")?;
        let lon = name(arguments, LON_HEADER, "lon")?;
        if lat == lon {
            return Err(GeoError::Wrong {
                what: format!("argument '{LON_HEADER}'"),
                found: format!("'{lon}'"),
                wanted: "another header than that of the latitude".to_owned(),
            });
        }
        Ok(Self { lat, lon })
    }

    /// Where a message is.
    pub(crate) fn position(&self, message: &dyn MessageView) -> Option<Position> {
        let number = |name| number(message.header(name)?);
        Position::new(number(&self.lat)?, number(&self.lon)?)
    }

    /// Why a message has no position.
    pub(crate) fn missing(&self, message: &dyn MessageView) -> String {
        for (name, most) in [(&self.lat, 90.0), (&self.lon, 180.0)] {
            let Some(value) = message.header(name) else {
                return format!("header '{name}' is not there");
            };
            let number = number(value).filter(|number| (-most..=most).contains(number));
            if number.is_none() {
                let found = shown(value);
                return format!(
                    "header '{name}' is {found}, wanted is a number from -{most} to {most}"
                );
            }
        }
        "the message has a position".to_owned()
    }
}

fn name(arguments: MapRef<'_>, argument: &'static str, default: &str) -> Result<String, GeoError> {
    let Some(value) = arguments.get(argument) else { return Ok(default.to_owned()) };
    let text = value.as_bytes().and_then(|bytes| std::str::from_utf8(bytes).ok());
    let text = text.filter(|text| !text.is_empty()).ok_or_else(|| GeoError::Wrong {
        what: format!("argument '{argument}'"),
        found: shown(value),
        wanted: "the name of a header".to_owned(),
    })?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use philter_plugin_api::Value;
    use philter_plugin_api::testing::{MockMessage, arguments};

    use super::*;

    fn parse(pairs: &[(&str, Value)]) -> Result<Source, String> {
        let declared = arguments(pairs.iter().map(|(name, value)| (*name, value.clone())));
        Source::parse(declared.as_ref()).map_err(|error| error.to_string())
    }

    #[test]
    fn the_headers_are_lat_and_lon_unless_told_otherwise() {
        let names = |source: Source| (source.lat, source.lon);
        assert_eq!(parse(&[]).map(names), Ok(("lat".to_owned(), "lon".to_owned())));
        let told = parse(&[("lat-header", "y".into()), ("lon-header", "x".into())]);
        assert_eq!(told.map(names), Ok(("y".to_owned(), "x".to_owned())));
    }

    #[test]
    fn names_that_are_none_are_refused() {
        let wanted = "argument 'lat-header' is 3, wanted is the name of a header";
        assert_eq!(parse(&[("lat-header", Value::Int(3))]), Err(wanted.to_owned()));
        let wanted = "argument 'lon-header' is '', wanted is the name of a header";
        assert_eq!(parse(&[("lon-header", "".into())]), Err(wanted.to_owned()));
        let wanted = "argument 'lon-header' is 'lat', wanted is another header than that of the \
                      latitude";
        assert_eq!(parse(&[("lon-header", "lat".into())]), Err(wanted.to_owned()));
    }

    #[test]
    fn a_message_without_a_position_is_told_why() {
        let source = parse(&[]).unwrap();
        let why = |message: MockMessage| {
            assert_eq!(source.position(&message), None);
            source.missing(&message)
        };
        assert_eq!(why(MockMessage::new("")), "header 'lat' is not there");
        let text = why(MockMessage::new("").header("lat", "here").header("lon", 1));
        assert_eq!(text, "header 'lat' is 'here', wanted is a number from -90 to 90");
        let far =
            why(MockMessage::new("").header("lat", "-90").header("lon", Value::Double(180.5)));
        assert_eq!(far, "header 'lon' is 180.5, wanted is a number from -180 to 180");
    }
}
