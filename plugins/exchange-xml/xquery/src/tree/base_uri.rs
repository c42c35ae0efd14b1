//! Base URIs (data model, section 5.2; XML Base).

use std::sync::Arc;

use super::{Node, NodeKind};
use crate::name::namespace::XML;
use crate::uri;

impl Node<'_> {
    /// `dm:base-uri`: the tree's, as `xml:base` of the node's ancestors changes it. None for a node
    /// that could have it from a parent alone and has none.
    pub(crate) fn base_uri(self) -> Option<Arc<str>> {
        let element = match self.kind() {
            NodeKind::Document | NodeKind::Element => self,
            NodeKind::Namespace => return None,
            _ => self.parent()?,
        };
        let tree_base = self.tree.base_uri.clone();
        let Some(name) = self.tree.names.find(XML, "base") else { return tree_base };
        let mut changes = Vec::new();
        let mut above = Some(element);
        while let Some(node) = above {
            changes.extend(node.attributes().find(|attribute| attribute.name_id() == name));
            above = node.parent();
        }
        changes.iter().rev().fold(tree_base, |base, change| {
            let reference = change.string_value();
            let resolved = base.as_deref().and_then(|base| uri::resolve(reference, base).ok());
            Some(resolved.map_or_else(|| reference.into(), Arc::from))
        })
    }
}
