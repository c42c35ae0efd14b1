//! An exchange of type `x-geo`: the index behind a lock that many workers read at once.
//!
//! Invariant: nothing inside the lock can fail half-way, so a poisoned lock guards a whole index
//! and is taken all the same.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use philter_plugin_api::{
    Binding, BindingId, Bound, Context, Exchange, Factory, Matches, MessageView, Reads, Result,
};

use crate::area::Area;
use crate::arguments;
use crate::index::Index;
use crate::json::quoted;
use crate::source::Source;

/// One declared exchange of type `x-geo`.
#[derive(Debug)]
pub struct Geo {
    source: Source,
    index: RwLock<Index>,
    messages: AtomicU64,
    without_position: AtomicU64,
    looked_at: AtomicU64,
    matched: AtomicU64,
}

impl Factory for Geo {
    const TYPE_NAME: &'static str = "x-geo";

    fn create(context: &Context<'_>) -> Result<Self> {
        Ok(Self {
            source: Source::parse(context.arguments)?,
            index: RwLock::default(),
            messages: AtomicU64::new(0),
            without_position: AtomicU64::new(0),
            looked_at: AtomicU64::new(0),
            matched: AtomicU64::new(0),
        })
    }
}

impl Exchange for Geo {
    fn bind(&self, binding: &Binding<'_>) -> Result<Bound> {
        let area = arguments::area(binding.key, binding.arguments)?;
        self.write().insert(binding.id, area)?;
        Ok(Bound { reads: Reads::HEADERS, cacheable: false })
    }

    fn unbind(&self, id: BindingId) -> Result<()> {
        Ok(self.write().remove(id)?)
    }

    fn route(&self, batch: &[&dyn MessageView], matches: &mut dyn Matches) -> Result<()> {
        let index = self.read();
        let [mut without_position, mut looked_at, mut matched] = [0; 3];
        for (number, message) in batch.iter().enumerate() {
            let Some(at) = self.source.position(*message) else {
                without_position += 1;
                continue;
            };
            looked_at += index.find(&at, |id| {
                matched += 1;
                matches.push(number, id);
            });
        }
        for (counter, more) in [
            (&self.messages, batch.len() as u64),
            (&self.without_position, without_position),
            (&self.looked_at, looked_at),
            (&self.matched, matched),
        ] {
            counter.fetch_add(more, Ordering::Relaxed);
        }
        Ok(())
    }

    fn inspect(&self, binding: Option<BindingId>) -> Result<String> {
        let index = self.read();
        if let Some(id) = binding {
            return Ok(format!(r#"{{"binding":{},{}}}"#, id.0, index.area(id)?.members()));
        }
        let [mut circles, mut boxes, mut polygons] = [0; 3];
        for area in index.areas() {
            match area {
                Area::Circle(_) => circles += 1,
                Area::Box(_) => boxes += 1,
                Area::Polygon(_) => polygons += 1,
            }
        }
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Ok([
            format!(r#"{{"lat_header":{}"#, quoted(&self.source.lat)),
            format!(r#","lon_header":{}"#, quoted(&self.source.lon)),
            format!(r#","circles":{circles},"boxes":{boxes},"polygons":{polygons}"#),
            format!(r#","rectangles":{}"#, index.rectangles()),
            format!(r#","messages":{}"#, count(&self.messages)),
            format!(r#","without_position":{}"#, count(&self.without_position)),
            format!(r#","looked_at":{}"#, count(&self.looked_at)),
            format!(r#","matched":{}}}"#, count(&self.matched)),
        ]
        .concat())
    }

    fn explain(&self, binding: BindingId) -> Result<String> {
        let index = self.read();
        let area = index.area(binding)?;
        let rectangles: Vec<_> = area
            .bounds()
            .iter()
            .map(|piece| {
                let [south, west, north, east] = [piece.south, piece.west, piece.north, piece.east];
                format!("[{south},{west},{north},{east}]")
            })
            .collect();
        Ok([
            format!(r#"{{"binding":{},{}"#, binding.0, area.members()),
            format!(r#","reads":[{},{}]"#, quoted(&self.source.lat), quoted(&self.source.lon)),
            format!(r#","rectangles":[{}]"#, rectangles.join(",")),
            format!(r#","rule":{}}}"#, quoted(area.rule())),
        ]
        .concat())
    }

    fn try_binding(&self, binding: &Binding<'_>, message: &dyn MessageView) -> Result<String> {
        let area = arguments::area(binding.key, binding.arguments)?;
        let Some(at) = self.source.position(message) else {
            let reason = quoted(&self.source.missing(message));
            return Ok(format!(r#"{{"matches":false,"reason":{reason}}}"#));
        };
        let distance = match &area {
            Area::Circle(circle) => {
                format!(r#","distance_km":{:.3}"#, circle.distance_km(&at))
            }
            _ => String::new(),
        };
        let (matches, lat, lon) = (area.contains(&at), at.lat(), at.lon());
        let (members, rule) = (area.members(), quoted(area.rule()));
        Ok([
            format!(r#"{{"matches":{matches},"position":{{"lat":{lat},"lon":{lon}}}"#),
            format!(r#"{distance},{members},"reason":{rule}}}"#),
        ]
        .concat())
    }
}

impl Geo {
    fn read(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Index> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
