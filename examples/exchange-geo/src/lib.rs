//! Exchange type `x-geo`: a binding says an area of the globe, a message where it is, and it goes
//! to every binding whose area has that point.
//!
//! An example of a plugin that stands outside the broker's source tree, with bind arguments of its
//! own. One source makes a native library and a WASM component; README.md says how to build either
//! and what an area is.
//!
//! Invariants:
//! - the index finds candidates alone; whether an area has a point is decided by the area itself,
//!   so that the index changes no answer;
//! - a message without a position goes nowhere, and is counted;
//! - longitudes are taken around: 180 and -180 are one meridian, a pole has no longitude.

mod area;
mod arguments;
mod bounds;
mod circle;
mod error;
mod exchange;
mod index;
mod json;
mod lat_lon_box;
mod number;
mod polygon;
mod position;
mod source;

pub use exchange::Geo;

philter_plugin_api::export_plugin! { exchange: [Geo] }
