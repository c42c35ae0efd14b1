//! A document as callers have it.

use std::sync::Arc;

use crate::tree::Tree;

/// A parsed document. Cheap to clone, and shared between threads.
#[derive(Clone, Debug)]
pub struct Document(pub(crate) Arc<Tree>);
