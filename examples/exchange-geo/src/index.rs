//! The areas of an exchange, and an R*-tree over rectangles around them: a message is shown to the
//! areas alone whose rectangle has its point.
//!
//! Invariant: a binding's rectangles are in the tree as long as the binding is here, and every
//! point of its area is in one of them; so the tree leaves out nothing.

use std::collections::HashMap;

use philter_plugin_api::BindingId;
use rstar::primitives::{GeomWithData, Rectangle as Corners};
use rstar::{AABB, RTree};

use crate::area::Area;
use crate::bounds::Rectangle;
use crate::error::GeoError;
use crate::position::Position;

/// A rectangle in the tree, of the area at this place.
type Piece = GeomWithData<Corners<[f64; 2]>, usize>;

/// The areas of an exchange.
#[derive(Debug, Default)]
pub(crate) struct Index {
    tree: RTree<Piece>,
    places: Vec<Option<Bound>>,
    free: Vec<usize>,
    by_id: HashMap<BindingId, usize>,
}

#[derive(Debug)]
struct Bound {
    id: BindingId,
    area: Area,
}

impl Index {
    /// Takes a binding.
    ///
    /// # Errors
    /// [`GeoError::AlreadyBound`]; nothing changed.
    pub(crate) fn insert(&mut self, id: BindingId, area: Area) -> Result<(), GeoError> {
        if self.by_id.contains_key(&id) {
            return Err(GeoError::AlreadyBound { id });
        }
        let place = self.free.pop().unwrap_or(self.places.len());
        for rectangle in area.bounds() {
            self.tree.insert(piece(&rectangle, place));
        }
        let bound = Some(Bound { id, area });
        match self.places.get_mut(place) {
            Some(free) => *free = bound,
            None => self.places.push(bound),
        }
        self.by_id.insert(id, place);
        Ok(())
    }

    /// Forgets a binding.
    ///
    /// # Errors
    /// [`GeoError::NotBound`].
    pub(crate) fn remove(&mut self, id: BindingId) -> Result<(), GeoError> {
        let place = self.by_id.remove(&id).ok_or(GeoError::NotBound { id })?;
        if let Some(bound) = self.places.get_mut(place).and_then(Option::take) {
            for rectangle in bound.area.bounds() {
                self.tree.remove(&piece(&rectangle, place));
            }
        }
        self.free.push(place);
        Ok(())
    }

    /// Tells of each binding whose area has this point, and answers how many were looked at.
    pub(crate) fn find(&self, at: &Position, mut found: impl FnMut(BindingId)) -> u64 {
        let mut looked_at = 0;
        for piece in self.tree.locate_all_at_point([at.lon(), at.lat()]) {
            looked_at += 1;
            if let Some(Some(bound)) = self.places.get(piece.data)
                && bound.area.contains(at)
            {
                found(bound.id);
            }
        }
        looked_at
    }

    /// The area of a binding.
    ///
    /// # Errors
    /// [`GeoError::NotBound`].
    pub(crate) fn area(&self, id: BindingId) -> Result<&Area, GeoError> {
        let place = self.by_id.get(&id).and_then(|place| self.places.get(*place));
        place.and_then(Option::as_ref).map(|bound| &bound.area).ok_or(GeoError::NotBound { id })
    }

    /// All areas.
    pub(crate) fn areas(&self) -> impl Iterator<Item = &Area> {
        self.places.iter().flatten().map(|bound| &bound.area)
    }

    /// Rectangles in the tree.
    pub(crate) fn rectangles(&self) -> usize {
        self.tree.size()
    }
}

fn piece(rectangle: &Rectangle, place: usize) -> Piece {
    let Rectangle { south, west, north, east } = *rectangle;
    let corners = Corners::from_aabb(AABB::from_corners([west, south], [east, north]));
    GeomWithData::new(corners, place)
}

#[cfg(test)]
mod tests;
