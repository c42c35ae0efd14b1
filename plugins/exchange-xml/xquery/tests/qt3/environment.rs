//! Environments of the catalogue: what a query knows before it begins.
//!
//! Invariant: an environment is read with the catalogue and prepared, once, when a case first
//! needs it; schemas are left out, as documents are not validated here.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use philter_xquery::{QName, Value};
use roxmltree::Node;

use crate::catalog::{beside, elements, required, text_of};
use crate::engine::{self, Setting};
use crate::resources::Files;

/// An environment as the catalogue has it.
#[derive(Default)]
pub(crate) struct Environment {
    /// The file it stands in.
    file: PathBuf,
    sources: Vec<Source>,
    resources: Vec<Resource>,
    collections: Vec<Collection>,
    parameters: Vec<Parameter>,
    namespaces: Vec<(String, String)>,
    decimal_formats: Vec<Vec<(String, String)>>,
    /// None for what is not said, an empty one for none at all.
    base_uri: Option<String>,
    default_collation: Option<String>,
    context_item: Option<String>,
    prepared: OnceLock<Result<Setting, String>>,
}

struct Source {
    /// `.`, `$name`, or none for a document that is only known by its URI.
    role: Option<String>,
    file: PathBuf,
    uri: Option<String>,
}

struct Resource {
    file: PathBuf,
    uri: String,
    encoding: Option<String>,
}

struct Collection {
    uri: String,
    sources: Vec<Source>,
    resources: Vec<Resource>,
    queries: Vec<String>,
}

struct Parameter {
    name: QName,
    select: String,
    kind: Option<String>,
    is_declared: bool,
}

impl Environment {
    /// Reads an element `environment` of a file.
    pub(crate) fn read(element: Node<'_, '_>, path: &Path) -> Self {
        let attribute = |name: &'static str, attribute: &'static str| {
            elements(element, name).next().and_then(|found| found.attribute(attribute))
        };
        let namespaces = elements(element, "namespace").map(|namespace| {
            (required(namespace, "prefix").to_owned(), required(namespace, "uri").to_owned())
        });
        let collation = elements(element, "collation")
            .find(|collation| collation.attribute("default") == Some("true"));
        let base_uri = attribute("static-base-uri", "uri");
        Self {
            file: path.to_owned(),
            sources: read_sources(element, path),
            resources: read_resources(element, path),
            collections: elements(element, "collection")
                .map(|collection| Collection::read(collection, path))
                .collect(),
            parameters: elements(element, "param").map(Parameter::read).collect(),
            namespaces: namespaces.collect(),
            decimal_formats: elements(element, "decimal-format").map(read_decimal_format).collect(),
            base_uri: base_uri.map(|uri| uri.trim_start_matches("#UNDEFINED").to_owned()),
            default_collation: collation.map(|found| required(found, "uri").to_owned()),
            context_item: attribute("context-item", "select").map(str::to_owned),
            prepared: OnceLock::new(),
        }
    }

    /// The environment with its documents parsed and its parameters evaluated.
    pub(crate) fn prepared(&self) -> Result<&Setting, String> {
        self.prepared.get_or_init(|| self.prepare()).as_ref().map_err(String::clone)
    }

    #[allow(dead_code, reason = "only the oracle asks")]
    /// The document that is all there is besides namespaces; none outside where there is more.
    pub(crate) fn document_only(&self) -> Option<Option<&Path>> {
        let is_plain = self.resources.is_empty()
            && self.collections.is_empty()
            && self.parameters.is_empty()
            && self.decimal_formats.is_empty()
            && self.base_uri.is_none()
            && self.default_collation.is_none()
            && self.context_item.is_none();
        match self.sources.as_slice() {
            _ if !is_plain => None,
            [] => Some(None),
            [source] if source.role.as_deref() == Some(".") => Some(Some(&source.file)),
            _ => None,
        }
    }

    fn prepare(&self) -> Result<Setting, String> {
        let mut setting = Setting {
            namespaces: self.namespaces.clone(),
            base_uri: self.base_uri.clone(),
            default_collation: self.default_collation.clone(),
            prolog: self.prolog(),
            ..Setting::default()
        };
        let mut files = Files::default();
        for source in &self.sources {
            let document = match files.add_document(&source.file, source.uri.as_deref()) {
                // What the query itself is to fail to read.
                Err(_) if source.role.is_none() => continue,
                document => document?,
            };
            match source.role.as_deref() {
                Some(".") => setting.environment.context_item = Some(document),
                Some(role) => {
                    let name = QName::new("", role.trim_start_matches('$'));
                    setting.variables.push((name.clone(), None));
                    setting.environment.variables.insert(name, vec![document]);
                }
                None => {}
            }
        }
        let base_uri = setting.base_uri.clone().unwrap_or_else(|| engine::file_uri(&self.file));
        for resource in &self.resources {
            let uri = absolute(&resource.uri, &base_uri);
            files.add_text(&uri, &resource.file, resource.encoding.as_deref());
        }
        for collection in &self.collections {
            self.add_collection(&mut files, collection)?;
        }
        setting.environment.resources = Some(Arc::new(files));
        self.add_values(&mut setting)?;
        Ok(setting)
    }

