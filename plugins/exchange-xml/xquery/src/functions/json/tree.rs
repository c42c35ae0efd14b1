//! JSON as XML (XPath Functions 3.1, sections 17.4.1 and 17.5.3).

use std::collections::HashSet;
use std::sync::Arc;

use super::options::Duplicates;
use super::reader::Sink;
use crate::atomic::quoted;
use crate::error::Result;
use crate::functions::Call;
use crate::name::namespace;
use crate::tree::{Tree, TreeBuilder};

/// Bytes of a node, about.
const NODE_BYTES: usize = 64;

/// Builds a document.
pub(super) struct TreeSink<'c, 'a> {
    call: &'c Call<'c, 'a>,
    duplicates: Duplicates,
    tree: TreeBuilder,
    /// The keys of each object that is open, where it matters; nothing for an array.
    open: Vec<HashSet<String>>,
    /// The key of the value that comes next, and whether it has escapes.
    key: Option<(String, bool)>,
    is_root: bool,
}

impl<'c, 'a> TreeSink<'c, 'a> {
    pub(super) fn new(call: &'c Call<'c, 'a>, duplicates: Duplicates) -> Self {
        let mut tree = TreeBuilder::default();
        tree.base_uri(call.context.base_uri.clone());
        tree.start_document();
        Self { call, duplicates, tree, open: Vec::new(), key: None, is_root: true }
    }

    pub(super) fn finish(self) -> Arc<Tree> {
        self.tree.finish()
    }

    fn start(&mut self, local: &str) -> Result<()> {
        self.call.meter().build(2 * NODE_BYTES)?;
        self.tree.start_element(None, namespace::FN, local);
        if std::mem::take(&mut self.is_root) {
            self.tree.namespace("", namespace::FN);
        }
        if let Some((key, has_escapes)) = self.key.take() {
            self.tree.attribute(None, "", "key", &key);
            if has_escapes {
                self.tree.attribute(None, "", "escaped-key", "true");
            }
        }
        Ok(())
    }

    fn leaf(&mut self, local: &str, text: &str) -> Result<()> {
        self.start(local)?;
        self.text(text)
    }

    fn text(&mut self, text: &str) -> Result<()> {
        self.call.meter().build(NODE_BYTES + text.len())?;
        if !text.is_empty() {
            self.tree.text(text);
        }
        self.tree.end();
        Ok(())
    }
}

impl Sink for TreeSink<'_, '_> {
    fn start_object(&mut self) -> Result<()> {
        self.open.push(HashSet::new());
        self.start("map")
    }

    fn start_array(&mut self) -> Result<()> {
        self.open.push(HashSet::new());
        self.start("array")
    }

    fn end(&mut self) -> Result<()> {
        self.open.pop();
        self.tree.end();
        Ok(())
    }

    fn key(&mut self, key: &str, has_escapes: bool) -> Result<bool> {
        self.call.meter().build(NODE_BYTES + 3 * key.len())?;
        if self.duplicates != Duplicates::Retain
            && let Some(keys) = self.open.last_mut()
            && !keys.insert(key.to_owned())
        {
            if self.duplicates == Duplicates::Reject {
                let text = format!("an object has the key {} twice", quoted(key));
                return Err(self.call.error("FOJS0003", text));
            }
            return Ok(false);
        }
        self.key = Some((key.to_owned(), has_escapes));
        Ok(true)
    }

    fn string(&mut self, text: &str, has_escapes: bool) -> Result<()> {
        self.start("string")?;
        if has_escapes {
            self.tree.attribute(None, "", "escaped", "true");
        }
        self.text(text)
    }

    fn number(&mut self, text: &str) -> Result<()> {
        self.leaf("number", text)
    }

    fn boolean(&mut self, value: bool) -> Result<()> {
        self.leaf("boolean", if value { "true" } else { "false" })
    }

    fn null(&mut self) -> Result<()> {
        self.leaf("null", "")
    }
}
