//! Nodes of type ID, and of type IDREF or IDREFS (data model, sections 5.6 and 5.7): `xml:id`, and
//! what a DOCTYPE says.

use super::{Node, Tree};

impl Tree {
    /// The attributes and elements of type ID, in document order.
    pub(crate) fn ids(&self) -> impl Iterator<Item = Node<'_>> {
        self.ids.iter().map(|index| self.root().at(*index))
    }

    /// The attributes and elements of type IDREF or IDREFS, in document order.
    pub(crate) fn idrefs(&self) -> impl Iterator<Item = Node<'_>> {
        self.idrefs.iter().map(|index| self.root().at(*index))
    }
}

impl Node<'_> {
    /// `dm:is-id`.
    pub(crate) fn is_id(self) -> bool {
        self.tree.ids.binary_search(&self.index).is_ok()
    }

    /// `dm:is-idrefs`.
    pub(crate) fn is_idref(self) -> bool {
        self.tree.idrefs.binary_search(&self.index).is_ok()
    }
}
