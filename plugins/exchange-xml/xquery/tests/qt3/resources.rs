//! What a query of the suite can read: the documents, texts and collections of its environment, and
//! files of the suite by their URIs.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use philter_xquery::{Document, Resources, Result, Value};

use crate::engine;

/// The files that an environment names.
#[derive(Default)]
pub(crate) struct Files {
    documents: HashMap<String, Document>,
    /// By URI: file and encoding.
    texts: HashMap<String, (PathBuf, Option<String>)>,
    /// By URI, empty for the default one: items and the URIs of resources.
    collections: HashMap<String, (Vec<Value>, Vec<String>)>,
}

impl Files {
    /// Parses a document and gives its root.
    pub(crate) fn add_document(
        &mut self,
        path: &Path,
        uri: Option<&str>,
    ) -> std::result::Result<Value, String> {
        let file = engine::file_uri(path);
        let uri = uri.unwrap_or(&file);
        let document = match self.documents.get(uri) {
            Some(known) => known.clone(),
            None => read_document(path, uri).map_err(|error| error.to_string())?,
        };
        self.documents.insert(uri.to_owned(), document.clone());
        self.documents.insert(file, document.clone());
        Ok(engine::root(&document))
    }

    /// Makes a text known by a URI.
    pub(crate) fn add_text(&mut self, uri: &str, path: &Path, encoding: Option<&str>) {
        self.texts.insert(uri.to_owned(), (path.to_owned(), encoding.map(str::to_owned)));
    }

    /// Makes a collection known.
    pub(crate) fn add_collection(&mut self, uri: &str, items: Vec<Value>, uris: Vec<String>) {
        self.collections.insert(uri.to_owned(), (items, uris));
    }

    /// The file of a URI, known or inside of the suite.
    fn path(&self, uri: &str) -> Option<(PathBuf, Option<String>)> {
        if let Some(known) = self.texts.get(uri) {
            return Some(known.clone());
        }
        let path = PathBuf::from(uri.strip_prefix("file://")?.replace("%23", "#"));
        path.is_file().then_some((path, None))
    }
}

impl Resources for Files {
    fn document(&self, uri: &str) -> Result<Option<Document>> {
        if let Some(known) = self.documents.get(uri) {
            return Ok(Some(known.clone()));
        }
        self.path(uri).map(|(path, _)| read_document(&path, uri)).transpose()
    }

    fn text(&self, uri: &str) -> Result<Option<(Vec<u8>, Option<String>)>> {
        let found = self.path(uri);
        Ok(found.and_then(|(path, encoding)| Some((std::fs::read(path).ok()?, encoding))))
    }

    fn collection(&self, uri: Option<&str>) -> Result<Option<Vec<Value>>> {
        Ok(self.collections.get(uri.unwrap_or("")).map(|collection| collection.0.clone()))
    }

    fn uri_collection(&self, uri: Option<&str>) -> Result<Option<Vec<String>>> {
        Ok(self.collections.get(uri.unwrap_or("")).map(|collection| collection.1.clone()))
    }

    fn environment_variables(&self) -> Vec<(String, String)> {
        let variables = [("QTTEST", "42"), ("QTTEST2", "other"), ("QTTESTEMPTY", "")];
        variables.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    }
}

fn read_document(path: &Path, uri: &str) -> Result<Document> {
    engine::parse_document(&std::fs::read(path).unwrap_or_default(), uri)
}
