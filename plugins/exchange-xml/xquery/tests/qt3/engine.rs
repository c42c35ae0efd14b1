//! The engine as the suite's runner calls it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use philter_xquery::{
    Atomic, Document, DocumentLimits, Environment, Error, ErrorCode, Limits, ModuleSource, Modules,
    Options, Origin, QName, Result, StaticVariable, Value,
};

pub(crate) use philter_xquery::Query;

use crate::catalog::{Module, read_text};

/// What a query is compiled and evaluated in.
#[derive(Clone, Default)]
pub(crate) struct Setting {
    pub(crate) namespaces: Vec<(String, String)>,
    /// None for that of the query's file, an empty one for none at all.
    pub(crate) base_uri: Option<String>,
    pub(crate) default_collation: Option<String>,
    /// Variables that the query does not declare, with their types.
    pub(crate) variables: Vec<(QName, Option<String>)>,
    /// What is put at the head of the query's prolog.
    pub(crate) prolog: String,
    pub(crate) environment: Environment,
}

/// Compiles a query that stands in a file.
pub(crate) fn compile(
    text: &str,
    file: &Path,
    setting: &Setting,
    modules: &Arc<Vec<Module>>,
) -> Result<Query> {
    let base_uri = setting.base_uri.clone().unwrap_or_else(|| file_uri(file));
    let variables = setting
        .variables
        .iter()
        .map(|(name, kind)| StaticVariable { name: name.clone(), kind: kind.clone() });
    let mut namespaces = setting.namespaces.clone();
    let default = namespaces.iter().position(|(prefix, _)| prefix.is_empty());
    let default_namespace = default.map(|index| namespaces.remove(index).1);
    let options = Options {
        limits: limits(),
        default_element_namespace: default_namespace.unwrap_or_default(),
        namespaces,
        default_collation: setting.default_collation.clone(),
        base_uri: Some(base_uri).filter(|uri| !uri.is_empty()),
        variables: variables.collect(),
        modules: Some(Arc::new(ModuleFiles(Arc::clone(modules)))),
        ..Options::default()
    };
    Query::compile(&with_prolog(text, &setting.prolog), &options)
}

/// Items as XML, without a declaration.
pub(crate) fn serialize_as_xml(values: &[Value]) -> Result<String> {
    let text = "serialize($result, map { 'method': 'xml', 'omit-xml-declaration': true() })";
    let name = QName::new("", "result");
    let mut setting = Setting { variables: vec![(name.clone(), None)], ..Setting::default() };
    setting.environment.variables.insert(name, values.to_owned());
    let query = compile(text, Path::new("/"), &setting, &Arc::default())?;
    match query.evaluate(&setting.environment)?.as_slice() {
        [Value::Atomic(text)] => Ok(text.to_text().into_owned()),
        _ => Err(Error::new(ErrorCode::Standard("FOER0000"), "fn:serialize gave no string")),
    }
}

/// Parses a document.
pub(crate) fn parse_document(bytes: &[u8], uri: &str) -> Result<Document> {
    let uri = Some(uri.to_owned());
    let origin = Origin { base_uri: uri.clone(), document_uri: uri };
    Document::parse_bytes_from(bytes, &origin, &limits().document)
}

/// A document's root as a value.
pub(crate) fn root(document: &Document) -> Value {
    Value::from(document.clone())
}

/// The URI of a file.
pub(crate) fn file_uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// Values for a report.
pub(crate) fn show(values: &[Value]) -> String {
    let shown: Vec<_> = values.iter().take(20).map(show_value).collect();
    let more =
        if values.len() > 20 { format!(", … {} items", values.len()) } else { String::new() };
    format!("({}{more})", shown.join(", "))
}

fn show_value(value: &Value) -> String {
    match value {
        Value::Atomic(Atomic::String(text, _)) => format!("{text:?}"),
        Value::Atomic(atomic) => format!("{}({:?})", atomic.type_of(), atomic.to_text()),
        Value::Function(name) => format!("function {name}"),
        Value::Node(_) => serialize_as_xml(std::slice::from_ref(value))
            .unwrap_or_else(|error| format!("node ({error})")),
        Value::Map(entries) => {
            let entries = entries.iter();
            let entries = entries.map(|(key, value)| format!("{}: {}", key.to_text(), show(value)));
            format!("map {{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::Array(members) => {
            let members = members.iter().map(|member| show(member));
            format!("[{}]", members.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Enough for every case that is no test of endurance.
fn limits() -> Limits {
    Limits {
        query_bytes_max: 1024 * 1024,
        steps_max: 1_000_000_000,
        deadline: Duration::from_secs(30),
        // What is let go counts as well: the whole suite stays below 1 GiB at a time.
        built_bytes_max: 8 * 1024 * 1024 * 1024,
        sequence_items_max: 10_000_000,
        call_depth_max: 10_000,
        document: DocumentLimits {
            document_bytes_max: 16 * 1024 * 1024,
            entity_bytes_max: 16 * 1024 * 1024,
            ..DocumentLimits::default()
        },
        ..Limits::default()
    }
}

/// Puts declarations behind the version declaration, or first.
fn with_prolog(text: &str, prolog: &str) -> String {
    let trimmed = text.trim_start();
    let has_version = ["xquery version", "xquery encoding"].iter().any(|v| trimmed.starts_with(v));
    let at = match text.find(';') {
        Some(semicolon) if has_version => semicolon + 1,
        _ => 0,
    };
    let (before, after) = text.split_at(at);
    format!("{before}{prolog}{after}")
}

/// The library modules of a case.
struct ModuleFiles(Arc<Vec<Module>>);

impl Modules for ModuleFiles {
    fn modules(&self, namespace: &str, locations: &[String]) -> Result<Vec<ModuleSource>> {
        let of_namespace = self.0.iter().filter(|module| module.uri == namespace);
        let located = of_namespace.clone().filter(|module| {
            module.location.as_ref().is_some_and(|location| locations.contains(location))
        });
        let mut found: Vec<_> = located.collect();
        if found.is_empty() {
            found = of_namespace.collect();
        }
        if found.is_empty() {
            let text = format!("there is no module {namespace}");
            return Err(Error::new(ErrorCode::Standard("XQST0059"), text));
        }
        let source = |module: &Module| ModuleSource {
            uri: file_uri(&module.file),
            text: read_text(&module.file),
        };
        Ok(found.into_iter().map(source).collect())
    }
}