    fn add_collection(&self, files: &mut Files, collection: &Collection) -> Result<(), String> {
        let mut items = Vec::new();
        let mut uris = Vec::new();
        for source in &collection.sources {
            items.push(files.add_document(&source.file, source.uri.as_deref())?);
            uris.push(source.uri.clone().unwrap_or_else(|| engine::file_uri(&source.file)));
        }
        for resource in &collection.resources {
            files.add_text(&resource.uri, &resource.file, resource.encoding.as_deref());
            uris.push(resource.uri.clone());
        }
        for query in &collection.queries {
            let mut setting = Setting::default();
            setting.environment.resources = Some(Arc::new(Files::default()));
            items.extend(self.value_of(query, &setting)?);
        }
        files.add_collection(&collection.uri, items, uris);
        Ok(())
    }

    /// Evaluates what is given as an expression.
    fn add_values(&self, setting: &mut Setting) -> Result<(), String> {
        if let Some(select) = &self.context_item {
            setting.environment.context_item = self.value_of(select, setting)?.pop();
        }
        for parameter in &self.parameters {
            let value = self.value_of(&parameter.select, setting)?;
            let name = parameter.name.clone();
            if !parameter.is_declared {
                setting.variables.push((name.clone(), parameter.kind.clone()));
            }
            setting.environment.variables.insert(name, value);
        }
        Ok(())
    }

    fn value_of(&self, expression: &str, setting: &Setting) -> Result<Vec<Value>, String> {
        let query = engine::compile(expression, &self.file, setting, &Arc::default());
        let value = query.and_then(|query| query.evaluate(&setting.environment));
        value.map_err(|error| format!("{expression}: {error}"))
    }

    /// What only a prolog can say.
    fn prolog(&self) -> String {
        let mut prolog = String::new();
        for properties in &self.decimal_formats {
            let name = properties.iter().find(|(name, _)| name == "name");
            let name = name.map_or("default decimal-format".to_owned(), |(_, name)| {
                format!("decimal-format {name}")
            });
            let _ = write!(prolog, "declare {name}");
            for (name, value) in properties.iter().filter(|(name, _)| name != "name") {
                let value = value.replace('&', "&amp;").replace('"', "&quot;");
                let _ = write!(prolog, " {name}=\"{value}\"");
            }
            prolog.push_str("; ");
        }
        prolog
    }
}

impl Collection {
    fn read(element: Node<'_, '_>, path: &Path) -> Self {
        Self {
            uri: required(element, "uri").to_owned(),
            sources: read_sources(element, path),
            resources: read_resources(element, path),
            queries: elements(element, "query").map(text_of).collect(),
        }
    }
}

impl Parameter {
    fn read(element: Node<'_, '_>) -> Self {
        let name = required(element, "name");
        let name = match name.split_once(':') {
            Some((prefix, local)) => {
                let uri = element.lookup_namespace_uri(Some(prefix)).unwrap_or_default();
                QName::prefixed(prefix, uri, local)
            }
            None => QName::new("", name),
        };
        Self {
            name,
            select: element.attribute("select").unwrap_or("()").to_owned(),
            kind: element.attribute("as").map(str::to_owned),
            is_declared: element.attribute("declared") == Some("true"),
        }
    }
}

/// A URI beside another.
fn absolute(uri: &str, base_uri: &str) -> String {
    match base_uri.rsplit_once('/') {
        Some((folder, _)) if !uri.contains(':') => format!("{folder}/{uri}"),
        _ => uri.to_owned(),
    }
}

fn read_sources(element: Node<'_, '_>, path: &Path) -> Vec<Source> {
    let source = |source: Node<'_, '_>| Source {
        role: source.attribute("role").map(str::to_owned),
        file: beside(path, required(source, "file")),
        uri: source.attribute("uri").map(str::to_owned),
    };
    elements(element, "source").map(source).collect()
}

fn read_resources(element: Node<'_, '_>, path: &Path) -> Vec<Resource> {
    let resource = |resource: Node<'_, '_>| Resource {
        file: beside(path, required(resource, "file")),
        uri: required(resource, "uri").to_owned(),
        encoding: resource.attribute("encoding").map(str::to_owned),
    };
    elements(element, "resource").map(resource).collect()
}

/// Properties; a name's prefix is of the catalog, so the name comes with its namespace.
fn read_decimal_format(element: Node<'_, '_>) -> Vec<(String, String)> {
    let value = |name: &str, value: &str| match value.split_once(':') {
        Some((prefix, local)) if name == "name" => {
            let uri = element.lookup_namespace_uri(Some(prefix)).unwrap_or_default();
            format!("Q{{{uri}}}{local}")
        }
        _ => value.to_owned(),
    };
    let attributes = element.attributes();
    attributes.map(|a| (a.name().to_owned(), value(a.name(), a.value()))).collect()
}
