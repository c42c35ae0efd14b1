//! Why this exchange type refuses a call: what was found where, and what is wanted. Every refusal
//! leaves the exchange as it was.

use philter_plugin_api::{BindingId, Error, ErrorKind};
use thiserror::Error as ThisError;

use crate::polygon::CORNERS_MAX;

/// How an area is said.
pub(crate) const FORMS: &str = "a circle (arguments lat, lon, radius_km), a box (south, west, \
                                north, east) or a polygon (polygon)";

/// Why a call was refused.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
pub(crate) enum GeoError {
    /// The client's fault.
    #[error(
        "the binding says no area: its key is '{key}', and it has no arguments; wanted is {FORMS}"
    )]
    NoArea { key: String },
    /// The client's fault.
    #[error("arguments '{one}' and '{other}' are of different areas; wanted is {FORMS}")]
    TwoAreas { one: &'static str, other: &'static str },
    /// The client's fault.
    #[error("argument '{name}' is missing, which {area} has beside '{found}'")]
    Missing { name: &'static str, area: &'static str, found: &'static str },
    /// The client's fault.
    #[error("argument '{name}' is unknown; wanted is {FORMS}")]
    Unknown { name: String },
    /// The client's fault.
    #[error("{what} is {found}, wanted is {wanted}")]
    Wrong { what: String, found: String, wanted: String },
    /// The client's fault.
    #[error("argument 'polygon' {0}")]
    Polygon(#[from] PolygonFault),
    /// The caller's fault: an id names one binding for ever.
    #[error("binding {} is bound already", .id.0)]
    AlreadyBound { id: BindingId },
    /// The caller's fault.
    #[error("binding {} is not bound", .id.0)]
    NotBound { id: BindingId },
}

/// What is wrong with a polygon as a whole.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
pub(crate) enum PolygonFault {
    #[error("has {found} corners, wanted are 3 to {CORNERS_MAX}")]
    Corners { found: usize },
    #[error(
        "has an edge without a shorter way: corner {corner} is 180 degrees from the one before; \
         wanted is a corner between them"
    )]
    /// Corners count from 1; the last edge leads to the first one.
    Opposite { corner: usize },
    #[error("goes around a pole, which no polygon does; wanted is a circle or a box there")]
    AroundPole,
    #[error("is wider than the globe, wanted are less than 360 degrees")]
    TooWide,
}

impl From<GeoError> for Error {
    fn from(error: GeoError) -> Self {
        let kind = match error {
            GeoError::NotBound { .. } => ErrorKind::NotFound,
            _ => ErrorKind::InvalidArgument,
        };
        Error::new(kind, error.to_string())
    }
}
