//! The catalogue, its test sets and their cases, as the suite writes them (its `catalog-schema`).
//!
//! Invariant: what a case says is read whole; an element that is not known ends the run, so that no
//! expectation is overlooked.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use roxmltree::Node;

use crate::assertion::Assertion;
use crate::environment::Environment;

/// A test set: a file of cases.
pub(crate) struct TestSet {
    pub(crate) name: String,
    /// Relative to the suite's folder: `fn/abs.xml`.
    pub(crate) file: String,
    pub(crate) cases: Vec<Case>,
}

/// A case: a query, where it runs, and what is expected of it.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) environment: Arc<Environment>,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) query: String,
    /// The file that the query's relative URIs are resolved against.
    pub(crate) file: PathBuf,
    pub(crate) modules: Arc<Vec<Module>>,
    pub(crate) expected: Assertion,
}

/// What an implementation must be, or must not be, for a case to apply.
#[derive(Clone)]
pub(crate) struct Dependency {
    pub(crate) kind: String,
    pub(crate) value: String,
    pub(crate) satisfied: bool,
}

/// A library module that a query may import.
pub(crate) struct Module {
    pub(crate) uri: String,
    pub(crate) location: Option<String>,
    pub(crate) file: PathBuf,
}

/// A collation of the suite's own that no engine has by this name.
const CASE_BLIND: &str = "http://www.w3.org/2010/09/qt-fots-catalog/collation/caseblind";
const ASCII_CASE_INSENSITIVE: &str =
    "http://www.w3.org/2005/xpath-functions/collation/html-ascii-case-insensitive";

type Environments = HashMap<String, Arc<Environment>>;

/// The suite's folder: `PHILTER_QT3`, or the one beside the workspace.
pub(crate) fn folder() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../../shared/qt3");
    let given = std::env::var_os("PHILTER_QT3").map(PathBuf::from);
    let folders = given.into_iter().chain([PathBuf::from(beside)]);
    folders.filter_map(|folder| folder.canonicalize().ok()).find(|folder| folder.is_dir())
}

/// Reads all test sets.
pub(crate) fn read(folder: &Path) -> Vec<TestSet> {
    let path = folder.join("catalog.xml");
    let text = read_text(&path);
    let document = parse(&text, &path);
    let catalog = document.root_element();
    let shared = environments(catalog, &path);
    let sets = elements(catalog, "test-set").map(|set| required(set, "file").to_owned());
    sets.map(|file| read_set(folder, file, &shared)).collect()
}

fn read_set(folder: &Path, file: String, shared: &Environments) -> TestSet {
    let path = folder.join(&file);
    let text = read_text(&path);
    let document = parse(&text, &path);
    let set = document.root_element();
    let own = environments(set, &path);
    let general = dependencies(set);
    let find = |name: &str| own.get(name).or_else(|| shared.get(name)).cloned();
    let cases = elements(set, "test-case").map(|case| read_case(case, &path, &general, &find));
    TestSet { name: required(set, "name").to_owned(), cases: cases.collect(), file }
}

fn read_case(
    case: Node<'_, '_>,
    path: &Path,
    general: &[Dependency],
    find: &dyn Fn(&str) -> Option<Arc<Environment>>,
) -> Case {
    let name = required(case, "name").to_owned();
    let test = elements(case, "test").next().expect("a case has a test");
    let (query, file) = match test.attribute("file") {
        Some(file) => (read_text(&beside(path, file)), beside(path, file)),
        None => (text_of(test), path.to_owned()),
    };
    let environment = elements(case, "environment").next().map(|own| match own.attribute("ref") {
        Some(name) => find(name).unwrap_or_else(|| panic!("no environment {name}")),
        None => Arc::new(Environment::read(own, path)),
    });
    let modules = elements(case, "module").map(|module| read_module(module, path));
    let result = elements(case, "result").next().expect("a case has a result");
    let expected = result.children().find(Node::is_element).expect("a result has an assertion");
    Case {
        name,
        environment: environment.unwrap_or_default(),
        dependencies: general.iter().cloned().chain(dependencies(case)).collect(),
        query: query.replace(CASE_BLIND, ASCII_CASE_INSENSITIVE),
        file,
        modules: Arc::new(modules.collect()),
        expected: Assertion::read(expected, path),
    }
}

fn read_module(module: Node<'_, '_>, path: &Path) -> Module {
    Module {
        uri: required(module, "uri").to_owned(),
        location: module.attribute("location").map(str::to_owned),
        file: beside(path, required(module, "file")),
    }
}

fn environments(parent: Node<'_, '_>, path: &Path) -> Environments {
    let named = elements(parent, "environment");
    let named = named.map(|environment| {
        let name = required(environment, "name").to_owned();
        (name, Arc::new(Environment::read(environment, path)))
    });
    named.collect()
}

fn dependencies(parent: Node<'_, '_>) -> Vec<Dependency> {
    let dependency = |dependency: Node<'_, '_>| Dependency {
        kind: required(dependency, "type").to_owned(),
        value: required(dependency, "value").to_owned(),
        satisfied: dependency.attribute("satisfied") != Some("false"),
    };
    elements(parent, "dependency").map(dependency).collect()
}

/// The children with this name.
pub(crate) fn elements<'a, 'i>(
    parent: Node<'a, 'i>,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    parent.children().filter(move |child| child.tag_name().name() == name)
}

/// An attribute that must be there.
pub(crate) fn required<'a>(element: Node<'a, '_>, name: &str) -> &'a str {
    element.attribute(name).unwrap_or_else(|| panic!("{:?} has no {name}", element.tag_name()))
}

/// All text of an element.
pub(crate) fn text_of(element: Node<'_, '_>) -> String {
    element.descendants().filter(Node::is_text).filter_map(|text| text.text()).collect()
}

/// A file named relative to another.
pub(crate) fn beside(file: &Path, name: &str) -> PathBuf {
    let mut path = file.parent().unwrap_or(Path::new("")).to_owned();
    for part in name.split('/') {
        match part {
            ".." => drop(path.pop()),
            "." => {}
            part => path.push(part),
        }
    }
    path
}

/// A text file in UTF-8; the few others lose what is not.
pub(crate) fn read_text(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let text = String::from_utf8_lossy(&bytes);
    text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned()
}

fn parse<'i>(text: &'i str, path: &Path) -> roxmltree::Document<'i> {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    roxmltree::Document::parse_with_options(text, options)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
