//! What a binding says: the part of the globe that it wants messages of.

use std::fmt::Write;

use crate::bounds::Rectangle;
use crate::circle::Circle;
use crate::lat_lon_box::LatLonBox;
use crate::polygon::Polygon;
use crate::position::Position;

/// A part of the globe.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Area {
    Circle(Circle),
    Box(LatLonBox),
    Polygon(Polygon),
}

impl Area {
    /// Whether a point is in it.
    pub(crate) fn contains(&self, at: &Position) -> bool {
        match self {
            Self::Circle(circle) => circle.contains(at),
            Self::Box(area) => area.contains(at),
            Self::Polygon(polygon) => polygon.contains(at),
        }
    }

    /// Rectangles that have all of it.
    pub(crate) fn bounds(&self) -> Vec<Rectangle> {
        match self {
            Self::Circle(circle) => circle.bounds(),
            Self::Box(area) => area.bounds(),
            Self::Polygon(polygon) => polygon.bounds(),
        }
    }

    /// What it is, as members of a JSON object.
    pub(crate) fn members(&self) -> String {
        match self {
            Self::Circle(Circle { lat, lon, radius_km, .. }) => {
                format!(r#""area":"circle","lat":{lat},"lon":{lon},"radius_km":{radius_km}"#)
            }
            Self::Box(LatLonBox { south, west, north, east }) => format!(
                r#""area":"box","south":{south},"west":{west},"north":{north},"east":{east}"#
            ),
            Self::Polygon(polygon) => {
                let mut text = r#""area":"polygon","corners":["#.to_owned();
                for (index, (lat, lon)) in polygon.corners().iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    // A string takes everything.
                    let _ = write!(text, "{comma}[{lat},{lon}]");
                }
                text + "]"
            }
        }
    }

    /// The rule by which it is decided.
    pub(crate) fn rule(&self) -> &'static str {
        match self {
            Self::Circle(_) => "no farther than radius_km along a sphere of radius 6371.0088 km",
            Self::Box(_) => "south to north, and from west eastwards to east",
            Self::Polygon(_) => "inside of the corners' line, straight in latitude and longitude",
        }
    }
}
